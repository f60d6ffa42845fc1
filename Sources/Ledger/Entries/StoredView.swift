internal import LedgerText

/// A line of a stored view: a state that holds since an entry.
public struct ViewRow: Hashable, Sendable {
    /// The key of the line within its view: `production/api`.
    public var key: String
    public var subject: Subject
    /// One word: `verified`, `raised`, `running`.
    public var state: String
    /// A number with a meaning per view: a deploy's number, a lease's token, a step.
    public var number: Int?
    public var time: Timestamp
    public var by: String
    /// Data without a column of its own, as canonical JSON.
    public var detail: String?
    /// The sequence of the entry that produced the line.
    public var since: Int

    public init(
        key: String, subject: Subject, state: String, number: Int? = nil, time: Timestamp,
        by: String, detail: String? = nil, since: Int
    ) {
        self.key = key
        self.subject = subject
        self.state = state
        self.number = number
        self.time = time
        self.by = by
        self.detail = detail
        self.since = since
    }

    /// A line that an entry produces: subject, time and author are the entry's.
    public init(
        key: String, _ entry: Entry, state: String, number: Int? = nil, detail: String? = nil
    ) {
        self.init(
            key: key, subject: entry.subject, state: state, number: number, time: entry.time,
            by: entry.by.name, detail: detail, since: entry.sequence)
    }

    /// The detail as a value.
    public var details: JSONValue {
        detail.flatMap { try? JSONValue(parsing: $0) } ?? .object([:])
    }
}

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
    /// Selects, by columns, the entries that may change a line. The view receives no others.
    var concern: ViewConcern { get }
    /// The keys whose lines the entry may change.
    func keys(of entry: Entry) -> [String]
    /// The key's line after the entry; `nil` if the key has no line.
    func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow?
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
