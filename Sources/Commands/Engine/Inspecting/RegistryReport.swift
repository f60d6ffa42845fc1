public import Ledger
internal import LedgerText

/// What a registry has of a release's image.
public struct RegistryReport: Hashable, Sendable {
    public let service: ServiceName
    /// `repository@sha256:…`
    public let image: String
    /// How many layers were found, or looked for.
    public var layers = 0
    /// Bytes of the layers, as they are sent.
    public var bytes = 0
    /// Whether the digest is an index of images for several platforms.
    public var isIndex = false
    /// What of it is not there, in words.
    public var missing: [String] = []
    /// The digest that the release's tag names there now; `nil` if it names none, or was not asked.
    public var tagged: ImageDigest?
    /// Why it could not be asked.
    public var problem: String?

    /// Whether every part was seen.
    public var isWhole: Bool { problem == nil && missing.isEmpty }
}

extension RegistryReport {
    /// Layers are sent packed, and lie unpacked beside what was sent: how much more room they need.
    static let unpacking = 3

    /// Why it cannot be pulled, as far as the registry tells.
    var obstacle: String? {
        if let problem { return "the registry could not be asked for \(image): \(problem)" }
        guard let first = missing.first else { return nil }
        let more = missing.count > 1 ? ", and \(missing.count - 1) more" : ""
        return "the registry has no longer all of \(image): \(first) is missing\(more)"
    }

    /// Why a host cannot have the image; `nil` if it has it, or can pull it.
    func obstacle(on host: HostReport) -> String? {
        if host.imageIsPresent { return nil }
        if let obstacle { return obstacle }
        let needed = bytes * Self.unpacking
        guard let free = host.free, free < needed else { return nil }
        return "\(image) needs about \(needed >> 20) MiB there, and \(free >> 20) MiB are free"
    }
}
