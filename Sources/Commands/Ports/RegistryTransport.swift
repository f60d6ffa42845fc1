/// Name and password of a registry, or a token that stands for them.
public enum RegistryLogin: Hashable, Sendable {
    case password(name: String, secret: String)
    /// A refresh token (OAuth 2, RFC 6749).
    case token(String)
}

/// The port to registries: it asks over HTTP, and knows who this person is there.
public protocol RegistryTransport: HTTPTransport {
    /// What is kept for a registry in the credential files of docker and podman; `nil` if nothing
    /// is. Throws `HTTPSilence` if a credential helper fails.
    func login(for name: String) async throws -> RegistryLogin?
}
