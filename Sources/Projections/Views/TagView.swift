public import Ledger

/// What a tag names: the latest fact about it, by event time.
public struct TagView: Hashable, Sendable {
    /// The last thing that happened to it.
    public enum State: String, Sendable { case tagged, built, published, deleted }
    public let subject: Subject
    /// `nil` for a state of a newer program.
    public let state: State?
    /// The time of that fact.
    public let time: Timestamp
    /// The entry of that fact.
    public let entry: Int
    /// The entry that last changed this view.
    public let since: Int

    init(_ row: ViewRow) {
        subject = row.subject
        state = State(rawValue: row.state)
        time = row.time
        entry = row.number ?? row.since
        since = row.since
    }

    public init(subject: Subject, state: State, time: Timestamp, entry: Int) {
        self.subject = subject
        self.state = state
        self.time = time
        self.entry = entry
        since = entry
    }

    /// Whether its image or commit was recorded as deleted.
    public var isDeleted: Bool { state == .deleted }
}
