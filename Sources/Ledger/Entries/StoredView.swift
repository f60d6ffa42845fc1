internal import LedgerText

/// A line of a stored view: what has been so since an entry.
public struct ViewRow: Hashable, Sendable {
    /// What the line is about, within its view: `production/api`.
    public var key: String
    public var subject: Subject
    /// One word: `verified`, `raised`, `running`.
    public var state: String
    /// What the view counts: a deploy's number, a lease's token, a step.
    public var number: Int?
    public var time: Timestamp
    public var by: String
    /// What no column has: canonical JSON.
    public var detail: String?
    /// The sequence of the entry that made it so.
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

    /// A line that an entry makes: subject, time and author are the entry's.
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

/// A fold over entries that a store keeps in step with its ledger, line by line.
///
/// It is pure: the line of a key after an entry follows from the line before it and the entry
/// alone. So a store can keep the lines in the transaction that appends, make them anew, and tell
/// what was so at any sequence without replaying.
public protocol StoredView: Sendable {
    /// The name under which the lines are kept.
    var name: String { get }
    /// The version of the fold's own logic: a store whose lines were made by another makes them
    /// anew.
    var version: Int { get }
    /// The entries that may change a line, told by their columns: the view is handed no others.
    var concern: ViewConcern { get }
    /// The keys whose lines the entry may change.
    func keys(of entry: Entry) -> [String]
    /// The key's line after the entry; `nil` if there is none (any more).
    func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow?
}

/// Which entries a stored view is about.
public struct ViewConcern: Hashable, Sendable {
    public let kinds: Set<String>
    /// Whether every entry of a run counts, whatever its kind.
    public let runs: Bool

    public init(kinds: Set<EventKind>, runs: Bool = false) {
        self.kinds = Set(kinds.map(\.rawValue))
        self.runs = runs
    }
}

/// Which of several stored views an entry concerns: most entries concern one or none.
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

    /// The places of the views that the entry concerns.
    public func places(of entry: Entry) -> [Int] {
        entry.draft.correlation == nil
            ? byKind[entry.kind] ?? [] : byKindInRun[entry.kind] ?? all
    }

    /// The kinds that concern some view.
    public var kinds: [String] { byKind.keys.sorted() }
    /// Whether every entry of a run concerns some view.
    public var runs: Bool { !all.isEmpty }
}

/// Lines of a stored view that are asked for.
public enum RowKeys: Hashable, Sendable {
    case all
    case one(String)
    /// All keys that begin so: `production/`.
    case starting(String)

    /// Whether the key is meant.
    public func contains(_ key: String) -> Bool {
        switch self {
        case .all: true
        case .one(let wanted): key == wanted
        case .starting(let beginning): key.begins(with: beginning)
        }
    }
}
