/// Name and password for a registry, or a token that replaces them.
public enum RegistryLogin: Hashable, Sendable {
    case password(name: String, secret: String)
    /// A refresh token (OAuth 2, RFC 6749).
    case token(String)
}

/// The port to registries: sends HTTP requests, and finds the person's credentials.
public protocol RegistryTransport: HTTPTransport {
    /// The credentials for a registry in the credential files of docker and podman; `nil` if there
    /// are none. Throws `HTTPSilence` if a credential helper fails.
    func login(for name: String) async throws -> RegistryLogin?
}
