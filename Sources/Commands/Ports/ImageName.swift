internal import LedgerText

/// The location of an image: the registry's host and the repository
/// (github.com/distribution/reference).
public struct ImageName: Hashable, Sendable {
    /// With its port: `registry.example:5000`.
    public let registry: String
    public let repository: String

    /// The registry of names without a host, and its common name.
    package static let hub = "registry-1.docker.io"
    public static let hubName = "docker.io"
    /// The name under which docker stores the credentials for this registry.
    public static let hubLogin = "https://index.docker.io/v1/"

    /// Parses `registry.example:5000/shop/web`. A first part without a period or colon, other than
    /// `localhost`, is not a host: the image is on Docker Hub.
    public init(_ text: String) {
        let parts = text.parts(separator: "/", maxSplits: 1).map(String.init)
        let first = parts.first ?? ""
        let isHost = first.holds(".") || first.holds(":") || first == "localhost"
        guard isHost, parts.count == 2, first != Self.hubName else {
            registry = Self.hub
            let rest = first == Self.hubName && parts.count == 2 ? parts[1] : text
            repository = rest.holds("/") ? rest : "library/\(rest)"
            return
        }
        registry = first
        repository = parts[1]
    }

    /// The name under which credentials for the registry are stored.
    public var loginName: String {
        registry == Self.hub ? Self.hubLogin : registry
    }
}
