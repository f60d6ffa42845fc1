public import Ledger
public import LedgerProof
internal import LedgerText

/// A store that answers only from the entries of a scope; decisions use it.
///
/// The tree does not protect stored views and the search index. A line deleted there must not lift
/// a fence or hide a failed check. The entries are read once, without indexes. Views are folded
/// from them and compared with the stored ones.
public struct SealedStore: EventReader {
    private let inner: any EventReader
    private let scope: SealedScope
    private let entries: [Entry]
    /// The indexes of entries by commit, because ancestry queries them one after another.
    private let byRevision: [Revision: [Int]]
    private let lines: [String: [ExactText: [(since: Int, row: ViewRow?)]]]

    /// Reads the scope. Throws `StoreProblem` (`damaged`) if a stored view of one of its
    /// environments contradicts its entries.
    public init(_ inner: any EventReader, _ scope: SealedScope) async throws {
        self.inner = inner
        self.scope = scope
        let head = try await inner.head().sequence
        let entries = try await inner.entries(of: scope)
        self.entries = entries
        byRevision = entries.indices.reduce(into: [:]) { places, place in
            guard let revision = entries[place].subject.revision else { return }
            places[revision, default: []].append(place)
        }
        var lines: [String: [ExactText: [(since: Int, row: ViewRow?)]]] = [:]
        let routes = ViewRoutes(Self.views)
        for entry in entries {
            guard let name = entry.subject.environment, scope.environments.contains(name) else {
                continue
            }
            for view in routes.places(of: entry).map({ Self.views[$0] }) {
                for key in view.keys(of: entry) {
                    let exact = ExactText(key)
                    let before = lines[view.name]?[exact]?.last?.row
                    var row = view.apply(entry, to: before, key: key)
                    if row == before { continue }
                    row?.since = entry.sequence
                    lines[view.name, default: [:]][exact, default: []].append((entry.sequence, row))
                }
            }
        }
        self.lines = lines
        for view in Self.views { try await refuseOthers(view.name, head) }
    }

    /// The views whose lines each belong to one environment.
    private static let views: [any StoredView] = [
        EnvironmentFold(), DeploymentFold(), MarkFold(), LeaseFold(), RunFold(),
        HalfWayFold(),
    ]

    private func refuseOthers(_ view: String, _ head: Int) async throws {
        let kept = try await inner.rows(view, .all, at: nil).filter { row in
            row.subject.environment.map(scope.environments.contains) == true
        }
        // Other processes may have appended meanwhile; the next decision checks again.
        guard head == (try await inner.head().sequence) else { return }
        let own = try await rows(view, .all, at: nil)
        if kept == own { return }
        throw StoreProblem(
            .damaged,
            "the view \(view) of \(scope.environments.map(\.rawValue).joined(separator: ", ")) "
                + "does not match its entries",
            cause: "another program changed it",
            hint: "find the damage: ledger verify; then rebuild the view from the entries: "
                + "ledger rebuild")
    }

    // MARK: From the entries

    public func rows(_ view: String, _ keys: RowKeys, at: Int?) async throws -> [ViewRow] {
        guard Self.views.contains(where: { $0.name == view }) else {
            return try await inner.rows(view, keys, at: at)
        }
        return (lines[view] ?? [:]).filter { keys.contains($0.key.text) }
            .sorted { $0.key < $1.key }
            .compactMap { _, lines in lines.last { $0.since <= at ?? .max }?.row }
    }

    public func history(
        _ view: String, key: String, upto: Int?, limit: Int
    ) async throws -> [ViewRow] {
        guard Self.views.contains(where: { $0.name == view }) else {
            return try await inner.history(view, key: key, upto: upto, limit: limit)
        }
        return (lines[view]?[ExactText(key)] ?? []).reversed().filter { $0.since <= upto ?? .max }
            .compactMap(\.row).prefix(limit).map(\.self)
    }

    public func page(
        _ filter: EntryFilter, _ order: ReadOrder, after: Int?, limit: Int
    ) async throws -> [Entry] {
        guard scope.covers(filter) else {
            return try await inner.page(filter, order, after: after, limit: limit)
        }
        let entries = candidates(filter)
        switch order {
        case .oldestFirst:
            return entries.lazy.filter { $0.sequence > after ?? 0 && filter.matches($0) }
                .prefix(limit).map(\.self)
        case .newestFirst:
            return entries.reversed().lazy.filter {
                $0.sequence < after ?? .max && filter.matches($0)
            }
            .prefix(limit).map(\.self)
        }
    }

    /// The candidate entries of a query, in order: those of its commits if it names whole commits,
    /// otherwise all.
    private func candidates(_ filter: EntryFilter) -> [Entry] {
        let wanted = filter.revisions.map { Revision(unchecked: $0) }
        guard !wanted.isEmpty, wanted.allSatisfy(\.isWhole) else { return entries }
        return Set(wanted).flatMap { byRevision[$0] ?? [] }.sorted().map { entries[$0] }
    }

    public func entries(of scope: SealedScope) async throws -> [Entry] {
        try await inner.entries(of: scope)
    }

    // MARK: As they are

    public func head() async throws -> LedgerHead { try await inner.head() }
    public func position(of stream: StreamName) async throws -> Int {
        try await inner.position(of: stream)
    }
    public func entry(_ id: EntryID) async throws -> Entry? { try await inner.entry(id) }
    public func entry(from source: Source) async throws -> Entry? {
        try await inner.entry(from: source)
    }
    public func entries(idStarting digits: String, limit: Int) async throws -> [Entry] {
        try await inner.entries(idStarting: digits, limit: limit)
    }
    public func copied() async throws -> Int { try await inner.copied() }
    public func sequence(recordedBy moment: Timestamp) async throws -> Int {
        try await inner.sequence(recordedBy: moment)
    }
    public func content(_ hash: ContentHash) async throws -> [UInt8]? {
        try await inner.content(hash)
    }
    public func contentHashes(after: ContentHash?, limit: Int) async throws -> [ContentHash] {
        try await inner.contentHashes(after: after, limit: limit)
    }
    public func checkpoint(covering size: Int?) async throws -> SignedNote? {
        try await inner.checkpoint(covering: size)
    }
    /// Calls `body` with access to the tree nodes.
    public func withNodes<T: Sendable>(
        _ body: @Sendable (TreeProof.Nodes) throws -> T
    ) async throws -> T { try await inner.withNodes(body) }
}

extension Projector {
    /// A store for decisions that answers only from the entries of some environments and commits.
    ///
    /// With a text, it includes all entries about releases that the text may name. With `ancestry`,
    /// it includes the entries that show which release descends from a fenced one.
    public func sealed(
        _ environments: [EnvironmentName], _ revisions: [Revision] = [], naming text: String? = nil,
        ancestry: Bool = false
    ) async throws -> Projector {
        var scope = SealedScope(
            environments: environments, revisions: revisions.map(\.rawValue),
            kinds: Self.ofChanges + [.eventCorrected, .imageDeleted])
        for filter in text.map(Self.filters) ?? [] {
            scope.tags += filter.tags
            scope.revisions += filter.revisions
            scope.digests += filter.digests
        }
        // If a fence was removed from the view, the entries contradict the view.
        if ancestry {
            let fences = try await store.rows("mark", .starting("\(Mark.Kind.fence)/"), at: nil)
            if fences.contains(where: { Mark($0) != nil }) { scope.kinds += Self.ofAncestry }
        }
        return Projector(try await SealedStore(store, scope))
    }
}
