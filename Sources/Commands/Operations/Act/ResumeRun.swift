internal import CommandEngine
internal import CommandPorts
public import Commands
internal import Ledger
public import Projections

/// A run with its plan.
public struct ChosenRun: Sendable {
    public let view: RunView
    public let plan: Plan

    public init(_ view: RunView, _ plan: Plan) {
        self.view = view
        self.plan = plan
    }
}

/// Resume a run that was approved, stopped or interrupted
///
/// A step that started but did not finish is examined first, with its check or by an observation of
/// the current release.
public struct ResumeRun: Action {
    public typealias Answer = RunResult
    public static var right: Right { .operate }

    /// The run's number. Default: the only open run.
    public var run: Int?
    /// The environment. Default: the only one.
    public var environment: String?
    /// The reason for taking the lock from a holder that does not respond.
    public var takingOver: String?
    /// You checked: this step is done.
    public var assumeDone: [Int] = []
    /// You checked: this step is not done.
    public var assumeNotDone: [Int] = []
    /// Only these hosts now.
    public var hosts: [String]?
    /// If another run is under way, wait for its end, at most this long: 90s, 10min.
    public var wait: String?

    public init(_ run: Int?, environment: String? = nil) {
        self.run = run
        self.environment = environment
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        run = try members.decodeIfPresent(Int.self, forKey: .run)
        environment = try members.decodeIfPresent(String.self, forKey: .environment)
        takingOver = try members.decodeIfPresent(String.self, forKey: .takingOver)
        assumeDone = try members.decodeIfPresent([Int].self, forKey: .assumeDone) ?? []
        assumeNotDone = try members.decodeIfPresent([Int].self, forKey: .assumeNotDone) ?? []
        hosts = try members.decodeIfPresent([String].self, forKey: .hosts)
        wait = try members.decodeIfPresent(String.self, forKey: .wait)
    }

    public func answer(at desk: ActingDesk) async throws -> RunResult {
        try await carryOut(try await choose(at: desk), at: desk)
    }

    /// Finds the run, and waits until it can go on. Throws `Refusal` if it does not exist, or if
    /// several are open and none is named.
    public func choose(at desk: ActingDesk) async throws -> ChosenRun {
        let view = try await find(desk)
        if let name = view.subject.environment, view.state != .running {
            try await desk.wait(wait, in: name)
        }
        guard let plan = try await desk.recorder.plan(of: view) else {
            throw Refusal(.unknownName, "run \(view.number) has no plan")
        }
        let chosen = ChosenRun(view, plan)
        _ = try assumptions(chosen)
        return chosen
    }

    /// Runs the chosen run to its end.
    public func carryOut(_ chosen: ChosenRun, at desk: ActingDesk) async throws -> RunResult {
        let plan = chosen.plan
        let assuming = try assumptions(chosen)
        let only = try plan.selected(hosts)
        if chosen.view.isWaiting { try desk.refuseUnready(plan) }
        let conductor = try await desk.parts.conductor(desk.recorder, for: plan, desk.listener)
        if plan.kind == .deploy {
            // Before the run starts: the rollback script must exist if this machine dies.
            try desk.parts.keep(
                try await desk.planner().script(
                    of: plan.moves.map(\.bundle), in: plan.environment))
        }
        let outcome = try await conductor.run(
            chosen.view.id, in: plan.environment, assuming: assuming, takingOver: takingOver,
            only: only)
        return try await RunResult.of(chosen, outcome, desk.projector)
    }

    private func find(_ desk: ActingDesk) async throws -> RunView {
        if let run { return try await desk.desk.run(run) }
        let name = try await desk.desk.environment(ifNamed: environment)
        let open = try await desk.projector.runs(in: name).filter(\.canGoOn)
        guard open.count == 1, let only = open.first else {
            let list = open.map { String($0.number) }.joined(separator: ", ")
            throw Refusal(
                open.isEmpty ? .unknownName : .ambiguous,
                open.isEmpty ? "no run is open" : "several runs are open: \(list)",
                hint: open.isEmpty
                    ? Hint("list all runs", run: "ledger runs list")
                    : Hint("name one", run: "ledger runs resume RUN"))
        }
        return try await desk.desk.run(only.number)
    }

    /// What a person states about steps that may have run.
    private func assumptions(_ chosen: ChosenRun) throws -> [Int: Bool] {
        let number = chosen.view.number
        let steps = Set((chosen.plan.steps + chosen.plan.back).map(\.number))
        for step in assumeDone + assumeNotDone {
            let isBoth = assumeDone.contains(step) && assumeNotDone.contains(step)
            if !isBoth, steps.contains(step) { continue }
            throw Refusal(
                .invalid,
                isBoth
                    ? "step \(step) cannot be both done and not done"
                    : "run \(number) has no step \(step)",
                hint: Hint("list its steps", run: "ledger log --run \(number)"))
        }
        var assuming: [Int: Bool] = [:]
        for step in assumeDone { assuming[step] = true }
        for step in assumeNotDone { assuming[step] = false }
        return assuming
    }
}

/// Abandon a run; the hosts are left unchanged
public struct AbandonRun: Action {
    public static var right: Right { .operate }
    public typealias Answer = EntryAnswer

    /// The run's number.
    public var run: Int
    /// The reason.
    public var reason: String

    public init(_ run: Int, reason: String) {
        self.run = run
        self.reason = reason
    }

    public func answer(at desk: ActingDesk) async throws -> EntryAnswer {
        let view = try await desk.desk.run(run)
        guard let environment = view.subject.environment else {
            throw Refusal(.unknownName, "run \(run) has no environment")
        }
        let plan = try await desk.recorder.plan(of: view)
        let made = try await desk.parts.conductor(desk.recorder, for: plan, desk.listener).giveUp(
            view, in: environment, reason: reason)
        return EntryAnswer(made[0])
    }
}
