internal import Crypto
public import Ledger
internal import LedgerText

/// A file in a bundle: its original path, and the hash under which the ledger keeps its bytes.
public struct BundleFile: Codable, Hashable, Sendable {
    /// Relative to the playbook's folder.
    public var path: String
    public var hash: ContentHash
    public var executable: Bool

    public init(path: String, hash: ContentHash, executable: Bool) {
        self.path = path
        self.hash = hash
        self.executable = executable
    }

    /// The problem with a path of a bundle's file; `nil` if the path is inside the bundle's folder.
    package static func problem(in path: String) -> String? {
        let parts = path.parts(separator: "/", omittingEmptySubsequences: false)
        if path.begins(with: "/") || parts.contains("..") {
            return "is outside the bundle's folder"
        }
        if path.isEmpty || path.ends(with: "/") { return "is not the path of a file" }
        if path.utf8.count > Limits.pathBytes { return "is longer than \(Limits.pathBytes) bytes" }
        return path.utf8.contains(where: ASCII.isControl) ? "contains a control character" : nil
    }
}
