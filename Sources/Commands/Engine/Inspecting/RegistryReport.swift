public import Ledger
internal import LedgerText

/// What a registry has of a release's image.
public struct RegistryReport: Hashable, Sendable {
    public let service: ServiceName
    /// `repository@sha256:…`
    public let image: String
    /// The number of layers that were found, or requested.
    public var layers = 0
    /// The compressed size of the layers, in bytes.
    public var bytes = 0
    /// Whether the digest is an index of images for several platforms.
    public var isIndex = false
    /// The missing parts, as text.
    public var missing: [String] = []
    /// The digest that the release's tag names there now; `nil` if there is none, or if it was not
    /// requested.
    public var tagged: ImageDigest?
    /// Why the registry could not be checked.
    public var problem: String?

    /// Whether every part was found.
    public var isWhole: Bool { problem == nil && missing.isEmpty }
}

extension RegistryReport {
    /// Layers are sent compressed, and are stored unpacked beside the download: the factor of the
    /// space that they need.
    static let unpacking = 3

    /// Why it cannot be pulled, as far as the registry reports.
    var obstacle: String? {
        if let problem { return "cannot check \(image) in the registry: \(problem)" }
        guard let first = missing.first else { return nil }
        let more = missing.count > 1 ? ", and \(missing.count - 1) more" : ""
        return "\(image) is incomplete in the registry: \(first) is missing\(more)"
    }

    /// Why a host cannot get the image; `nil` if it has it, or can pull it.
    func obstacle(on host: HostReport) -> String? {
        if host.imageIsPresent { return nil }
        if let obstacle { return obstacle }
        let needed = bytes * Self.unpacking
        guard let free = host.free, free < needed else { return nil }
        return "\(image) needs about \(needed >> 20) MiB there; \(free >> 20) MiB are free"
    }
}
