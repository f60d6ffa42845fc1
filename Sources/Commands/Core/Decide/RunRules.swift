internal import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// Who may run, and what a run may write.
enum RunRules {
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
        return [try LeaseRules.lease(to: holder, for: plan, gone, takingOver, in: situation)]
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
