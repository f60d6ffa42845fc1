/// A request to a server over HTTP.
public struct HTTPRequest: Hashable, Sendable {
    /// The method of the request.
    public enum Method: String, Sendable { case get = "GET", head = "HEAD", post = "POST" }
    /// How the client authenticates (RFC 7617, RFC 6750).
    public enum Authorization: Hashable, Sendable {
        case basic(name: String, secret: String)
        case bearer(String)
    }
    /// The body of the request; it may contain a secret.
    public enum Body: Hashable, Sendable {
        /// `application/x-www-form-urlencoded`.
        case form(String)
        /// `application/json`.
        case json(String)
    }
    public var method: Method
    public var address: String
    /// Never passed on a command line: everyone on the machine could read it there.
    public var authorization: Authorization?
    public var accept: [String]
    public var body: Body?
    /// Whether redirections are followed. A server that gets a token must be the one that was
    /// named.
    public var followsRedirections = true

    public init(
        _ method: Method, _ address: String, authorization: Authorization? = nil,
        accept: [String] = [], body: Body? = nil
    ) {
        self.method = method
        self.address = address
        self.authorization = authorization
        self.accept = accept
        self.body = body
    }
}

/// The response of the server.
public struct HTTPResponse: Hashable, Sendable {
    public var status: Int
    /// Headers by name, in lower case.
    public var headers: [String: String]
    public var body: [UInt8]

    public init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// There was no response, or no usable one.
public struct HTTPSilence: Error, Hashable, Sendable {
    public let why: String
    public init(_ why: String) { self.why = why }
}

/// The port to servers.
public protocol HTTPTransport: Sendable {
    /// Throws `HTTPSilence`.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
}
