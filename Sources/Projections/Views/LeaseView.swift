public import Ledger

/// The right to run in an environment.
public struct LeaseView: Hashable, Sendable {
    /// The fencing token: the sequence that granted it.
    public let token: Int
    public let holder: String
    public let run: EntryID
    /// When the run's last entry was recorded.
    public let heard: Timestamp
    /// Duration in seconds from then.
    public let seconds: Int

    init?(_ row: ViewRow) {
        let detail = row.detail(as: LeaseDetail.self)
        guard let token = row.number, let run = detail.run.flatMap(EntryID.init) else {
            return nil
        }
        self.token = token
        self.run = run
        holder = detail.holder ?? ""
        seconds = detail.seconds ?? 0
        heard = row.time
    }

    /// When it expires.
    public var ends: Timestamp { heard.adding(seconds: Double(seconds)) }
}
