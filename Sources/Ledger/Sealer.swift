public import LedgerProof

/// Assigns sequence, position and hashes to drafts. Every entry is created here.
public struct Sealer: Sendable {
    public private(set) var tree: Tree
    /// When the last entry was recorded; the next entry is never earlier.
    public private(set) var recorded: Timestamp
    private var hasher = LeafHasher()

    /// A sealer that continues after a tree and the time of its last entry.
    public init(tree: Tree = Tree(), recorded: Timestamp = Timestamp(microseconds: .min)) {
        self.tree = tree
        self.recorded = recorded
    }

    /// Creates the next entry from the draft.
    public mutating func seal(_ draft: Draft, in stream: StreamName, at position: Int) -> Entry {
        seal(draft, in: stream, at: position, hashing: true)
    }

    /// Creates the next entry, optionally without hashes, to measure their cost.
    package mutating func seal(
        _ draft: Draft, in stream: StreamName, at position: Int, hashing: Bool
    ) -> Entry {
        var draft = draft
        if draft.recorded < recorded { draft.recorded = recorded }
        recorded = draft.recorded
        var entry = Entry(
            sequence: tree.size + 1, stream: stream, position: position, draft: draft)
        entry.hashes = hashing ? tree.append(hasher.leaf(of: entry)) : tree.grow()
        return entry
    }
}
