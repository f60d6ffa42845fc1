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
    }
    /// How an action ended.
    public enum Result: Hashable, Sendable {
        case step(succeeded: Bool, why: String)
        /// What a look at a started step found; `nil` if it could not tell.
        case looked(done: Bool?)
        case health(ok: Bool, why: String)
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
    private var done: Set<Int>
    private var started: [Int: Int]
    private var attempts: [Int: Int]
    /// What the person said of steps that may have run.
    private var assumed: [Int: Bool]
    /// Steps that must not run twice and of which nothing tells whether they ran.
    private var undecided: Set<Int> = []
    private var failure: Failure?
    /// Whether the release was seen running before a step began, where that was asked.
    private let ran: [Int: Bool]
    private var healthy: Set<Place> = []
    private var observed: [Place: Bool] = [:]
    private var interrupted = false

    private struct Place: Hashable {
        let service: ServiceName
        let host: HostName
        let back: Bool
    }

    /// A run of the plan that goes on where the steps in the ledger leave off. `assuming` is what a
    /// person says of steps that may or may not have run.
    public init(_ plan: Plan, steps: [RunView.StepState] = [], assuming: [Int: Bool] = [:]) {
        self.plan = plan
        done = Set(steps.filter { $0.state == Outcome.succeeded.rawValue }.map(\.number))
        started = Dictionary(
            steps.filter { $0.state == "started" }.map { ($0.number, $0.attempt) },
            uniquingKeysWith: { $1 })
        attempts = Dictionary(steps.map { ($0.number, $0.attempt) }, uniquingKeysWith: { $1 })
        assumed = assuming
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

    /// What is to be done next.
    public var next: Action {
        if let failure { return next(after: failure) }
        for move in plan.moves {
            for host in move.hosts {
                let steps = plan.steps.filter { $0.service == move.service && $0.host == host }
                if let action = next(of: steps) { return action }
                if let action = look(at: move, host, back: false) { return action }
            }
        }
        return .finish(verified: plan.moves.allSatisfy { $0.observe != nil })
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

    private func look(at move: Plan.Move, _ host: HostName, back: Bool) -> Action? {
        let place = Place(service: move.service, host: host, back: back)
        if interrupted, !back, needsLook(at: move, place) { return .pause }
        if !back, move.health != nil, !healthy.contains(place) { return .awaitHealth(move, host) }
        let probe = isPuttingBack ? move.observeBack : move.observe
        if probe != nil, observed[place] == nil { return .observe(move, host) }
        return nil
    }

    private func needsLook(at move: Plan.Move, _ place: Place) -> Bool {
        (move.health != nil && !healthy.contains(place))
            || (move.observe != nil && observed[place] == nil)
    }

    /// After a failure: put back what was touched if that is wanted, then look, so that the ledger
    /// tells what runs now.
    private func next(after failure: Failure) -> Action {
        if isPuttingBack, let action = next(of: plan.back.filter(undoesSomething)) { return action }
        for move in plan.moves {
            for host in move.hosts {
                if let action = look(at: move, host, back: true) { return action }
            }
        }
        let seen = plan.moves.allSatisfy { move in
            move.hosts.allSatisfy {
                observed[Place(service: move.service, host: $0, back: true)] == true
            }
        }
        return .fail(failure, putBack: isPuttingBack && seen)
    }

    /// Whether anything was begun where the step would put something back.
    private func undoesSomething(_ back: Step) -> Bool {
        plan.steps.contains {
            $0.service == back.service && $0.host == back.host
                && (done.contains($0.number) || attempts[$0.number] != nil)
        }
    }

    /// What a person said of a step that may have run.
    func assumption(of step: Step) -> Bool? { assumed[step.number] }

    /// Whether the release was seen running before a step began; `nil` if nobody could see.
    func ran(before step: Step) -> Bool? { ran[step.number] }

    /// Whether something went wrong.
    public var hasFailed: Bool { failure != nil }

    /// Whether things are being put back.
    public var isPuttingBack: Bool {
        failure != nil && plan.onFailure == .back && !plan.back.isEmpty
    }

    /// Notes how `action` ended. `assumption` says what a person said of a step that may have run.
    public mutating func note(_ result: Result, of action: Action) {
        switch (action, result) {
        case (.start(let step, let attempt), .step(let succeeded, let why)):
            attempts[step.number] = attempt
            started[step.number] = nil
            if succeeded {
                done.insert(step.number)
            } else if failure == nil {
                failure = Failure(
                    .step, "step \(step.number) (\(step.name)) \(why)", step: step.number)
            } else {
                // Putting back goes on as far as it can; what runs in the end is looked at.
                done.insert(step.number)
            }
        case (.look(let step, _), .looked(let isDone)):
            switch isDone ?? assumed[step.number] {
            case true?:
                started[step.number] = nil
                done.insert(step.number)
            case nil where step.once: undecided.insert(step.number)
            default: started[step.number] = nil
            }
        case (.awaitHealth(let move, let host), .health(let ok, let why)):
            if ok {
                healthy.insert(Place(service: move.service, host: host, back: false))
            } else {
                failure = Failure(
                    .health, "\(move.service) on \(host) is not healthy: \(why)")
            }
        case (.observe(let move, let host), .observed(let matches, let seen)):
            note(matches, seen, of: move, on: host)
        default: break
        }
    }

    private mutating func note(
        _ matches: Bool?, _ seen: String, of move: Plan.Move, on host: HostName
    ) {
        let back = failure != nil
        observed[Place(service: move.service, host: host, back: back)] = matches ?? false
        if matches == true || back { return }
        failure = Failure(
            .observation,
            matches == nil
                ? "\(host) could not be asked what \(move.service) runs: \(seen)"
                : "\(move.service) on \(host) runs \(seen), not \(move.to.title)")
    }
}
