/// What is asked of a registry, or of who gives out its tokens.
public struct RegistryRequest: Hashable, Sendable {
    /// How it is asked.
    public enum Method: String, Sendable { case get = "GET", head = "HEAD", post = "POST" }
    /// How whoever asks proves to be somebody (RFC 7617, RFC 6750).
    public enum Authorization: Hashable, Sendable {
        case basic(name: String, secret: String)
        case bearer(String)
    }
    public var method: Method
    public var address: String
    /// Never on a command line: everybody on the machine could read it there.
    public var authorization: Authorization?
    public var accept: [String]
    /// A form's text (`application/x-www-form-urlencoded`); a secret may be in it.
    public var form: String?

    public init(
        _ method: Method, _ address: String, authorization: Authorization? = nil,
        accept: [String] = [],
        form: String? = nil
    ) {
        self.method = method
        self.address = address
        self.authorization = authorization
        self.accept = accept
        self.form = form
    }
}

/// What came back.
public struct RegistryResponse: Hashable, Sendable {
    public var status: Int
    /// By name in lower case.
    public var headers: [String: String]
    public var body: [UInt8]

    public init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// No answer came.
public struct RegistrySilence: Error, Hashable, Sendable {
    public let why: String
    public init(_ why: String) { self.why = why }
}

/// Name and password of a registry, or a token that stands for them.
public enum RegistryLogin: Hashable, Sendable {
    case password(name: String, secret: String)
    /// A refresh token (OAuth 2, RFC 6749).
    case token(String)
}

/// The port to registries: it asks over HTTP, and knows who this person is there.
public protocol RegistryTransport: Sendable {
    /// Throws `RegistrySilence`.
    func send(_ request: RegistryRequest) async throws -> RegistryResponse
    /// What is kept for a registry in the credential files of docker and podman; `nil` if nothing
    /// is. Throws `RegistrySilence` if a credential helper fails.
    func login(for name: String) async throws -> RegistryLogin?
}
