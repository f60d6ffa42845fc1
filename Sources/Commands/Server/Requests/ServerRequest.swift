internal import LedgerText

/// An HTTP request as the routes see it, without the network.
struct ServerRequest: Sendable {
    let method: String
    /// The path as it was sent, without the query.
    let path: String
    /// The query as it was sent, without `?`.
    var query = ""
    /// Headers by lower-case name. Of a header that was sent more than once, all values, separated
    /// by `, ` (RFC 9110, section 5.3).
    var headers: [String: String] = [:]
    /// The address of the client, for limits.
    var address = ""
    /// The bytes of the body. Only what a route allows was read.
    var body: [UInt8] = []

    /// The token of the header `Authorization: Bearer …` (RFC 6750). It is the only way to send
    /// one: an address or a user name with a token would be logged.
    var bearer: String? {
        guard let text = headers["authorization"] else { return nil }
        let words = text.words
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }
}

/// The answer of a route.
struct ServerReply: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// Parts that are written as they come: server-sent events.
        case parts(AsyncThrowingStream<[UInt8], any Error>)
    }

    var status: Int
    var headers: [(name: String, value: String)] = []
    var body: Body = .bytes([])

    static func json(_ text: String, status: Int = 200) -> ServerReply {
        ServerReply(
            status: status, headers: [("content-type", "application/json")],
            body: .bytes(Array((text + "\n").utf8)))
    }

    static func text(_ text: String, status: Int = 200) -> ServerReply {
        ServerReply(
            status: status, headers: [("content-type", "text/plain; charset=utf-8")],
            body: .bytes(Array((text + "\n").utf8)))
    }
}
