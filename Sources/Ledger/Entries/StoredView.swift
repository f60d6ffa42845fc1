internal import LedgerText

/// What a line of a view has beside its columns, in the form of its view.
///
/// A fold reads the line that it made last. It finds the value there, and nobody writes and parses
/// the JSON in between.
public protocol LineDetail: Sendable {
    /// Canonical JSON.
    var text: String { get }
    /// Whether both say the same; a value equals its text.
    func isSame(as other: any LineDetail) -> Bool
}

extension LineDetail where Self: Equatable {
    /// Compares two values of one type, or the texts.
    public func isSame(as other: any LineDetail) -> Bool {
        if let other = other as? Self { return self == other }
        return ExactText(text) == ExactText(other.text)
    }
}

/// The detail of a line that was read from a store.
package struct DetailText: LineDetail, Equatable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: DetailText, right: DetailText) -> Bool {
        ExactText(left.text) == ExactText(right.text)
    }
}

/// A line of a stored view: a state that holds since an entry.
public struct ViewRow: Equatable, Sendable {
    /// The key of the line within its view: `production/api`.
    public var key: String
    public var subject: Subject
    /// One word: `verified`, `raised`, `running`.
    public var state: String
    /// A number with a meaning per view: a deploy's number, a lease's token, a step.
    public var number: Int?
    public var time: Timestamp
    public var by: String
    /// Data without a column of its own.
    public var lineDetail: (any LineDetail)?
    /// The sequence of the entry that produced the line.
    public var since: Int

    public init(
        key: String, subject: Subject, state: String, number: Int? = nil, time: Timestamp,
        by: String, detail: (any LineDetail)? = nil, since: Int
    ) {
        self.key = key
        self.subject = subject
        self.state = state
        self.number = number
        self.time = time
        self.by = by
        lineDetail = detail
        self.since = since
    }

    /// A line that an entry produces: subject, time and author are the entry's.
    public init(
        key: String, _ entry: Entry, state: String, number: Int? = nil,
        detail: (any LineDetail)? = nil
    ) {
        self.init(
            key: key, subject: entry.subject, state: state, number: number, time: entry.time,
            by: entry.by.name, detail: detail, since: entry.sequence)
    }

    public static func == (left: ViewRow, right: ViewRow) -> Bool {
        left.since == right.since && left.number == right.number && left.time == right.time
            && left.key == right.key && left.state == right.state && left.by == right.by
            && left.subject == right.subject && isSame(left.lineDetail, right.lineDetail)
    }

    private static func isSame(_ left: (any LineDetail)?, _ right: (any LineDetail)?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.isSame(as: right)
    }

    /// The detail as canonical JSON.
    public var detail: String? {
        get { lineDetail?.text }
        set { lineDetail = newValue.map { DetailText($0) } }
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
