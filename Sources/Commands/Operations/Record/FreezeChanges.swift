internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerText
internal import Projections

/// Suspend deploys to an environment
///
/// A deploy then requires `--override-freeze` with a reason. A revert is allowed.
public struct StartFreeze: Change {
    public typealias Answer = EntryAnswer
    public static var right: Right { .plan }

    /// The environment. Default: the only one.
    public var environment: String?
    /// The reason.
    public var reason: String
    /// When the freeze ends by itself: a duration (6h) or a time. Default: when somebody ends it.
    public var until: String?

    public init(environment: String? = nil, reason: String, until: String? = nil) {
        self.environment = environment
        self.reason = reason
        self.until = until
    }

    public func answer(at desk: RecordingDesk) async throws -> EntryAnswer {
        let name = try await desk.desk.environment(environment)
        let made = try await desk.recorder.perform(
            .startFreeze(reason: reason, until: try until.map { try Self.end($0, desk.desk) }),
            in: name)
        return EntryAnswer(made[0])
    }

    /// Ten years in seconds: a longer freeze is a typo.
    private static let longest = 3650 * 86_400.0

    /// A duration counts from now; everything else is a moment.
    private static func end(_ text: String, _ desk: Desk) throws -> Timestamp {
        let span = text.begins(with: "in ") ? String(text.dropFirst(3)) : text
        if let seconds = TimeSpan.seconds(span), seconds <= longest {
            return desk.now.adding(seconds: seconds)
        }
        if let time = Timestamp(text) { return time }
        throw Refusal(
            .invalid, "\"\(text)\" is neither a duration nor a time",
            hint: "write 6h, 2 days or 2026-12-01T08:00:00Z")
    }
}

/// Allow deploys to an environment again
public struct EndFreeze: Change {
    public typealias Answer = EntryAnswer
    public static var right: Right { .plan }

    /// The environment. Default: the only one.
    public var environment: String?
    /// The reason.
    public var reason: String

    public init(environment: String? = nil, reason: String) {
        self.environment = environment
        self.reason = reason
    }

    public func answer(at desk: RecordingDesk) async throws -> EntryAnswer {
        let name = try await desk.desk.environment(environment)
        return EntryAnswer(
            try await desk.recorder.perform(.endFreeze(reason: reason), in: name)[0])
    }
}
