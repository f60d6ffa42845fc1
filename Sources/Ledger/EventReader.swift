public import LedgerProof

/// Where a ledger stands.
public struct LedgerHead: Hashable, Sendable {
    /// The sequence of the last entry; 0 in an empty ledger.
    public let sequence: Int
    /// The root of the RFC 6962 tree over all entries.
    public let root: TreeHash

    public init(sequence: Int, root: TreeHash) {
        self.sequence = sequence
        self.root = root
    }
}

/// The order in which entries are read.
public enum ReadOrder: Hashable, Sendable { case oldestFirst, newestFirst }

/// The port to what a ledger holds: queries only. All calls throw `StoreProblem`.
public protocol EventReader: Sendable {
    /// The last entry's sequence and the root over all.
    func head() async throws -> LedgerHead

    /// The position of the last entry of a stream; 0 if it has none.
    func position(of stream: StreamName) async throws -> Int

    /// At most `limit` entries that match, from the first (or last) whose sequence lies beyond
    /// `after`.
    func page(
        _ filter: EntryFilter, _ order: ReadOrder, after: Int?, limit: Int
    ) async throws -> [Entry]

    /// The entries of a scope in their order, found without an index.
    func entries(of scope: SealedScope) async throws -> [Entry]

    /// The entry of an id, if there is one.
    func entry(_ id: EntryID) async throws -> Entry?

    /// The entry of a fact, by who told it and what they call it; `nil` if it was not told.
    func entry(from source: Source) async throws -> Entry?

    /// The ids that begin with these hexadecimal digits; at most `limit`.
    func entries(idStarting digits: String, limit: Int) async throws -> [Entry]

    /// The last entry that was taken over from a copy of another ledger; 0 if none was.
    func copied() async throws -> Int
    /// The last sequence that was recorded at or before a moment; 0 if none was.
    func sequence(recordedBy moment: Timestamp) async throws -> Int

    /// Kept bytes, if they are there.
    func content(_ hash: ContentHash) async throws -> [UInt8]?

    /// The hashes of kept bytes beyond `after`, in their order; at most `limit`.
    func contentHashes(after: ContentHash?, limit: Int) async throws -> [ContentHash]

    /// The signed checkpoint over the first commit that covers so many entries, or the newest one;
    /// `nil` if none was signed.
    func checkpoint(covering size: Int?) async throws -> SignedNote?

    /// Lends the nodes of the tree, as proofs are made from them (`TreeProof`).
    func withNodes<T: Sendable>(
        _ body: @Sendable (TreeProof.Nodes) throws -> T
    ) async throws -> T

    /// The lines of a stored view as they are, or were right after the entry `at`; ordered by key.
    func rows(_ view: String, _ keys: RowKeys, at: Int?) async throws -> [ViewRow]

    /// The lines that one key has had, the newest first, from those begun at `upto` or before.
    func history(_ view: String, key: String, upto: Int?, limit: Int) async throws -> [ViewRow]
}

extension EventReader {
    /// The entry at a sequence, if the ledger reaches so far.
    public func entry(at sequence: Int) async throws -> Entry? {
        guard sequence >= 1 else { return nil }
        var filter = EntryFilter()
        filter.sequences = sequence...sequence
        return try await page(filter, .oldestFirst, after: nil, limit: 1).first
    }

    /// Hands all entries that match to `body`, page by page: memory stays flat.
    public func each(
        _ filter: EntryFilter = EntryFilter(), _ order: ReadOrder = .oldestFirst,
        _ body: (Entry) async throws -> Void
    ) async throws {
        var after: Int?
        while true {
            let page = try await page(filter, order, after: after, limit: Limits.page)
            for entry in page { try await body(entry) }
            guard page.count == Limits.page, let last = page.last else { return }
            after = last.sequence
        }
    }

    /// The decisions that have taken bytes out of an entry, the oldest first; throws
    /// `StoreProblem`.
    public func decisions(about entry: Entry) async throws -> [(entry: Entry, what: Redacted)] {
        if entry.draft.redaction == nil { return [] }
        var filter = EntryFilter()
        filter.kinds = [EventKind.payloadRedacted.rawValue]
        var found: [(entry: Entry, what: Redacted)] = []
        try await each(filter) { decision in
            guard case .redacted(let what) = decision.event, what.entry == entry.id else { return }
            found.append((decision, what))
        }
        return found
    }
}
