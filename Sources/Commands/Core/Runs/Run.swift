public import Ledger
public import Projections

/// One execution of an approved plan as a state machine: outcome in, next action out. Nothing here
/// waits.
///
/// It starts from what the ledger recorded of the run, so that resuming after a crash works like
/// continuing.
public struct Run: Hashable, Sendable {
    /// The next action.
    public enum Action: Hashable, Sendable {
        case start(Step, attempt: Int)
        /// A step was started and never finished: check whether it is done before anything else.
        case look(Step, attempt: Int)
        case awaitHealth(Plan.Move, HostName)
        case observe(Plan.Move, HostName)
        /// All steps are done; `verified` if the release was observed on every host.
        case finish(verified: Bool)
        /// The run ended, and the release does not run as planned.
        case fail(Failure, putBack: Bool)
        /// A step that must not run twice may have run, and its result is unknown: a person must
        /// decide.
        case ask(Step)
        /// The person stopped the run: it can be resumed.
        case pause
        /// The selected hosts are updated; the other hosts wait until a person resumes the run.
        case rest
        /// The next batch of hosts starts after a pause.
        case wait(seconds: Double)
    }
    /// How an action ended.
    public enum Result: Hashable, Sendable {
        case step(succeeded: Bool, why: String)
        /// The result of the check of a started step; `nil` if unknown.
        case looked(done: Bool?)
        case health(ok: Bool, why: String)
        case waited
        case observed(matches: Bool?, seen: String)
    }

    /// The failure of a run.
    public struct Failure: Hashable, Sendable {
        /// The phase that failed; programs read this word.
        public enum Cause: String, Sendable { case step, health, observation, interruption }
        public let cause: Cause
        public let reason: String
        /// The number of the step that failed.
        public let step: Int?

        public init(_ cause: Cause, _ reason: String, step: Int? = nil) {
            self.cause = cause
            self.reason = reason
            self.step = step
        }
    }

    public let plan: Plan
    /// The hosts of this session; `nil`: all.
    private let wanted: Set<HostName>?
    var done: Set<Int>
    var started: [Int: Int]
    var attempts: [Int: Int]
    private let tokens: [Int: Int]
    /// A person's decisions about steps that may have run.
    private var assumed: [Int: Bool]
    /// Steps that must not run twice and whose result is unknown.
    var undecided: Set<Int> = []
    var failure: Failure?
    /// Whether the release was observed before a step began, where that was checked.
    private let ran: [Int: Bool]
    var healthy: Set<Lane> = []
    var observed: [Lane: Bool] = [:]
    private var interrupted = false
    /// Lanes that did something in this session.
    var live: Set<Lane> = []
    /// Lanes that failed: nothing further runs there.
    var stuck: Set<Lane> = []
    /// The batches whose pause is over, by their first lane.
    var waited: Set<Lane> = []

    /// Actions in sequence: one service on one host, forward or back. Lanes of one batch run in
    /// parallel.
    public struct Lane: Hashable, Sendable {
        public let service: ServiceName
        public let host: HostName
        public let back: Bool
    }

    /// A run of the plan that continues after the steps in the ledger. `assuming` holds a person's
    /// decisions about steps that may have run; `only` limits the run to some hosts.
    public init(
        _ plan: Plan, steps: [RunView.StepState] = [], assuming: [Int: Bool] = [:],
        only: Set<HostName>? = nil
    ) {
        self.plan = plan
        wanted = only
        done = Set(steps.filter { $0.state == Outcome.succeeded.rawValue }.map(\.number))
        started = Dictionary(
            steps.filter { $0.state == "started" || $0.state == Outcome.unknown.rawValue }
                .map { ($0.number, $0.attempt) },
            uniquingKeysWith: { $1 })
        attempts = Dictionary(steps.map { ($0.number, $0.attempt) }, uniquingKeysWith: { $1 })
        assumed = assuming
        tokens = Dictionary(steps.map { ($0.number, $0.token) }, uniquingKeysWith: { $1 })
        ran = Dictionary(
            steps.compactMap { step in step.ran.map { (step.number, $0) } },
            uniquingKeysWith: { $1 })
        // A run that had failed, or was rolling back, continues with that.
        let isForward = { (step: RunView.StepState) in
            plan.steps.contains { $0.number == step.number }
        }
        if let failed = steps.first(where: { $0.state == Outcome.failed.rawValue && isForward($0) })
        {
            failure = Failure(
                .step, "step \(failed.number) (\(failed.name)) \(failed.reason ?? "failed")",
                step: failed.number)
        } else if steps.contains(where: { !isForward($0) }) {
            failure = Failure(
                .interruption, "the run failed after its steps, before it was interrupted")
        }
        // A rollback continues as far as it can: its failed steps are not retried.
        for step in steps where step.state == Outcome.failed.rawValue && !isForward(step) {
            done.insert(step.number)
        }
    }

    public static func == (left: Run, right: Run) -> Bool {
        left.plan == right.plan && left.done == right.done && left.started == right.started
    }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(done)
    }

    /// A person asked to stop: no further step starts.
    public mutating func interrupt() { interrupted = true }

    /// Steps that are done.
    public var finishedSteps: Set<Int> { done }

    /// The next action; if there are several, the first of them.
    public var next: Action { ready[0] }

    /// The next actions: one for each lane of the current batch, at least one. An end is always the
    /// only action.
    public var ready: [Action] {
        let forward = forwardActions
        if let failure {
            let ours = forward.filter { lane(of: $0).map(live.contains) ?? false }
            return isPuttingBack || ours.isEmpty ? after(failure) : ours
        }
        if !forward.isEmpty { return forward }
        if limit != nil { return [.rest] }
        return [.finish(verified: plan.moves.allSatisfy { $0.observe != nil })]
    }

    /// The actions of the first batch that is not done.
    private var forwardActions: [Action] {
        // Steps that revert migrations run before all others, one at a time.
        if let down = plan.steps.first(where: { $0.migration != nil && !done.contains($0.number) }),
            !stuck.contains(Lane(service: down.service, host: down.host, back: false))
        {
            return next(of: [down]).map { [$0] } ?? []
        }
        return batchActions
    }

    private var batchActions: [Action] {
        var isFirst = true
        for move in plan.moves {
            for batch in plan.batches(of: move, limit) {
                let lanes = batch.map { Lane(service: move.service, host: $0, back: false) }
                let actions = lanes.compactMap { next(in: $0, of: move) }
                if actions.isEmpty {
                    isFirst = false
                    continue
                }
                let begun = lanes.contains { live.contains($0) || isBegun($0) }
                if let pause = plan.pause, pause > 0, !isFirst, !begun, failure == nil,
                    !waited.contains(lanes[0])
                {
                    return [interrupted ? .pause : .wait(seconds: pause)]
                }
                return actions.contains(.pause) ? [.pause] : actions
            }
        }
        return []
    }

    /// The hosts that this session is limited to, while other hosts still have something to do.
    private var limit: Set<HostName>? {
        guard let wanted,
            plan.steps.contains(where: { !wanted.contains($0.host) && !done.contains($0.number) })
        else { return nil }
        return wanted
    }

    /// The waiting batch may begin.
    mutating func noteWaited() {
        for move in plan.moves {
            for batch in plan.batches(of: move, limit) {
                let lanes = batch.map { Lane(service: move.service, host: $0, back: false) }
                if lanes.allSatisfy({ next(in: $0, of: move) == nil }) { continue }
                waited.insert(lanes[0])
                return
            }
        }
    }

    private func isBegun(_ lane: Lane) -> Bool {
        plan.steps.contains {
            $0.service == lane.service && $0.host == lane.host && attempts[$0.number] != nil
        }
    }

    /// The next action of a lane; `nil` if the lane is done or has failed.
    private func next(in lane: Lane, of move: Plan.Move) -> Action? {
        if stuck.contains(lane) { return nil }
        let steps = (lane.back ? plan.back : plan.steps).filter {
            $0.service == lane.service && $0.host == lane.host
        }
        if let action = next(of: steps.filter { $0.afterLook != true }) { return action }
        if let action = look(in: lane, move) { return action }
        return next(of: steps.filter { $0.afterLook == true })
    }

    private func next(of steps: [Step]) -> Action? {
        for step in steps where !done.contains(step.number) {
            if interrupted { return .pause }
            if undecided.contains(step.number) { return .ask(step) }
            if let before = started[step.number] { return .look(step, attempt: before) }
            return .start(step, attempt: (attempts[step.number] ?? 0) + 1)
        }
        return nil
    }

    private func look(in lane: Lane, _ move: Plan.Move) -> Action? {
        let health = lane.back ? move.healthBack : move.health
        let probe = lane.back && isPuttingBack ? move.observeBack : move.observe
        let needsHealth = health != nil && !healthy.contains(lane)
        let needsLook = probe != nil && observed[lane] == nil
        if interrupted, !lane.back, needsHealth || needsLook { return .pause }
        if needsHealth { return .awaitHealth(move, lane.host) }
        return needsLook ? .observe(move, lane.host) : nil
    }

    /// After a failure: roll back the changed lanes batch by batch if the plan requires it, then
    /// observe, so that the ledger records what runs now.
    private func after(_ failure: Failure) -> [Action] {
        if isPuttingBack {
            for move in plan.moves.reversed() {
                for batch in plan.batches(of: move, nil) {
                    let lanes = batch.map { Lane(service: move.service, host: $0, back: true) }
                    let touched = lanes.filter(wasTouched)
                    let actions = touched.compactMap { next(in: $0, of: move) }
                    if !actions.isEmpty { return actions.contains(.pause) ? [.pause] : actions }
                }
            }
        }
        let lanes = plan.moves.flatMap { move in
            move.hosts.map { (Lane(service: move.service, host: $0, back: true), move) }
        }
        let looks = lanes.filter { lane, move in
            observed[lane] == nil && (isPuttingBack ? move.observeBack : move.observe) != nil
        }
        if !looks.isEmpty { return looks.map { .observe($1, $0.host) } }
        let seen = lanes.allSatisfy { observed[$0.0] == true && !stuck.contains($0.0) }
        return [.fail(failure, putBack: isPuttingBack && seen)]
    }

    /// Whether any step started in a lane that would be rolled back.
    private func wasTouched(_ lane: Lane) -> Bool {
        plan.steps.contains {
            $0.service == lane.service && $0.host == lane.host
                && (done.contains($0.number) || attempts[$0.number] != nil)
        }
    }

    /// The lane of an action; `nil` for an end.
    public func lane(of action: Action) -> Lane? {
        switch action {
        case .start(let step, _), .look(let step, _), .ask(let step):
            Lane(
                service: step.service, host: step.host,
                back: plan.back.contains { $0.number == step.number })
        case .awaitHealth(let move, let host), .observe(let move, let host):
            Lane(service: move.service, host: host, back: isLookingBack(move, host))
        case .finish, .fail, .pause, .rest, .wait: nil
        }
    }

    /// After a failure, the forward lanes of this session may continue. Every other observation
    /// only records what runs at the end.
    private func isLookingBack(_ move: Plan.Move, _ host: HostName) -> Bool {
        guard failure != nil else { return false }
        let forward = Lane(service: move.service, host: host, back: false)
        return isPuttingBack || !live.contains(forward) || next(in: forward, of: move) == nil
    }

    /// A person's decision about a step that may have run.
    package func assumption(of step: Step) -> Bool? { assumed[step.number] }

    /// Whether the release was observed before a step began; `nil` if that was not possible.
    package func ran(before step: Step) -> Bool? { ran[step.number] }

    /// The fencing token under which a step was started that never finished.
    package func token(of step: Step) -> Int? { tokens[step.number] }

    /// Whether the run failed.
    public var hasFailed: Bool { failure != nil }

    /// Whether the run is rolling back.
    public var isPuttingBack: Bool {
        failure != nil && plan.onFailure == .back && !plan.back.isEmpty
    }
}
