internal import Ledger
internal import LedgerText

/// Where an image lies: the registry's host, and its repository there
/// (github.com/distribution/reference).
public struct ImageName: Hashable, Sendable {
    /// With its port: `registry.example:5000`.
    public let registry: String
    public let repository: String

    /// The registry that a name without one is of, and what people call it.
    static let hub = "registry-1.docker.io"
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

/// An operating system and a processor, as engines name them: `linux/amd64`.
public struct Platform: Hashable, Sendable, CustomStringConvertible {
    public let system: String
    public let processor: String

    public init?(_ text: String) {
        let parts = text.parts(separator: "/").map(String.init)
        guard parts.count >= 2 else { return nil }
        system = parts[0]
        // What the kernel calls it, podman sometimes does.
        let other = ["x86_64": "amd64", "aarch64": "arm64"]
        processor = other[parts[1]] ?? parts[1]
    }

    public var description: String { "\(system)/\(processor)" }
}

/// What a registry keeps under a digest: an image, or an index of images for platforms (OCI Image
/// Format; Docker Image Manifest Version 2, Schema 2).
enum Manifest: Hashable {
    struct Part: Hashable {
        let digest: String
        let platform: Platform?
    }
    /// `bytes`: all layers, as they are sent.
    case image(config: String, layers: [String], bytes: Int)
    case index([Part])

    /// All that a registry may answer with. Without them it says "unknown" of what it has, or turns
    /// it into something else, with another digest.
    static let types = [
        "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ]

    /// `nil` if it is neither.
    init?(_ bytes: [UInt8]) {
        guard let json = try? JSONValue(parsing: bytes) else { return nil }
        if let manifests = json["manifests"]?.array {
            self = .index(
                manifests.compactMap { part in
                    guard let digest = part["digest"]?.string else { return nil }
                    let system = part["platform"]?["os"]?.string ?? ""
                    let processor = part["platform"]?["architecture"]?.string ?? ""
                    return Part(digest: digest, platform: Platform("\(system)/\(processor)"))
                })
            return
        }
        guard let config = json["config"]?["digest"]?.string else { return nil }
        // A layer that lies elsewhere by design (`urls`) is not the registry's.
        let layers = (json["layers"]?.array ?? []).filter { $0["urls"] == nil }
        self = .image(
            config: config, layers: layers.compactMap { $0["digest"]?.string },
            bytes: layers.reduce(0) { $0 + ($1["size"]?.integer ?? 0) })
    }
}
