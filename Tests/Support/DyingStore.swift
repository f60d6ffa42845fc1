public import Ledger
public import LedgerProof
internal import Synchronization

/// A store that dies at a chosen append, before or after it is made: a process that is killed.
public final class DyingStore: EventStore {
    public struct Killed: Error {}
    public let inner: any EventStore
    private let left: Mutex<Int>
    private let after: Bool

    /// Dies at the `place`-th append (from 1), `after` it was made or before.
    public init(_ inner: any EventStore, at place: Int, after: Bool) {
        self.inner = inner
        self.after = after
        left = Mutex(place)
    }

    public func append(_ appends: [Append]) async throws -> [Entry] {
        let dies = left.withLock { left in
            left -= 1
            return left <= 0
        }
        if dies, !after { throw Killed() }
        let entries = try await inner.append(appends)
        if dies { throw Killed() }
        return entries
    }

    public func head() async throws -> LedgerHead { try await inner.head() }
    public func position(of stream: StreamName) async throws -> Int {
        try await inner.position(of: stream)
    }
    public func page(
        _ filter: EntryFilter, _ order: ReadOrder, after: Int?, limit: Int
    ) async throws -> [Entry] {
        try await inner.page(filter, order, after: after, limit: limit)
    }
    public func entry(_ id: EntryID) async throws -> Entry? { try await inner.entry(id) }
    public func entry(from source: Source) async throws -> Entry? {
        try await inner.entry(from: source)
    }
    public func entries(idStarting digits: String, limit: Int) async throws -> [Entry] {
        try await inner.entries(idStarting: digits, limit: limit)
    }
    public func sequence(recordedBy moment: Timestamp) async throws -> Int {
        try await inner.sequence(recordedBy: moment)
    }
    public func entries(of scope: SealedScope) async throws -> [Entry] {
        try await inner.entries(of: scope)
    }
    public func copied() async throws -> Int { try await inner.copied() }
    public func content(_ hash: ContentHash) async throws -> [UInt8]? {
        try await inner.content(hash)
    }
    public func contentHashes(after: ContentHash?, limit: Int) async throws -> [ContentHash] {
        try await inner.contentHashes(after: after, limit: limit)
    }
    public func checkpoint(covering size: Int?) async throws -> SignedNote? {
        try await inner.checkpoint(covering: size)
    }
    public func withNodes<T: Sendable>(
        _ body: @Sendable (TreeProof.Nodes) throws -> T
    ) async throws -> T { try await inner.withNodes(body) }
    public func rows(_ view: String, _ keys: RowKeys, at: Int?) async throws -> [ViewRow] {
        try await inner.rows(view, keys, at: at)
    }
    public func history(
        _ view: String, key: String, upto: Int?, limit: Int
    ) async throws -> [ViewRow] {
        try await inner.history(view, key: key, upto: upto, limit: limit)
    }
}
