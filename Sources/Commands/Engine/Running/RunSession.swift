internal import Commands
internal import Ledger
internal import Projections

/// One run under way.
struct RunSession: Sendable {
    let conductor: Conductor
    let id: EntryID
    let token: Int
    let plan: Plan
    let unpacked: UnpackedBundles
    var run: Run

    /// The result of an action.
    struct Done: Sendable {
        let action: Run.Action
        let lane: Run.Lane?
        let finding: ActionFinding
    }

    /// Runs until the end. Independent actions run in parallel; every entry is written from here,
    /// one after the other.
    mutating func drive() async throws -> RunOutcome {
        try await withThrowingTaskGroup(of: Done.self) { tasks in
            var busy: Set<Run.Lane?> = []
            var problem: (any Error)?
            while true {
                if conductor.stopped() { run.interrupt() }
                let ready = run.ready
                let next = problem == nil ? ready.filter { mayBegin($0, beside: busy) } : []
                do {
                    for action in next {
                        let lane = run.lane(of: action)
                        let work = try await begin(action, in: lane)
                        busy.insert(lane)
                        tasks.addTask { Done(action: action, lane: lane, finding: await work()) }
                    }
                } catch { problem = error }
                if busy.isEmpty {
                    // Actions that have begun are awaited before the error is reported.
                    if let problem { throw problem }
                    return try await end(ready[0])
                }
                guard let done = try await tasks.next() else { continue }
                busy.remove(done.lane)
                do { try await take(done) } catch { problem = problem ?? error }
            }
        }
    }

    /// Whether an action may begin while others are under way. It needs its own lane. A rollback
    /// step waits until no forward step is under way.
    private func mayBegin(_ action: Run.Action, beside busy: Set<Run.Lane?>) -> Bool {
        switch action {
        case .wait: return busy.isEmpty
        case .start, .look, .awaitHealth, .observe:
            let lane = run.lane(of: action)
            return !busy.contains(lane) && busy.allSatisfy { $0?.back == lane?.back }
        case .ask, .finish, .fail, .pause, .rest: return false
        }
    }

    /// The run is over, finally or until it is resumed.
    private func end(_ action: Run.Action) async throws -> RunOutcome {
        switch action {
        case .finish(let verified): return try await finish(verified: verified)
        case .fail(let failure, let putBack): return try await fail(failure, putBack: putBack)
        case .ask(let step):
            try await end([])
            return .undecided(step)
        case .rest:
            try await end([])
            return .resting
        default:
            try await end([])
            return .paused
        }
    }

    @discardableResult
    func record(_ events: [Event], because cause: EntryID? = nil) async throws -> [Entry] {
        try await conductor.recorder.perform(
            .progress(events, token: token), in: plan.environment, run: id, cause: cause)
    }

    private func end(_ events: [Event]) async throws {
        try await conductor.recorder.perform(
            .end(events, token: token), in: plan.environment, run: id)
    }

    private func finish(verified: Bool) async throws -> RunOutcome {
        try await end(
            plan.moves.map { move in
                let done = RunFinished(
                    environment: plan.environment, service: move.service, tag: move.to.tag,
                    digest: move.to.digest, revision: move.to.revision,
                    verified: move.observe != nil, bundle: move.bundle,
                    hosts: move.hosts, from: move.from?.tag)
                return plan.kind == .deploy ? .deployed(done) : .reverted(done)
            })
        return .finished(verified: verified)
    }

    private func fail(_ failure: Run.Failure, putBack: Bool) async throws -> RunOutcome {
        try await end(
            plan.moves.map { move in
                let failed = RunFailed(
                    environment: plan.environment, reason: failure.reason, service: move.service,
                    tag: move.to.tag, digest: move.to.digest, revision: move.to.revision,
                    step: failure.step, putBack: putBack ? true : nil)
                return plan.kind == .deploy ? .deployFailed(failed) : .revertFailed(failed)
            })
        return .failed(failure, putBack: putBack)
    }
}
