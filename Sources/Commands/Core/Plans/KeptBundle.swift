public import CommandPorts
public import Ledger

/// A bundle as the ledger keeps it, with the bytes of its files.
public struct KeptBundle: Sendable {
    public let bundle: Bundle
    public let hash: ContentHash
    public let files: [BundleFile: [UInt8]]

    /// A bundle that is not kept yet, with its files among the contents.
    package init(_ bundle: Bundle, _ hash: ContentHash, _ contents: [Content]) {
        self.bundle = bundle
        self.hash = hash
        let bytes = Dictionary(contents.map { ($0.hash, $0.bytes) }) { first, _ in first }
        files = bundle.files.reduce(into: [:]) { $0[$1] = bytes[$1.hash] }
    }

    /// A bundle whose files were already read.
    package init(_ bundle: Bundle, _ hash: ContentHash, _ files: [BundleFile: [UInt8]]) {
        self.bundle = bundle
        self.hash = hash
        self.files = files
    }
}
