internal import CommandEngine
internal import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// Suspend deploys to an environment
///
/// A deploy then requires `--override-freeze` with a reason. A revert is allowed.
public struct StartFreeze: Change {
    public typealias Answer = EntryAnswer
    public static var right: Right { .plan }

    public var environment: String?
    /// The reason.
    public var reason: String
    /// When the freeze ends by itself: a time, or `in 6h`. Default: when somebody ends it.
    public var until: String?

    public init(environment: String? = nil, reason: String, until: String? = nil) {
        self.environment = environment
        self.reason = reason
        self.until = until
    }

    public func answer(at desk: RecordingDesk) async throws -> EntryAnswer {
        if reason.isBlank {
            throw Refusal(.invalid, "a reason is required", hint: "--reason \"…\"")
        }
        let name = try await desk.desk.environment(environment)
        let now = desk.desk.now
        let end = try until.map { try Self.end($0, desk.desk) }
        if let end, end <= now {
            throw Refusal(
                .invalid, "the freeze would end at \(end), which is past",
                hint: "write a later time: --until 6h")
        }
        let freeze = Freeze(environment: name, reason: reason, until: end)
        return EntryAnswer(try await desk.recorder.record([Fact(.freezeStarted(freeze))])[0])
    }

    /// A duration counts from now; everything else is a moment.
    private static func end(_ text: String, _ desk: Desk) throws -> Timestamp {
        let time = try desk.time(text)
        let isDuration =
            Timestamp(text) == nil && ASCII.isDigit(text.utf8.first ?? 0)
            && time < desk.now && !text.holds("ago")
        return isDuration ? desk.now.adding(seconds: desk.now.seconds(since: time)) : time
    }
}

/// Allow deploys to an environment again
public struct EndFreeze: Change {
    public typealias Answer = EntryAnswer
    public static var right: Right { .plan }

    public var environment: String?
    /// The reason.
    public var reason: String

    public init(environment: String? = nil, reason: String) {
        self.environment = environment
        self.reason = reason
    }

    public func answer(at desk: RecordingDesk) async throws -> EntryAnswer {
        if reason.isBlank {
            throw Refusal(.invalid, "a reason is required", hint: "--reason \"…\"")
        }
        let name = try await desk.desk.environment(environment)
        let view = try await desk.desk.projector.environment(name)
        guard view.freeze(at: desk.desk.now) != nil else {
            throw Refusal(
                .notPossible, "\(name) is not frozen",
                hint: "list the freezes: ledger freeze list")
        }
        let freeze = Freeze(environment: name, reason: reason)
        return EntryAnswer(try await desk.recorder.record([Fact(.freezeEnded(freeze))])[0])
    }
}
