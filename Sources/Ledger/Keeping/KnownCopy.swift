/// A copy of a ledger that was made on this machine.
public struct KnownCopy: Sendable, Hashable {
    public let file: String
    /// The number of entries in the copy.
    public let entries: Int
    /// Whether the copy still exists at its original path.
    public let isThere: Bool

    public init(file: String, entries: Int, isThere: Bool) {
        self.file = file
        self.entries = entries
        self.isThere = isThere
    }
}
