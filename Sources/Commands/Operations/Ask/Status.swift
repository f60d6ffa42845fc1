internal import CommandEngine
internal import Projections

/// Show what each environment runs, now or at an earlier moment
///
/// States: `verified` (every host was seen running it), `unverified` (nobody has checked), `mixed`
/// (hosts differ), `drifted` (something else was seen), `changing` (a run is under way), `unknown`.
public struct Status: Query {
    /// Only this environment.
    public var environment: String?
    /// As of an entry, a time, a tag or a deploy, as recorded by then.
    public var at: String?
    /// At a time, with everything known today about what happened by then.
    public var trueAt: String?

    public init(environment: String? = nil, at: String? = nil, trueAt: String? = nil) {
        self.environment = environment
        self.at = at
        self.trueAt = trueAt
    }

    /// The answer: what runs, and open problems.
    public struct Answer: Codable, Hashable, Sendable {
        public let environments: [EnvironmentAnswer]
        /// Open incidents; absent with `trueAt`.
        public let incidents: [IncidentAnswer]?
        /// Branches whose newest commit failed a check that a policy requires.
        public let undeployable: [UndeployableBranch]
    }

    public func answer(at desk: Desk) async throws -> Answer {
        let projector = desk.projector
        if environment == nil, at == nil, trueAt == nil {
            let views = try await projector.views()
            return Answer(
                environments: try await answers(views, desk, at: nil, isPresent: true),
                incidents: try await projector.openIncidents().map(IncidentAnswer.init),
                undeployable: try await UndeployableBranch.all(desk))
        }
        var names = try await projector.environments()
        if let environment { names = [try await desk.environment(environment)] }
        let sequence = try await desk.sequence(at, in: names.count == 1 ? names.first : nil)
        guard let moment = try desk.moment(trueAt) else {
            var views: [EnvironmentView] = []
            for name in names { views.append(try await projector.environment(name, at: sequence)) }
            let open = try await projector.openIncidents(at: sequence).filter {
                $0.environment.map(names.contains) ?? true
            }
            return Answer(
                environments: try await answers(views, desk, at: sequence, isPresent: at == nil),
                incidents: open.map(IncidentAnswer.init), undeployable: [])
        }
        var views: [EnvironmentView] = []
        for name in names { views.append(try await projector.environment(name, trueAt: moment)) }
        return Answer(
            environments: views.map { EnvironmentAnswer($0, nil) }, incidents: nil,
            undeployable: [])
    }

    private func answers(
        _ views: [EnvironmentView], _ desk: Desk, at sequence: Int?, isPresent: Bool
    ) async throws -> [EnvironmentAnswer] {
        var answers: [EnvironmentAnswer] = []
        for view in views {
            answers.append(
                EnvironmentAnswer(
                    view, try await openRun(in: view, desk, at: sequence, isPresent: isPresent)))
        }
        return answers
    }

    /// The run that is under way in an environment, or that it waits for.
    private func openRun(
        in view: EnvironmentView, _ desk: Desk, at sequence: Int?, isPresent: Bool
    ) async throws -> OpenRunAnswer? {
        guard let run = try await desk.projector.halfWayRun(in: view.name, at: sequence) else {
            return nil
        }
        let lease = view.lease.flatMap { $0.run == run.id ? $0 : nil }
        let isHeld = lease.map(desk.surroundings.mayWork) ?? false
        return OpenRunAnswer(
            run: run.number, state: !isPresent ? .wasUnderWay : isHeld ? .underWay : .halfWay,
            holder: lease?.holder, ends: lease.map { ExactTime($0.ends) })
    }
}
