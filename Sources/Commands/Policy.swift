public import Ledger

/// What the playbook asks of a release before it may go to an environment. A deploy must keep it,
/// whichever way it comes; a revert only in who may.
public struct Policy: Codable, Hashable, Sendable {
    /// Tags that may go there, as patterns (`v*`). With branches: one of both must fit.
    public var tags: [String]
    /// Branches to which the release's commit must have been pushed, as patterns.
    public var branches: [String]
    /// Checks that must have succeeded on the commit, by their names.
    public var checks: [String]
    /// How many others must have approved the change that brought the commit.
    public var reviews: Int
    /// Whether `ledger check --record` must have found nothing on the commit.
    public var guarded: Bool
    /// Where the release must have been seen running before, and for how long.
    public var after: [Earlier]
    /// Who may deploy and revert; empty: whoever can.
    public var who: [String]
    public var freezes: [FreezeWindow]
    /// Who may go on without the approvals of others, if it cannot wait (break-glass).
    public var breakGlass: [String]?
    /// The branch whose newest commit is due as soon as all else allows it; `nil`: by hand.
    public var auto: String?

    /// Another environment that comes first.
    public struct Earlier: Codable, Hashable, Sendable {
        public var environment: EnvironmentName
        public var seconds: Double

        public init(environment: EnvironmentName, seconds: Double) {
            self.environment = environment
            self.seconds = seconds
        }
    }

    public init(
        tags: [String] = [], branches: [String] = [], checks: [String] = [], reviews: Int = 0,
        guarded: Bool = false, after: [Earlier] = [], who: [String] = [],
        freezes: [FreezeWindow] = [], auto: String? = nil
    ) {
        self.tags = tags
        self.branches = branches
        self.checks = checks
        self.reviews = reviews
        self.guarded = guarded
        self.after = after
        self.who = who
        self.freezes = freezes
        self.auto = auto
    }

    /// Whether a text fits one of the patterns, in which `*` stands for any characters.
    static func fits(_ text: String, _ patterns: [String]) -> Bool {
        patterns.contains { fits(Array(text.utf8)[...], Array($0.utf8)[...]) }
    }

    private static func fits(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var (text, pattern) = (text, pattern)
        // Where the last star stood, and what it had taken: it takes one more when all else fails.
        var star: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while let next = text.first {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                star = (pattern, text)
            } else if pattern.first == next {
                (text, pattern) = (text.dropFirst(), pattern.dropFirst())
            } else if let last = star {
                (pattern, text) = (last.pattern, last.text.dropFirst())
                star = (pattern, text)
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

/// A time in which nothing is deployed: hours of some days of each week, or from one moment to
/// another.
public struct FreezeWindow: Codable, Hashable, Sendable {
    /// Days of the week, 0 for Sunday; empty: this is from `since` to `until`.
    public var days: [Int]
    /// Minutes of the day, local time; the end may lie in the next day, and is then before `from`.
    public var from: Int
    public var to: Int
    /// Minutes by which local time is ahead of UTC.
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

    /// Whether a moment lies in it.
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
