internal import LedgerText

/// A fold over entries that a store keeps up to date with its ledger, line by line.
///
/// The fold is pure: the line of a key after an entry depends only on the line before it and on the
/// entry. A store can therefore update the lines in the append transaction, rebuild them, and
/// answer queries as of any sequence without replay.
public protocol StoredView: Sendable {
    /// The name of the view in the store.
    var name: String { get }
    /// The version of the fold's logic. A store rebuilds lines that another version produced.
    var version: Int { get }
    /// Whether an hourly check includes it (`VerificationScope.quick`).
    var isKey: Bool { get }
    /// Selects, by columns, the entries that may change a line. The view receives no others.
    var concern: ViewConcern { get }
    /// The keys whose lines the entry may change.
    func keys(of entry: Entry) -> [String]
    /// The key's line after the entry; `nil` if the key has no line.
    func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow?
}

extension StoredView {
    /// A view is not checked hourly, unless it says so.
    public var isKey: Bool { false }
}

/// Selects the entries that a stored view reads.
public struct ViewConcern: Hashable, Sendable {
    public let kinds: Set<String>
    /// Whether the view reads every entry of a run, whatever its kind.
    public let runs: Bool

    public init(kinds: Set<EventKind>, runs: Bool = false) {
        self.kinds = Set(kinds.map(\.rawValue))
        self.runs = runs
    }
}

/// Maps an entry to the stored views that read it; most entries concern one view or none.
public struct ViewRoutes: Sendable {
    private let all: [Int]
    private var byKind: [String: [Int]] = [:]
    private var byKindInRun: [String: [Int]] = [:]

    public init(_ views: [any StoredView]) {
        all = views.indices.filter { views[$0].concern.runs }
        for kind in Set(views.flatMap(\.concern.kinds)) {
            let named = views.indices.filter { views[$0].concern.kinds.contains(kind) }
            byKind[kind] = named
            byKindInRun[kind] = Set(named + all).sorted()
        }
    }

    /// The indexes of the views that read the entry.
    public func places(of entry: Entry) -> [Int] {
        entry.draft.correlation == nil
            ? byKind[entry.kind] ?? [] : byKindInRun[entry.kind] ?? all
    }

    /// The kinds that at least one view reads.
    public var kinds: [String] { byKind.keys.sorted() }
    /// Whether at least one view reads every entry of a run.
    public var runs: Bool { !all.isEmpty }
}

/// Selects lines of a stored view.
public enum RowKeys: Hashable, Sendable {
    case all
    case one(String)
    /// All keys with this prefix: `production/`.
    case starting(String)

    /// Whether the key is selected.
    public func contains(_ key: String) -> Bool {
        switch self {
        case .all: true
        case .one(let wanted): key == wanted
        case .starting(let beginning): key.begins(with: beginning)
        }
    }
}
