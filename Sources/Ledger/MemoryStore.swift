public import LedgerProof
internal import LedgerText
internal import Synchronization

/// The reference store: a ledger in memory that ends with the process. It implements simply what
/// `SQLiteStore` must do.
public final class MemoryStore: EventStore {
    /// A line of a view, or the end of one.
    private struct Line {
        let since: Int
        let row: ViewRow?
    }
    /// All past and present lines of each key of each view, oldest first.
    private typealias Lines = [String: [ExactText: [Line]]]
    private struct State {
        var entries: [Entry] = []
        var ids: [EntryID: Int] = [:]
        var sources: [Source: Int] = [:]
        var heads: [StreamName: Int] = [:]
        var contents: [ContentHash: [UInt8]] = [:]
        var copied = 0
        var lines: Lines = [:]
        var sealer = Sealer()
        var checkpoints: [(size: Int, note: SignedNote)] = []
    }
    private let state = Mutex(State())
    private let views: [any StoredView]
    private let routes: ViewRoutes
    private let signer: (any CheckpointSigner)?

    /// An empty ledger that maintains these views and signs a checkpoint after each append.
    public init(views: [any StoredView] = [], signer: (any CheckpointSigner)? = nil) {
        self.views = views
        self.signer = signer
        routes = ViewRoutes(views)
    }

    public func append(_ appends: [Append]) async throws -> [Entry] {
        try state.withLock { state in
            // The append works on a copy, so a failure leaves the state unchanged.
            var next = state
            var known: [Source: Entry] = [:]
            for draft in appends.flatMap(\.drafts) {
                guard let source = draft.source, let place = next.sources[source] else { continue }
                known[source] = try AppendRules.known(draft, as: next.entries[place - 1])
            }
            let sources = appends.flatMap(\.drafts).map(\.source)
            let entries = sources.compactMap { $0.flatMap { known[$0] } }
            if !sources.isEmpty, entries.count == sources.count { return entries }
            try AppendRules.checkTwice(appends, known: Set(known.keys))
            var result: [Entry] = []
            for append in appends {
                try AppendRules.check(append, actual: next.heads[append.stream] ?? 0)
                for draft in append.drafts {
                    if let entry = draft.source.flatMap({ known[$0] }) {
                        result.append(entry)
                    } else {
                        result.append(try add(draft, to: append.stream, in: &next))
                    }
                }
                for content in append.contents { next.contents[content.hash] = content.bytes }
                if append.isCopy { next.copied = next.entries.count }
            }
            let tree = next.sealer.tree
            if tree.size > state.entries.count, let note = try? signer?.checkpoint(over: tree) {
                next.checkpoints.append((tree.size, note))
            }
            state = next
            return result
        }
    }

    private func add(
        _ draft: Draft, to stream: StreamName, in state: inout State
    ) throws(StoreProblem) -> Entry {
        if state.ids[draft.id] != nil {
            throw StoreProblem(.input, "the id \(draft.id) is already in use")
        }
        let position = (state.heads[stream] ?? 0) + 1
        let entry = state.sealer.seal(draft, in: stream, at: position)
        state.entries.append(entry)
        state.ids[entry.id] = entry.sequence
        state.heads[stream] = position
        if let source = draft.source { state.sources[source] = entry.sequence }
        fold(entry, into: &state.lines)
        if case .redacted(let redacted) = entry.event {
            try redact(redacted, by: entry.sequence, in: &state)
        }
        return entry
    }

    private func fold(_ entry: Entry, into lines: inout Lines) {
        for view in routes.places(of: entry).map({ views[$0] }) {
            for key in view.keys(of: entry) {
                let exact = ExactText(key)
                let before = lines[view.name]?[exact]?.last?.row
                var row = view.apply(entry, to: before, key: key)
                if row == before { continue }
                row?.since = entry.sequence
                lines[view.name, default: [:]][exact, default: []].append(
                    Line(since: entry.sequence, row: row))
            }
        }
    }

    /// Applies a redaction decision.
    private func redact(
        _ redacted: Redacted, by decision: Int, in state: inout State
    ) throws(StoreProblem) {
        guard let place = state.ids[redacted.entry] else { throw Redacted.noEntry }
        let whole = state.entries[place - 1]
        guard let (left, taken) = try redacted.applied(to: whole, by: decision) else { return }
        state.entries[place - 1] = left
        var lines: Lines = [:]
        for entry in state.entries { fold(entry, into: &lines) }
        for (view, keys) in lines {
            for (key, after) in keys {
                let before = state.lines[view]?[key] ?? []
                let isSame = zip(before, after).allSatisfy { one, two in
                    one.since == two.since
                        && (one.row == two.row
                            || two.row.map {
                                one.row?.means(theSameAs: $0, without: taken) == true
                            } == true)
                }
                guard isSame, before.count == after.count else {
                    throw whole.decides(key.text)
                }
            }
        }
        state.lines = lines
    }

    public func head() async throws -> LedgerHead {
        state.withLock { LedgerHead(sequence: $0.entries.count, root: $0.sealer.tree.root) }
    }

    public func position(of stream: StreamName) async throws -> Int {
        state.withLock { $0.heads[stream] ?? 0 }
    }

    public func page(
        _ filter: EntryFilter, _ order: ReadOrder, after: Int?, limit: Int
    ) async throws -> [Entry] {
        state.withLock { state in
            switch order {
            case .oldestFirst:
                state.entries.dropFirst(max(0, after ?? 0)).lazy.filter(filter.matches)
                    .prefix(limit).map(\.self)
            case .newestFirst:
                state.entries.prefix(max(0, (after ?? .max) - 1)).reversed().lazy
                    .filter(filter.matches).prefix(limit).map(\.self)
            }
        }
    }

    public func entries(of scope: SealedScope) async throws -> [Entry] {
        state.withLock { $0.entries.filter(scope.contains) }
    }

    public func entry(_ id: EntryID) async throws -> Entry? {
        state.withLock { state in state.ids[id].map { state.entries[$0 - 1] } }
    }

    public func entry(from source: Source) async throws -> Entry? {
        state.withLock { state in state.sources[source].map { state.entries[$0 - 1] } }
    }

    public func entries(idStarting digits: String, limit: Int) async throws -> [Entry] {
        state.withLock { state in
            state.entries.lazy.filter { Hex.encode($0.id.bytes).begins(with: digits) }.prefix(limit)
                .map(\.self)
        }
    }

    public func sequence(recordedBy moment: Timestamp) async throws -> Int {
        state.withLock { state in state.entries.last { $0.recorded <= moment }?.sequence ?? 0 }
    }

    /// The last entry that was copied.
    public func copied() async throws -> Int { state.withLock(\.copied) }

    public func content(_ hash: ContentHash) async throws -> [UInt8]? {
        state.withLock { $0.contents[hash] }
    }

    /// A page of the hashes of stored contents.
    public func contentHashes(after: ContentHash?, limit: Int) async throws -> [ContentHash] {
        state.withLock { state in
            state.contents.keys.filter { hash in after.map { $0 < hash } ?? true }.sorted()
                .prefix(limit).map(\.self)
        }
    }

    /// The signed checkpoint over the first commit that covers `size` entries, or the newest.
    public func checkpoint(covering size: Int?) async throws -> SignedNote? {
        state.withLock { state in
            guard let size else { return state.checkpoints.last?.note }
            return state.checkpoints.first { $0.size >= size }?.note
        }
    }

    /// Calls `body` with access to the tree nodes.
    public func withNodes<T: Sendable>(
        _ body: @Sendable (TreeProof.Nodes) throws -> T
    ) async throws -> T {
        let entries = state.withLock(\.entries)
        return try body { level, index in entries[(index + 1) << level - 1].hashes[level] }
    }

    public func rows(_ view: String, _ keys: RowKeys, at: Int?) async throws -> [ViewRow] {
        state.withLock { state in
            (state.lines[view] ?? [:]).filter { keys.contains($0.key.text) }
                .sorted { $0.key < $1.key }
                .compactMap { _, lines in lines.last { $0.since <= at ?? .max }?.row }
        }
    }

    public func history(
        _ view: String, key: String, upto: Int?, limit: Int
    ) async throws -> [ViewRow] {
        state.withLock { state in
            (state.lines[view]?[ExactText(key)] ?? []).reversed().filter {
                $0.since <= upto ?? .max
            }
            .compactMap(\.row).prefix(limit).map(\.self)
        }
    }
}
