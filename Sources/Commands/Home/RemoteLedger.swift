public import CommandPorts
internal import FoundationEssentials
internal import Ledger
public import LedgerOperations
internal import LedgerText

/// A ledger that a server serves, for clients.
public struct RemoteLedger: Sendable {
    /// The server's address, as the user named it, without a slash at its end.
    public let address: String
    private let transport: any HTTPTransport
    private let token: String?

    /// Throws `Refusal` for an address to which no token may be sent.
    public init(
        _ address: String, transport: any HTTPTransport, token: String?
    ) throws {
        var address = address
        while address.ends(with: "/") { address = String(address.dropLast()) }
        self.address = address
        self.transport = transport
        self.token = token
        if address.begins(with: "https://") { return }
        guard address.begins(with: "http://") else {
            throw Refusal(
                .invalid, "\(address) is not the address of a server",
                hint: "name it with its protocol: https://ledger.example.com")
        }
        let host = address.dropFirst("http://".utf8.count)
        let isHere = ["localhost", "127.0.0.1", "[::1]"].contains {
            host.utf8.elementsEqual($0.utf8) || host.utf8.starts(with: "\($0):".utf8)
        }
        if isHere { return }
        throw Refusal(
            .policy, "\(address) is not encrypted", cause: "everybody on the way could read it",
            hint: "use https://")
    }

    /// Asks the server to carry out an operation; throws the `Problem` that it answers.
    public func answer<O: Served>(_ operation: O) async throws -> O.Answer {
        try await post(O.route, operation)
    }

    /// Sends a request to a route, and reads its answer.
    public func post<T: Decodable>(_ route: String, _ body: some Encodable) async throws -> T {
        var request = HTTPRequest(
            .post, "\(address)/v1/\(route)", authorization: token.map { .bearer($0) },
            body: .json(Canonical.text(try JSONValue(encoding: body))))
        request.followsRedirections = false
        let response: HTTPResponse
        do { response = try await transport.send(request) } catch let silence as HTTPSilence {
            throw Refusal(
                .unreachable, "\(address) does not answer", cause: silence.why,
                hint: "check the address, and that ledgerd runs there")
        }
        guard let json = try? JSONValue(parsing: response.body) else { throw foreign(response) }
        guard response.status == 200 else { throw Problem(json) ?? foreign(response) }
        return try json.decoded()
    }

    private func foreign(_ response: HTTPResponse) -> any Error {
        Refusal(
            .unreachable, "\(address) does not answer as a ledger does",
            cause: "its answer has the status \(response.status), and is not JSON of ledgerd",
            hint: "check the address")
    }
}

extension Problem {
    /// Reads problem details (RFC 9457), as `ledgerd` writes them.
    fileprivate init?(_ json: JSONValue) {
        guard let members = json.object, let kind = members["kind"]?.string.flatMap(Kind.init),
            let reason = members["reason"]?.string, let title = members["title"]?.string
        else { return nil }
        self.init(
            kind, reason, title, cause: members["detail"]?.string,
            hint: members["hint"]?.string.map { Hint($0, run: members["command"]?.string) })
    }
}
