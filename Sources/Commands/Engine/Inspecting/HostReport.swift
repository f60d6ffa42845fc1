public import CommandPorts
public import Ledger
internal import LedgerText

/// What a plan wants to know of a host before anything is done there.
public struct HostReport: Hashable, Sendable {
    public let host: HostName
    public let service: ServiceName
    /// The engine and its version; `nil` if it does not answer.
    public var engine: String?
    /// Bytes that are free where the engine keeps images.
    public var free: Int?
    public var imageIsPresent = false
    /// What its engine runs images of.
    public var platform: Platform?
    /// Volumes by name, with where they are; `nil` where there is none.
    public var volumes: [Volume] = []
    /// What must lie there and does not: `file /srv/shop/.env`, `secret db`.
    public var missing: [String] = []
    /// The digests of the image of each container that runs.
    public var runs: [[ImageDigest]] = []
    /// Why nothing is known.
    public var problem: String?

    /// A persistent volume of a service.
    public struct Volume: Hashable, Sendable {
        public let name: String
        public let place: String?
    }

    /// Reads what `container preflight` printed.
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

    /// Whether all that runs is the image of this digest.
    func runs(_ digest: ImageDigest) -> Bool {
        !runs.isEmpty && runs.allSatisfy { $0.contains(digest) }
    }
}
