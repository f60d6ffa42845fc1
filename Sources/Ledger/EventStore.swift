public import LedgerProof
internal import LedgerText

/// What a stream's head must be for an append to be made.
public enum ExpectedHead: Hashable, Sendable {
    /// Whatever it is: for facts from outside, which nothing can contradict.
    case any
    /// This position; 0 for a stream without entries.
    case position(Int)
}

/// Bytes that the ledger keeps beside its entries, under their SHA-256: scripts, plans, bundles.
public struct Content: Hashable, Sendable {
    public let hash: ContentHash
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        hash = ContentHash(of: bytes)
    }
}

/// Drafts for one stream, with what its head must be, and contents to keep with them.
public struct Append: Hashable, Sendable {
    public let drafts: [Draft]
    public let stream: StreamName
    public let expected: ExpectedHead
    public let contents: [Content]
    /// Whether the drafts come from a copy of another ledger, as they are there.
    public var isCopy = false

    public init(
        _ drafts: [Draft], to stream: StreamName, expecting expected: ExpectedHead,
        keeping contents: [Content] = []
    ) {
        self.drafts = drafts
        self.stream = stream
        self.expected = expected
        self.contents = contents
    }
}

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

/// Which entries a decision is made from: read from the entries themselves, past every index and
/// view, since those are not sealed.
public struct SealedScope: Hashable, Sendable {
    /// All that happened in these environments.
    public var environments: [EnvironmentName]
    /// All that is known of these commits, by first digits: `abcdef1` or all 40.
    public var revisions: [String]
    /// All that is known of these images, by their digests' beginnings, with or without the
    /// algorithm.
    public var digests: [String]
    /// All that is said of these tags.
    public var tags: [ReleaseTag]
    /// All of these kinds, wherever they happened.
    public var kinds: [EventKind]

    public init(
        environments: [EnvironmentName] = [], revisions: [String] = [], digests: [String] = [],
        tags: [ReleaseTag] = [], kinds: [EventKind] = []
    ) {
        self.environments = environments
        self.revisions = revisions
        self.digests = digests
        self.tags = tags
        self.kinds = kinds
    }

    /// Whether an entry belongs to it.
    public func contains(_ entry: Entry) -> Bool {
        let subject = entry.subject
        return subject.environment.map(environments.contains) == true
            || subject.tag.map(tags.contains) == true
            || subject.revision.map { mine in
                revisions.contains { mine.rawValue.begins(with: $0) }
            } == true
            || digests.contains { EntryFilter.digest(subject.digest, startsWith: $0) }
            || kinds.contains { $0.rawValue == entry.kind }
    }

    /// Whether all that a question can be answered with belongs to it.
    public func covers(_ filter: EntryFilter) -> Bool {
        func all<T>(_ wanted: [T], _ isCovered: (T) -> Bool) -> Bool {
            !wanted.isEmpty && wanted.allSatisfy(isCovered)
        }
        return all(filter.environments, environments.contains)
            || all(filter.kinds) { kind in kinds.contains { $0.rawValue == kind } }
            || all(filter.tags, tags.contains)
            || all(filter.revisions) { text in revisions.contains { text.begins(with: $0) } }
            || all(filter.digests) { text in
                digests.contains {
                    text.begins(with: $0)
                        || EntryFilter.digest(ImageDigest(unchecked: text), startsWith: $0)
                }
            }
    }
}

/// The order in which entries are read.
public enum ReadOrder: Hashable, Sendable { case oldestFirst, newestFirst }

/// The port to what keeps a ledger. Appending is the only write.
///
/// An append that has returned is on disk. All calls throw `StoreProblem`.
public protocol EventStore: Sendable {
    /// Adds the drafts in their order, all or none, and keeps the contents with them; gives the
    /// entries.
    ///
    /// A draft whose source is known already is not written again: the entry that exists is
    /// returned in its place. Throws `.conflict` if a stream's head is not the expected one,
    /// `.contradiction` if a known source comes with different content.
    func append(_ appends: [Append]) async throws -> [Entry]

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

extension EventStore {
    /// Adds the drafts to one stream, all or none; see `append(_:)`.
    public func append(
        _ drafts: [Draft], to stream: StreamName, expecting head: ExpectedHead,
        keeping contents: [Content] = []
    ) async throws -> [Entry] {
        try await append([Append(drafts, to: stream, expecting: head, keeping: contents)])
    }

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
