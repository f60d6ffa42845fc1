/// A line of a stored view: a state that holds since an entry.
///
/// Its fields are in a box that its copies share until one of them changes: a fold passes lines on
/// for each entry.
public struct ViewRow: Equatable, Sendable {
    private struct Fields: Sendable {
        var key: String
        var subject: Subject
        var state: String
        var number: Int?
        var time: Timestamp
        var by: String
        var lineDetail: (any LineDetail)?
        var since: Int
    }

    /// It changes only while one line refers to it, so lines can be sent to other threads.
    private final class Box: @unchecked Sendable {
        var fields: Fields
        init(_ fields: Fields) { self.fields = fields }
    }

    private var box: Box

    private mutating func change(_ body: (inout Fields) -> Void) {
        if !isKnownUniquelyReferenced(&box) { box = Box(box.fields) }
        body(&box.fields)
    }

    /// The key of the line within its view: `production/api`.
    public var key: String {
        get { box.fields.key }
        set { change { $0.key = newValue } }
    }
    /// What the line is about.
    public var subject: Subject {
        get { box.fields.subject }
        set { change { $0.subject = newValue } }
    }
    /// One word: `verified`, `raised`, `running`.
    public var state: String {
        get { box.fields.state }
        set { change { $0.state = newValue } }
    }
    /// A number with a meaning per view: a deploy's number, a lease's token, a step.
    public var number: Int? {
        get { box.fields.number }
        set { change { $0.number = newValue } }
    }
    /// When it happened.
    public var time: Timestamp {
        get { box.fields.time }
        set { change { $0.time = newValue } }
    }
    /// Who made or reported it.
    public var by: String {
        get { box.fields.by }
        set { change { $0.by = newValue } }
    }
    /// Data without a column of its own.
    public var lineDetail: (any LineDetail)? {
        get { box.fields.lineDetail }
        set { change { $0.lineDetail = newValue } }
    }
    /// The sequence of the entry that produced the line.
    public var since: Int {
        get { box.fields.since }
        set { change { $0.since = newValue } }
    }

    public init(
        key: String, subject: Subject, state: String, number: Int? = nil, time: Timestamp,
        by: String, detail: (any LineDetail)? = nil, since: Int
    ) {
        box = Box(
            Fields(
                key: key, subject: subject, state: state, number: number, time: time, by: by,
                lineDetail: detail, since: since))
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
        if left.box === right.box { return true }
        return left.since == right.since && left.number == right.number && left.time == right.time
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
