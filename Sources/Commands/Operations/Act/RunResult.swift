internal import CommandEngine
internal import Commands
public import Ledger
public import Projections

/// How a run ended, or why it can be resumed, and the commands that undo it.
public struct RunResult: Codable, Hashable, Sendable {
    /// The result in one word.
    public enum Outcome: String, Codable, Sendable {
        /// The planned release was observed on every host.
        case done
        /// All steps are done, and nothing could be observed.
        case unverified
        /// It failed; the previous release was restored and observed.
        case putBack
        case failed
        /// Some hosts changed and others did not.
        case partial
        /// It is unknown whether a step ran, and it must not run twice.
        case undecided
        /// A person stopped it; it can be resumed.
        case paused
    }

    public let run: Int
    public let environment: EnvironmentName
    public let outcome: Outcome
    /// Why it is not `done`, in one word.
    public let reason: String?
    /// What failed, in words; absent if nothing did.
    public let failure: String?
    /// What the environment runs now.
    public let state: EnvironmentAnswer
    /// The entry that ended the run; absent if it can be resumed.
    public let entry: Int?
    /// The step that may have run; only if the outcome is `undecided`.
    public let step: Int?
    /// The number of steps that are done.
    public let stepsDone: Int
    /// Rollback steps that failed.
    public let failedRollbackSteps: [Int]
    /// Hosts on which steps began, and which were not returned to service.
    public let outOfService: [HostName]
    /// Releases that this revert fenced.
    public let fenced: [Release]
    /// The commands that restore the previous releases, in their order.
    public let undo: [String]
}

extension RunResult {
    /// Reads the result from the ledger after a run.
    static func of(
        _ chosen: ChosenRun, _ outcome: RunOutcome, _ projector: Projector
    ) async throws -> RunResult {
        let plan = chosen.plan
        let view = try await projector.environment(plan.environment)
        let steps = try await projector.run(chosen.view.id)?.steps ?? []
        let (word, reason) = word(for: outcome, plan, view)
        var failure: Run.Failure?
        if case .failed(let found, _) = outcome { failure = found }
        var undecided: Step?
        if case .undecided(let step) = outcome { undecided = step }
        let commands = UndoCommands(
            plan: plan, view: view,
            barriers: outcome.isFinished ? try await barriers(plan, projector) : [])
        let succeeded = numbers(of: steps, .succeeded)
        let failed = numbers(of: steps, .failed)
        return RunResult(
            run: chosen.view.number, environment: plan.environment, outcome: word, reason: reason,
            failure: failure?.reason, state: EnvironmentAnswer(view),
            entry: try await lastEntry(of: chosen.view.id, projector.store),
            step: undecided?.number, stepsDone: succeeded.count,
            failedRollbackSteps: plan.back.map(\.number).filter(failed.contains),
            outOfService: outOfService(plan, begun: Set(steps.map(\.number)), done: succeeded),
            fenced: outcome.isFinished ? commands.fenced : [],
            undo: outcome.isFinished ? commands.afterSuccess : commands.after(outcome, word))
    }

    private static func word(
        for outcome: RunOutcome, _ plan: Plan, _ view: EnvironmentView
    ) -> (Outcome, String?) {
        switch outcome {
        case .finished(verified: true): return (.done, nil)
        case .finished(verified: false): return (.unverified, "notObserved")
        case .failed(let failure, let putBack):
            let isPartial = plan.moves.contains { view[$0.service]?.hostsDiffer ?? false }
            return (putBack ? .putBack : isPartial ? .partial : .failed, failure.cause.rawValue)
        case .undecided: return (.undecided, "once")
        case .paused: return (.paused, "interrupted")
        case .resting: return (.partial, "hosts")
        }
    }

    private static func numbers(of steps: [RunView.StepState], _ outcome: Ledger.Outcome) -> Set<
        Int
    > {
        Set(steps.filter { $0.state == outcome.rawValue }.map(\.number))
    }

    private static func lastEntry(of run: EntryID, _ store: any EventReader) async throws -> Int? {
        var filter = EntryFilter()
        filter.correlations = [run]
        filter.kinds = EventKind.endsOfRuns.map(\.rawValue)
        return try await store.page(filter, .newestFirst, after: nil, limit: 1).first?.sequence
    }

    private static func outOfService(
        _ plan: Plan, begun: Set<Int>, done: Set<Int>
    ) -> [HostName] {
        plan.hosts.filter { host in
            let mine = plan.steps.filter { $0.host == host }
            return mine.contains { begun.contains($0.number) }
                && mine.contains { $0.afterLook == true && !done.contains($0.number) }
        }
    }

    /// The migrations applied since the previous release ran that cannot be reverted.
    private static func barriers(_ plan: Plan, _ projector: Projector) async throws -> [String] {
        let past = try await projector.deployments(of: nil, in: plan.environment)
        var names: [String] = []
        for move in plan.moves {
            guard let from = move.from,
                let last = past.last(where: { $0.release.runsTheSame(as: from) }),
                let name = try await projector.irreversible(since: last, in: plan.environment),
                !names.contains(name)
            else { continue }
            names.append(name)
        }
        return names
    }
}

extension RunOutcome {
    fileprivate var isFinished: Bool { if case .finished = self { true } else { false } }
}
