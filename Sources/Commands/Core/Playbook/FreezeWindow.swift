public import Ledger

/// A period without deploys: hours on some days of each week, or from one time to another.
public struct FreezeWindow: Codable, Hashable, Sendable {
    /// Days of the week, 0 for Sunday; if empty, the window lasts from `since` to `until`.
    public var days: [Int]
    /// Minutes of the day, local time. If the end is before `from`, it is on the next day.
    public var from: Int
    public var to: Int
    /// Offset of local time from UTC, in minutes.
    public var zone: Int
    public var since: Timestamp?
    public var until: Timestamp?
    public var reason: String

    static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    static let minutesOfDay = 1440

    public init(
        days: [Int] = [], from: Int = 0, to: Int = 1440, zone: Int = 0,
        since: Timestamp? = nil, until: Timestamp? = nil, reason: String
    ) {
        self.days = days
        self.from = from
        self.to = to
        self.zone = zone
        self.since = since
        self.until = until
        self.reason = reason
    }

    /// Whether a time is in the window.
    public func covers(_ moment: Timestamp) -> Bool {
        if days.isEmpty {
            return (since.map { $0 <= moment } ?? true) && (until.map { moment < $0 } ?? true)
        }
        let seconds = moment.seconds(since: Timestamp(seconds: 0))
        let minutes = Int((seconds / 60).rounded(.down)) + zone
        let (day, minute) = minutes.quotientAndRemainder(dividingBy: Self.minutesOfDay)
        // 1970 began on a Thursday.
        let today = (day + 4) % 7
        if from < to { return days.contains(today) && (from..<to).contains(minute) }
        let yesterday = (today + 6) % 7
        return days.contains(today) && minute >= from || days.contains(yesterday) && minute < to
    }
}
