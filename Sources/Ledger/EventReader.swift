public import LedgerProof

/// The head of a ledger.
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

/// Read access to a ledger: queries only. All calls throw `StoreProblem`.
public protocol EventReader: Sendable {
    /// The last entry's sequence and the root over all entries.
    func head() async throws -> LedgerHead

    /// The position of the last entry of a stream; 0 if the stream is empty.
    func position(of stream: StreamName) async throws -> Int

    /// At most `limit` entries that match, from the first (or last) one beyond the sequence
    /// `after`.
    func page(
        _ filter: EntryFilter, _ order: ReadOrder, after: Int?, limit: Int
    ) async throws -> [Entry]

    /// The entries of a scope in order, read without an index.
    func entries(of scope: SealedScope) async throws -> [Entry]

    /// The entry with an id, if it exists.
    func entry(_ id: EntryID) async throws -> Entry?

    /// The entry of a fact by its source; `nil` if the fact is not recorded.
    func entry(from source: Source) async throws -> Entry?

    /// The entries whose ids begin with these hexadecimal digits; at most `limit`.
    func entries(idStarting digits: String, limit: Int) async throws -> [Entry]

    /// The last entry that was copied from another ledger; 0 if none was.
    func copied() async throws -> Int
    /// The last sequence recorded at or before a time; 0 if there is none.
    func sequence(recordedBy moment: Timestamp) async throws -> Int

    /// Stored content by its hash, if it exists.
    func content(_ hash: ContentHash) async throws -> [UInt8]?

    /// The hashes of stored contents after `after`, in order; at most `limit`.
    func contentHashes(after: ContentHash?, limit: Int) async throws -> [ContentHash]

    /// The signed checkpoint over the first commit that covers `size` entries, or the newest one;
    /// `nil` if there is none.
    func checkpoint(covering size: Int?) async throws -> SignedNote?

    /// Calls `body` with access to the tree nodes, from which proofs are made (`TreeProof`).
    func withNodes<T: Sendable>(
        _ body: @Sendable (TreeProof.Nodes) throws -> T
    ) async throws -> T

    /// The lines of a stored view now, or right after the entry `at`; ordered by key.
    func rows(_ view: String, _ keys: RowKeys, at: Int?) async throws -> [ViewRow]

    /// The past lines of one key that began at or before `upto`, newest first.
    func history(_ view: String, key: String, upto: Int?, limit: Int) async throws -> [ViewRow]
}

extension EventReader {
    /// The entry at a sequence, if it exists.
    public func entry(at sequence: Int) async throws -> Entry? {
        guard sequence >= 1 else { return nil }
        var filter = EntryFilter()
        filter.sequences = sequence...sequence
        return try await page(filter, .oldestFirst, after: nil, limit: 1).first
    }

    /// Calls `body` with all matching entries, page by page: memory use stays constant.
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

    /// The redaction decisions about an entry, oldest first; throws `StoreProblem`.
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
