public import CommandPorts
public import Ledger
internal import LedgerText

/// What a plan must know of a host before a run begins.
public struct HostReport: Hashable, Sendable {
    public let host: HostName
    public let service: ServiceName
    /// The engine and its version; `nil` if it does not answer.
    public var engine: String?
    /// Free bytes where the engine keeps images.
    public var free: Int?
    public var imageIsPresent = false
    /// The platform of the images that its engine runs.
    public var platform: Platform?
    /// Volumes by name, with their paths; `nil` for a volume that does not exist.
    public var volumes: [Volume] = []
    /// Required files and secrets that do not exist: `file /srv/shop/.env`, `secret db`.
    public var missing: [String] = []
    /// The image digests of each running container.
    public var runs: [[ImageDigest]] = []
    /// Why the state is unknown.
    public var problem: String?

    /// A persistent volume of a service.
    public struct Volume: Hashable, Sendable {
        public let name: String
        public let place: String?
    }

    /// Parses the output of `container preflight`.
    package init(_ host: HostName, _ service: ServiceName, _ output: String) {
        self.host = host
        self.service = service
        for line in output.parts(separator: "\n") {
            let words = line.parts(separator: " ").map(String.init)
            switch words.first {
            case "engine": engine = words.dropFirst().joined(separator: " ")
            case "free": free = words.count > 1 ? Int(words[1]).map { $0 * 1024 } : nil
            case "platform": platform = Platform(words.last ?? "")
            case "image": imageIsPresent = words.last == "present"
            case "volume" where words.count > 1:
                volumes.append(Volume(name: words[1], place: words.count > 2 ? words[2] : nil))
            case "missing": missing.append(words.dropFirst().joined(separator: " "))
            case "runs":
                runs.append(
                    words.dropFirst().compactMap {
                        ImageDigest(rawValue: $0.parts(separator: "@").last.map(String.init) ?? "")
                    })
            default: break
            }
        }
    }

    /// Whether every running container has the image of this digest.
    func runs(_ digest: ImageDigest) -> Bool {
        !runs.isEmpty && runs.allSatisfy { $0.contains(digest) }
    }
}
