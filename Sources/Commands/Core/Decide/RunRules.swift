internal import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// Who may run, and what a run may write.
enum RunRules {
    /// Seconds that a lease lasts beyond a step's own limit: the time to record how the step ended.
    static let grace = 60

    static func acquire(
        _ holder: Holder, _ gone: Int?, _ takingOver: String?, in situation: Situation
    ) throws(Refusal) -> [Event] {
        guard let run = situation.run, let plan = situation.plan else {
            throw Refusal(
                .unknownName, "no such run", hint: Hint("list runs", run: "ledger runs list"))
        }
        guard run.isOpen else {
            throw Refusal(
                .notPossible, "run \(run.number) is already \(run.state.rawValue)",
                hint: Hint("show it", run: "ledger runs show \(run.number)"))
        }
        // An interrupted run, too, continues only from the state that its plan was made from.
        if plan.state != situation.environment.fingerprint {
            throw PlanRules.stale(plan, situation)
        }
        if run.state != .running {
            // The conditions of the approval may have changed: a check failed, or a freeze started.
            try PolicyRules.require(plan, in: situation)
            try ApprovalRules.requireApproval(of: run, plan, at: situation.now)
            try LeaseRules.refuseHalfWay(situation, besides: run)
        }
        let seconds = max(plan.leaseSeconds, longest(plan) + grace)
        guard let lease = situation.environment.lease else {
            return [
                .leaseGranted(
                    Lease(environment: plan.environment, holder: holder.text, seconds: seconds))
            ]
        }
        let why: String
        if let takingOver {
            try MarkRules.needReason(takingOver)
            why = takingOver
        } else if gone == lease.token {
            why = "the process that held the lease is dead"
        } else if lease.mayBeAtWork(
            at: situation.clock, holderIsAlive: situation.holderIsAlive == true ? true : nil)
        {
            throw LeaseRules.held(lease, situation)
        } else {
            why = "the lease expired at \(lease.ends)"
        }
        return [
            .leaseTaken(
                Lease(
                    environment: plan.environment, holder: holder.text, seconds: seconds,
                    reason: why))
        ]
    }

    /// Maximum number of seconds between two entries of the run: the longest step with its check,
    /// the longest wait for health, or the pause between batches.
    private static func longest(_ plan: Plan) -> Int {
        let steps = (plan.steps + plan.back).map { 2 * $0.seconds }
        let checks = plan.moves.flatMap { [$0.health, $0.healthBack] }.compactMap(\.self)
        let waits = checks.map { health in
            Int((health.deadline + health.every).rounded(.up)) + health.probe.seconds
                + (health.and?.seconds ?? 0)
        }
        let looks = plan.moves.flatMap { [$0.observe, $0.observeBack] }.compactMap { $0?.seconds }
        let pause = Int((plan.pause ?? 0).rounded(.up))
        return (steps + waits + looks.map { 2 * $0 } + [pause]).max() ?? 0
    }

    /// A run writes its entries under its token. After another run takes the lease over, it can
    /// write nothing more.
    private static func check(
        _ token: Int, _ situation: Situation
    ) throws(Refusal) -> (RunView, Plan) {
        guard let run = situation.run, let plan = situation.plan else {
            throw Refusal(.unknownName, "no such run")
        }
        guard let lease = situation.environment.lease, lease.run == run.id, lease.token == token
        else {
            let now = situation.environment.lease.map { "\($0.holder) holds lease \($0.token)" }
            throw Refusal(
                .tokenTooOld, "the lease \(token) is no longer valid in \(plan.environment)",
                cause: now ?? "it was released",
                hint:
                    Hint(
                        "the run stopped; list runs",
                        run: "ledger runs list -e \(shell: plan.environment)")
            )
        }
        return (run, plan)
    }

    static func start(_ token: Int, in situation: Situation) throws(Refusal) -> [Event] {
        let (run, plan) = try check(token, situation)
        if run.state == .running { return [] }
        return plan.moves.map { move in
            let started = RunStarted(
                environment: plan.environment, plan: run.plan ?? ContentHash(of: []),
                token: token, service: move.service, tag: move.to.tag, digest: move.to.digest,
                revision: move.to.revision, hosts: move.hosts, from: move.from?.tag)
            return run.kind == .deploy ? .deployStarted(started) : .revertStarted(started)
        }
    }

    static func go(
        on events: [Event], _ token: Int, in situation: Situation
    ) throws(Refusal) -> [Event] {
        _ = try check(token, situation)
        return events
    }

    /// A revert fences the release that it leaves, until a person lifts the fence. A revert that
    /// undoes another revert raises no fence (LED-0004).
    static func end(
        _ events: [Event], _ token: Int, in situation: Situation
    ) throws(Refusal) -> [Event] {
        let (run, plan) = try check(token, situation)
        var all = events
        for case .reverted(let done) in events {
            guard let move = plan.moves.first(where: { $0.service == done.service }),
                move.takesBack != true, plan.drill != true,
                let fence = situation.environment.fence(
                    leaving: move.from, for: move.to,
                    plan.reason ?? "reverted to \(move.to.title) by run \(run.number)")
            else { continue }
            all.append(.fenceRaised(fence))
        }
        let lease = situation.environment.lease
        all.append(
            .leaseReleased(Lease(environment: plan.environment, holder: lease?.holder ?? "")))
        return all
    }
}
