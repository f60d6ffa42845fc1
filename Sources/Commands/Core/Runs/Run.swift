public import Ledger
public import Projections

/// One execution of an approved plan as a state machine: outcome in, next action out. Nothing here
/// waits.
///
/// It starts from what the ledger knows of the run, so that going on after a crash is the same as
/// going on.
public struct Run: Hashable, Sendable {
    /// What is to be done next.
    public enum Action: Hashable, Sendable {
        case start(Step, attempt: Int)
        /// A step was started and never finished: look whether it is done before anything else.
        case look(Step, attempt: Int)
        case awaitHealth(Plan.Move, HostName)
        case observe(Plan.Move, HostName)
        /// Everything was done; `verified` if every host was seen running its release.
        case finish(verified: Bool)
        /// The run is over without the release running as planned.
        case fail(Failure, putBack: Bool)
        /// A step that must not run twice may have run, and nothing tells: a person has to say.
        case ask(Step)
        /// The person stopped the run: it can be resumed.
        case pause
        /// The hosts that were wanted are done; the others wait for somebody to go on.
        case rest
        /// The next batch of hosts waits a while.
        case wait(seconds: Double)
    }
    /// How an action ended.
    public enum Result: Hashable, Sendable {
        case step(succeeded: Bool, why: String)
        /// What a look at a started step found; `nil` if it could not tell.
        case looked(done: Bool?)
        case health(ok: Bool, why: String)
        case waited
        case observed(matches: Bool?, seen: String)
    }

    /// What went wrong.
    public struct Failure: Hashable, Sendable {
        /// What the run was at when it went wrong; the word for programs.
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
    /// What the person said of steps that may have run.
    private let tokens: [Int: Int]
    private var assumed: [Int: Bool]
    /// Steps that must not run twice and of which nothing tells whether they ran.
    var undecided: Set<Int> = []
    var failure: Failure?
    /// Whether the release was seen running before a step began, where that was asked.
    private let ran: [Int: Bool]
    var healthy: Set<Lane> = []
    var observed: [Lane: Bool] = [:]
    private var interrupted = false
    /// Lanes in which something was done since this session began.
    var live: Set<Lane> = []
    /// Lanes in which something went wrong: nothing further is done there.
    var stuck: Set<Lane> = []
    /// The batches that were waited for, by their first lane.
    var waited: Set<Lane> = []

    /// What is done one after the other: a service on a host, forward or back. Lanes of one batch
    /// go on beside each other.
    public struct Lane: Hashable, Sendable {
        public let service: ServiceName
        public let host: HostName
        public let back: Bool
    }

    /// A run of the plan that goes on where the steps in the ledger leave off. `assuming` is what a
    /// person says of steps that may or may not have run; `only` limits it to some hosts.
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
        // A run that had failed, or was putting things back, goes on with that.
        let isForward = { (step: RunView.StepState) in
            plan.steps.contains { $0.number == step.number }
        }
        if let failed = steps.first(where: { $0.state == Outcome.failed.rawValue && isForward($0) })
        {
            failure = Failure(
                .step, "step \(failed.number) (\(failed.name)) \(failed.reason ?? "failed")",
                step: failed.number)
        } else if steps.contains(where: { !isForward($0) }) {
            failure = Failure(.interruption, "it failed after its steps, before it was cut off")
        }
        // Putting back goes on as far as it can: what failed there is not tried again.
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

    /// The person wants it to stop: nothing further is started.
    public mutating func interrupt() { interrupted = true }

    /// Steps that are done.
    public var finishedSteps: Set<Int> { done }

    /// What is to be done next; where several things are, the first of them.
    public var next: Action { ready[0] }

    /// What is to be done next: an action for each lane of the present batch, never none. An end
    /// stands alone.
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
        // What takes migrations back comes before all else, one after the other.
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

    /// The hosts that this session is limited to, as long as others have something left to do.
    private var limit: Set<HostName>? {
        guard let wanted,
            plan.steps.contains(where: { !wanted.contains($0.host) && !done.contains($0.number) })
        else { return nil }
        return wanted
    }

    /// The batch that waited may begin.
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

    /// What a lane does next; `nil` if it is done, or stuck.
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

    /// After a failure: put back what was touched if that is wanted, batch by batch, then look, so
    /// that the ledger tells what runs now.
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

    /// Whether anything was begun where a lane would put something back.
    private func wasTouched(_ lane: Lane) -> Bool {
        plan.steps.contains {
            $0.service == lane.service && $0.host == lane.host
                && (done.contains($0.number) || attempts[$0.number] != nil)
        }
    }

    /// The lane that an action goes on in; `nil` for an end.
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

    /// After a failure the forward lanes that go on are those of this session; any other look is
    /// one at what runs in the end.
    private func isLookingBack(_ move: Plan.Move, _ host: HostName) -> Bool {
        guard failure != nil else { return false }
        let forward = Lane(service: move.service, host: host, back: false)
        return isPuttingBack || !live.contains(forward) || next(in: forward, of: move) == nil
    }

    /// What a person said of a step that may have run.
    package func assumption(of step: Step) -> Bool? { assumed[step.number] }

    /// Whether the release was seen running before a step began; `nil` if nobody could see.
    package func ran(before step: Step) -> Bool? { ran[step.number] }

    /// The fencing token under which a step was started that never finished.
    package func token(of step: Step) -> Int? { tokens[step.number] }

    /// Whether something went wrong.
    public var hasFailed: Bool { failure != nil }

    /// Whether things are being put back.
    public var isPuttingBack: Bool {
        failure != nil && plan.onFailure == .back && !plan.back.isEmpty
    }
}
