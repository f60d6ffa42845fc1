internal import LedgerText

/// Where an image lies: the registry's host, and its repository there
/// (github.com/distribution/reference).
public struct ImageName: Hashable, Sendable {
    /// With its port: `registry.example:5000`.
    public let registry: String
    public let repository: String

    /// The registry that a name without one is of, and what people call it.
    package static let hub = "registry-1.docker.io"
    public static let hubName = "docker.io"
    /// Under which name docker keeps who somebody is there.
    public static let hubLogin = "https://index.docker.io/v1/"

    /// Reads `registry.example:5000/shop/web`; a first part without a point or a colon, and other
    /// than `localhost`, is no host: the name is the hub's.
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

    /// The name under which credentials for the registry are kept.
    public var loginName: String {
        registry == Self.hub ? Self.hubLogin : registry
    }
}
