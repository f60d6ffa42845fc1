internal import CommandEngine
public import Ledger
public import Projections

/// List the releases that an environment can be rolled back to, and why others are blocked
public struct ListRollbackTargets: Query {
    /// The environment. Default: the only one.
    public var environment: String?
    /// As of an entry, a time, a tag or a deploy.
    public var at: String?

    public init(environment: String? = nil, at: String? = nil) {
        self.environment = environment
        self.at = at
    }

    /// The releases that ran there, the newest first.
    public struct Answer: Codable, Hashable, Sendable {
        public let environment: EnvironmentName
        public let targets: [Target]
    }

    /// A release that ran there.
    public struct Target: Codable, Hashable, Sendable {
        public let release: Release
        /// The number of its deploy in the environment, and when it finished.
        public let number: Int
        public let time: ExactTime
        public let possible: Bool
        /// Why the environment cannot be rolled back to it.
        public let reason: String?
        /// The last check on each host.
        public let hosts: [Finding]
        /// The last drill, in any environment.
        public let rehearsed: Finding?
    }

    /// The result of a check or a drill.
    public struct Finding: Codable, Hashable, Sendable {
        public let environment: EnvironmentName
        public let host: HostName?
        public let succeeded: Bool
        public let detail: String?
        public let milliseconds: Int?
        public let time: ExactTime

        init(_ finding: RollbackTarget.Finding) {
            environment = finding.environment
            host = finding.host
            succeeded = finding.succeeded
            detail = finding.detail
            milliseconds = finding.milliseconds
            time = ExactTime(finding.time)
        }
    }

    public func answer(at desk: Desk) async throws -> Answer {
        let name = try await desk.environment(environment)
        let sequence = try await desk.sequence(at, in: name)
        let all = try await RollbackTargets(desk.projector).all(in: name, at: sequence)
        return Answer(
            environment: name,
            targets: all.map { target in
                Target(
                    release: target.past.release, number: target.past.number,
                    time: ExactTime(target.past.time), possible: target.why == nil,
                    reason: target.why, hosts: target.looks.map(Finding.init),
                    rehearsed: target.drill.map(Finding.init))
            })
    }
}
