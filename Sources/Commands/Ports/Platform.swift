internal import LedgerText

/// An operating system and a processor, as engines name them: `linux/amd64`.
public struct Platform: Hashable, Sendable, CustomStringConvertible {
    public let system: String
    public let processor: String

    public init?(_ text: String) {
        let parts = text.parts(separator: "/").map(String.init)
        guard parts.count >= 2 else { return nil }
        system = parts[0]
        // podman sometimes uses the kernel's name.
        let other = ["x86_64": "amd64", "aarch64": "arm64"]
        processor = other[parts[1]] ?? parts[1]
    }

    public var description: String { "\(system)/\(processor)" }
}
