public import Ledger
public import Projections

/// List runs, the newest first
public struct ListRuns: Query {
    /// Only this environment.
    public var environment: String?
    /// Only runs that wait, are under way, or were interrupted.
    public var open: Bool
    /// As of an entry, a time, a tag or a deploy.
    public var at: String?

    public init(environment: String? = nil, open: Bool = false, at: String? = nil) {
        self.environment = environment
        self.open = open
        self.at = at
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        environment = try members.decodeIfPresent(String.self, forKey: .environment)
        open = try members.decodeIfPresent(Bool.self, forKey: .open) ?? false
        at = try members.decodeIfPresent(String.self, forKey: .at)
    }

    public typealias Answer = [RunAnswer]

    public func answer(at desk: Desk) async throws -> [RunAnswer] {
        let name = try await desk.environment(ifNamed: environment)
        let sequence = try await desk.sequence(at, in: name)
        return try await desk.projector.runs(in: name, at: sequence).filter { !open || $0.isOpen }
            .map(RunAnswer.init)
    }
}

/// A run: one execution of a plan.
public struct RunAnswer: Codable, Hashable, Sendable {
    /// The sequence of the entry that recorded its plan.
    public let run: Int
    /// `deploy` or `revert`.
    public let kind: String
    /// `planned`, `approved`, `running`, `finished`, `failed` or `abandoned`.
    public let state: String
    public let environment: EnvironmentName?
    public let service: ServiceName?
    public let tag: ReleaseTag?
    public let by: String
    /// When it was planned.
    public let time: ExactTime
    /// Why it was planned.
    public let reason: String?
    /// Why it ended as it did.
    public let why: String?

    public init(_ run: RunView) {
        self.run = run.number
        kind = run.kind.rawValue
        state = run.state.rawValue
        environment = run.subject.environment
        service = run.subject.service
        tag = run.subject.tag
        by = run.by
        time = ExactTime(run.time)
        reason = run.reason
        why = run.why
    }
}
