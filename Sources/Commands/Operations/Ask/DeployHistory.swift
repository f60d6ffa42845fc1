public import Ledger
public import Projections

/// Show every deploy and revert of an environment, however it ended
public struct DeployHistory: Query {
    /// The environment. Default: the only one.
    public var environment: String?
    /// Only this service.
    public var service: String?
    /// Maximum number of attempts, the newest.
    public var limit: Int?
    /// As of an entry, a time, a tag or a deploy.
    public var at: String?
    /// With the commits of each, from the repository at hand where the ledger does not know them.
    public var commits: Bool

    public init(
        environment: String? = nil, service: String? = nil, limit: Int? = nil, at: String? = nil,
        commits: Bool = false
    ) {
        self.environment = environment
        self.service = service
        self.limit = limit
        self.at = at
        self.commits = commits
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        environment = try members.decodeIfPresent(String.self, forKey: .environment)
        service = try members.decodeIfPresent(String.self, forKey: .service)
        limit = try members.decodeIfPresent(Int.self, forKey: .limit)
        at = try members.decodeIfPresent(String.self, forKey: .at)
        commits = try members.decodeIfPresent(Bool.self, forKey: .commits) ?? false
    }

    /// The attempts, the newest first.
    public struct Answer: Codable, Hashable, Sendable {
        public let environment: EnvironmentName
        public let attempts: [AttemptAnswer]
    }

    public func answer(at desk: Desk) async throws -> Answer {
        let name = try await desk.environment(environment)
        let sequence = try await desk.sequence(at, in: name)
        let named = try await desk.service(service, in: name)
        let all = try await Attempts(desk.projector).attempts(of: named, in: name, at: sequence)
        let first = max(0, all.count - (limit ?? .max))
        var answers: [AttemptAnswer] = []
        // Releases come back: what lies between two of them is looked up once.
        var known: [[Release?]: Shipment?] = [:]
        for place in all.indices.reversed() where place >= first {
            let attempt = all[place]
            // The previous release of the service: the last deploy that finished before this one.
            let from = all[..<place].last {
                $0.ending == .finished && $0.service == attempt.service
            }?.release
            let pair = [from, attempt.release]
            if known[pair] == nil {
                known[pair] = .some(
                    try await desk.projector.shipment(
                        from: from, to: attempt.release, at: sequence,
                        atHand: commits ? desk.commitsAtHand : nil, details: commits))
            }
            answers.append(AttemptAnswer(attempt, in: name, from: from, known[pair] ?? nil))
        }
        return Answer(environment: name, attempts: answers)
    }
}

/// One attempt to bring a release to an environment.
public struct AttemptAnswer: Codable, Hashable, Sendable {
    public let environment: EnvironmentName
    /// Its number among the deploys of the environment; absent if it did not deploy anything.
    public let number: Int?
    /// The run that carried it out; absent if another tool did.
    public let run: Int?
    /// The entry that records the result.
    public let entry: Int
    /// `deploy` or `revert`.
    public let kind: String
    public let service: ServiceName?
    public let release: Release?
    /// What the service ran before.
    public let from: Release?
    /// `finished`, `failed`, `abandoned`, `put back`, `partial` or `open`.
    public let ending: String
    public let time: ExactTime
    public let by: String
    public let approvers: [String]
    /// Who bypassed the approvals.
    public let bypassedBy: String?
    /// Why it was planned.
    public let reason: String?
    /// Why it ended as it did.
    public let why: String?
    /// Whether it was recorded after a later one.
    public let late: Bool
    /// The commits between both releases; absent if they are not known.
    public let commits: Shipment?

    init(_ attempt: Attempt, in name: EnvironmentName, from: Release?, _ shipment: Shipment?) {
        environment = name
        number = attempt.number
        run = attempt.run
        entry = attempt.entry
        kind = attempt.isRevert ? "revert" : "deploy"
        service = attempt.service
        release = attempt.release
        self.from = from
        ending = attempt.ending.rawValue
        time = ExactTime(attempt.time)
        by = attempt.by
        approvers = attempt.approvers
        bypassedBy = attempt.bypassedBy
        reason = attempt.reason
        why = attempt.why
        late = attempt.isLate
        commits = from == nil ? nil : shipment
    }
}
