internal import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// Plans, and their states before they run.
enum PlanRules {
    static func lay(
        _ plan: Plan, _ hash: ContentHash, in situation: Situation
    ) throws(Refusal) -> [Event] {
        if plan.state != situation.environment.fingerprint { throw stale(plan, situation) }
        for move in plan.moves where plan.kind == .deploy {
            try FenceRule.refuse(
                move.to, by: situation.fences[move.service], in: plan.environment)
        }
        try PolicyRules.require(plan, in: situation)
        let (service, tag) = plan.subject
        let single = plan.moves.count == 1 ? plan.moves[0].to : nil
        let planned = Planned(
            environment: plan.environment, service: service, tag: tag, digest: single?.digest,
            revision: single?.revision, plan: hash, steps: plan.steps.count, reason: plan.reason,
            approvals: plan.approvals, overridesFreeze: plan.overridesFreeze,
            playbook: plan.playbook, weaker: plan.weaker)
        return [plan.kind == .deploy ? .deployPlanned(planned) : .revertPlanned(planned)]
    }

    /// An approval is valid for one digest and one state.
    static func stale(_ plan: Plan, _ situation: Situation) -> Refusal {
        let expected = Fingerprint(plan.state).words
        let now = Fingerprint(situation.environment.fingerprint).words
        return Refusal(
            .planStale, "the plan is stale: \(plan.environment) has changed since it was made",
            cause: expected == now
                ? "a fence, a pin or a freeze has changed"
                : "expected \(expected), now \(now)",
            hint: hint(for: situation.run, plan))
    }

    private static func hint(for run: RunView?, _ plan: Plan) -> Hint {
        guard let run else { return "run the same command again to make a new plan" }
        if run.state == .running {
            return Hint(
                "the run has started; abandon it first",
                run: "ledger runs abandon \(run.number) --reason …")
        }
        return
            "plan again: ledger plan \(plan.kind.rawValue) … -e \(shell: plan.environment); "
            + "then reject this plan: ledger reject \(run.number) --reason …"
    }

    static func open(_ situation: Situation) throws(Refusal) -> (RunView, Plan) {
        guard let run = situation.run, let plan = situation.plan else {
            throw Refusal(
                .unknownName, "no such run", hint: Hint("list runs", run: "ledger runs list"))
        }
        guard run.isOpen else {
            throw Refusal(
                .notPossible, "run \(run.number) is already \(run.state.rawValue)",
                hint: Hint("show it", run: "ledger runs show \(run.number)"))
        }
        return (run, plan)
    }

    static func reject(_ reason: String, in situation: Situation) throws(Refusal) -> [Event] {
        let (run, _) = try open(situation)
        guard run.state != .running else {
            throw Refusal(
                .notPossible, "run \(run.number) has started and can no longer be rejected",
                hint: Hint("abandon it", run: "ledger runs abandon \(run.number) --reason …"))
        }
        return try abandon(reason, nil, in: situation)
    }

    static func abandon(
        _ reason: String, _ gone: Int?, in situation: Situation
    ) throws(Refusal) -> [Event] {
        let (run, plan) = try open(situation)
        try MarkRules.needReason(reason)
        let lease = situation.environment.lease
        if let lease, lease.run == run.id, lease.token != gone, situation.clock < lease.ends {
            throw Refusal(
                .leaseHeld, "run \(run.number) is in progress",
                cause: "\(lease.holder) holds the lease until \(lease.ends)",
                hint: "stop it there with Ctrl-C, or wait until the lease expires")
        }
        let services = run.state == .running ? plan.moves.map { Optional($0.service) } : [nil]
        var events: [Event] = services.map { service in
            let abandoned = Abandoned(
                environment: plan.environment, reason: reason,
                // A run that had not started has changed no service.
                service: service,
                tag: plan.moves.first { $0.service == service }?.to.tag ?? plan.subject.tag)
            return run.kind == .deploy ? .deployAbandoned(abandoned) : .revertAbandoned(abandoned)
        }
        if let lease, lease.run == run.id {
            events.append(
                .leaseReleased(
                    Lease(environment: plan.environment, holder: lease.holder, reason: reason)))
        }
        return events
    }
}
