internal import Ledger
internal import Projections

/// Who may say yes to a plan, and when there were enough.
enum ApprovalRules {
    static func approve(
        _ way: Approved.Way, _ reason: String?, _ signature: String?, in situation: Situation
    ) throws(Refusal) -> [Event] {
        let (run, plan) = try PlanRules.open(situation)
        guard run.state != .running else {
            throw Refusal(
                .notPossible, "run \(run.number) is under way; there is nothing to approve")
        }
        if plan.state != situation.environment.fingerprint {
            throw PlanRules.stale(plan, situation)
        }
        let author = situation.author
        try refuseOwn(way, author, run, plan)
        if plan.signers != nil, author.known != .signed || signature == nil {
            throw Refusal(
                .approvalMissing, "an approval for \(plan.environment) must be signed",
                cause: "the playbook names who may sign",
                hint: "ledger approve \(run.number) --key ~/.ssh/id_ed25519")
        }
        let given = plan.approvers(in: run, at: situation.now)
        if plan.approvals != nil, given.contains(where: { Plan.isSame($0.by, author.name) }) {
            throw Refusal(
                .notPossible, "\(author.name) has approved run \(run.number) already",
                cause: "\(plan.approvalsNeeded) people have to, and \(given.count) did")
        }
        let approved = Approved(
            environment: plan.environment, plan: run.plan ?? ContentHash(of: []), way: way,
            expires: signature == nil
                ? situation.now.adding(seconds: Double(plan.approvalSeconds))
                : ApprovalStatement(plan, run).expires,
            reason: reason, signature: signature)
        return [run.kind == .deploy ? .deployApproved(approved) : .revertApproved(approved)]
    }

    /// Who asked cannot approve, where somebody else has to.
    private static func refuseOwn(
        _ way: Approved.Way, _ author: Author, _ run: RunView, _ plan: Plan
    ) throws(Refusal) {
        let isApart = way == .apart || way == .signed
        if plan.approvals != nil, !isApart { throw missing(run, plan, 0) }
        let needsOther = plan.approvals != nil || isApart && plan.protected
        guard needsOther, Plan.isSame(author.name, run.by) else { return }
        throw Refusal(
            .approvalMissing,
            "run \(run.number) was asked for by \(run.by), who cannot approve it as well",
            cause: plan.approvals == nil
                ? "\(plan.environment) is protected"
                : "\(plan.environment) wants the yes of \(plan.approvalsNeeded) others",
            hint: "somebody else runs: ledger approve \(run.number)")
    }

    /// Throws unless enough people's yes to exactly this plan still holds.
    static func requireApproval(
        of run: RunView, _ plan: Plan, at now: Timestamp
    ) throws(Refusal) {
        let count = plan.approvers(in: run, at: now).count
        guard count < plan.approvalsNeeded else { return }
        throw plan.tooLate(run, at: now) ?? missing(run, plan, count)
    }

    private static func missing(_ run: RunView, _ plan: Plan, _ count: Int) -> Refusal {
        let needed = plan.approvalsNeeded
        let given = run.approvals.filter { $0.plan == run.plan?.rawValue }
        let what =
            needed > 1
            ? "run \(run.number) has \(count) of \(needed) approvals"
            : given.isEmpty
                ? "run \(run.number) is not approved"
                : "the approval of run \(run.number) has expired"
        return Refusal(.approvalMissing, what, hint: "ledger approve \(run.number)")
    }
}
