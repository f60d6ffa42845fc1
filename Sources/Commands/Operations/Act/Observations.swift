internal import CommandEngine
internal import Commands
internal import Ledger
internal import Projections

/// Observe what environments run, and record the observations
///
/// Every host is observed with the probe from the bundle of the current release.
public struct ObserveEnvironments: Action {
    public static var right: Right { .record }

    /// Only this environment. Default: all of the playbook.
    public var environment: String?

    public init(environment: String? = nil) { self.environment = environment }

    /// How many observations agree with the ledger.
    public struct Answer: Codable, Hashable, Sendable {
        public let observed: Int
        public let asExpected: Int
    }

    public func answer(at desk: ActingDesk) async throws -> Answer {
        let playbook = try desk.desk.playbook.get()
        let names =
            try environment.map { [try playbook.environment(named: $0)] }
            ?? playbook.environments.keys.sorted()
        let inspection = try await desk.inspection()
        var (observed, asExpected) = (0, 0)
        for name in names {
            let view = try await desk.projector.environment(name)
            let seen = try await inspection.look(at: view.services.map(\.service), in: view)
            _ = try await desk.recorder.record(seen.map { Fact(.hostObserved($0)) })
            observed += seen.count
            asExpected += seen.count { $0.isAsExpected(in: view) }
        }
        return Answer(observed: observed, asExpected: asExpected)
    }
}

/// Check the rollback targets of an environment on its hosts and in the registry, and record the
/// results
public struct CheckRollbackTargets: Action {
    public static var right: Right { .record }

    /// The environment. Default: the only one.
    public var environment: String?

    public init(environment: String? = nil) { self.environment = environment }

    /// What was recorded.
    public struct Answer: Codable, Hashable, Sendable {
        /// The number of recorded results.
        public let checked: Int
    }

    public func answer(at desk: ActingDesk) async throws -> Answer {
        let playbook = try desk.desk.playbook.get()
        let name = try playbook.environment(named: environment)
        let place = playbook.environments[name] ?? Playbook.Environment()
        let reports = try await RollbackTargets(desk.projector).all(in: name)
        let look = TargetInspection(
            preflight: try desk.parts.preflight(desk.recorder.secretFilter),
            registries: try desk.parts.registries())
        // Current releases are observed too: a recorded deploy does not prove that one still runs.
        let view = try await desk.projector.environment(name)
        let running = try await desk.inspection().look(
            at: view.services.map(\.service), in: view)
        _ = try await desk.recorder.record(running.map { Fact(.hostObserved($0)) })
        let found = try await look.look(at: reports, in: name, place)
        _ = try await desk.recorder.record(found.map { Fact(.targetChecked($0)) })
        return Answer(checked: found.count)
    }
}
