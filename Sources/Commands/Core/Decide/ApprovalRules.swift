public import CommandPorts
package import Ledger
internal import LedgerText
package import Projections

/// Who may approve a plan, and when a plan has enough approvals.
public enum ApprovalRules {
    static func approve(
        _ way: Approved.Way, _ reason: String?, _ signature: String?, in situation: Situation
    ) throws(Refusal) -> [Event] {
        let (run, plan) = try PlanRules.open(situation)
        guard run.state != .running else {
            throw Refusal(
                .notPossible, "run \(run.number) has already started; it needs no approval")
        }
        if plan.state != situation.environment.fingerprint {
            throw PlanRules.stale(plan, situation)
        }
        let author = situation.author
        try refuseOwn(way, author, run, plan)
        if plan.signers != nil, author.known != .signed || signature == nil {
            throw Refusal(
                .approvalMissing, "an approval for \(plan.environment) must be signed",
                cause: "the playbook lists the signers of this environment",
                hint: Hint("approve it with a signature", run: plan.approveCommand(run.number)))
        }
        let given = plan.approvers(in: run, at: situation.now)
        if plan.approvals != nil, given.contains(where: { Plan.isSame($0.by, author.name) }) {
            throw Refusal(
                .notPossible, "\(author.name) has approved run \(run.number) already",
                cause: "\(plan.approvalsNeeded) approvals required; \(given.count) given")
        }
        if plan.approvals != nil, given.count >= plan.approvalsNeeded {
            throw Refusal(
                .notPossible, "run \(run.number) already has its approvals",
                cause: "\(plan.approvalsNeeded) required; given by "
                    + given.map(\.by).joined(separator: ", "),
                hint: Hint("run it", run: "ledger runs resume \(run.number)"))
        }
        let approved = Approved(
            environment: plan.environment, plan: run.plan ?? ContentHash(of: []), way: way,
            expires: signature == nil
                ? situation.now.adding(seconds: Double(plan.approvalSeconds))
                : ApprovalStatement(plan, run).expires,
            reason: reason, signature: signature)
        return [run.kind == .deploy ? .deployApproved(approved) : .revertApproved(approved)]
    }

    /// Bypasses the approvals of a plan. A person listed in its policy signs the plan and the
    /// reason.
    static func bypass(
        _ reason: String, _ signature: String, in situation: Situation
    ) throws(Refusal) -> [Event] {
        let (run, plan) = try PlanRules.open(situation)
        try MarkRules.needReason(reason)
        guard run.state != .running, plan.approvals != nil else {
            throw Refusal(
                .notPossible, "run \(run.number) requires no approval to bypass",
                hint: Hint("run it", run: "ledger runs resume \(run.number)"))
        }
        if plan.state != situation.environment.fingerprint {
            throw PlanRules.stale(plan, situation)
        }
        try refuseNoGlass(plan)
        if plan.isBypassed(in: run, at: situation.now) {
            throw Refusal(
                .notPossible, "run \(run.number) already bypasses its approvals",
                hint: Hint("run it", run: "ledger runs resume \(run.number)"))
        }
        let author = situation.author
        guard author.known == .signed, plan.mayBypass(author.name) else {
            throw mayNot(author, run, plan)
        }
        let statement = ApprovalStatement(plan, run)
        if situation.now >= statement.expires, let late = plan.tooLate(run, at: situation.now) {
            throw late
        }
        return [
            .approvalBypassed(
                Bypass(
                    environment: plan.environment, run: run.number,
                    plan: run.plan ?? ContentHash(of: []), reason: reason,
                    expires: statement.expires, signature: signature))
        ]
    }

    /// Throws if nobody may bypass the approvals: the policy lists nobody, or its playbook is
    /// weaker than the one last used.
    public static func refuseNoGlass(_ plan: Plan) throws(Refusal) {
        if plan.policy?.breakGlass?.isEmpty ?? true {
            throw Refusal(
                .approvalMissing, "nobody may bypass approvals in \(plan.environment)",
                cause: "its policy lists nobody under break-glass",
                hint: Hint("request approval", run: "ledger plan \(plan.kind.rawValue) …"))
        }
        guard let weaker = plan.weaker, !weaker.isEmpty else { return }
        throw Refusal(
            .approvalMissing, "a weaker playbook cannot be used without approvals",
            cause: weaker.joined(separator: "; "),
            hint: "use the playbook of the last run, or request approval of this one")
    }

    private static func mayNot(_ author: Author, _ run: RunView, _ plan: Plan) -> Refusal {
        let listed = plan.policy?.breakGlass ?? []
        return Refusal(
            .approvalMissing,
            "\(author.name) may not bypass approvals in \(plan.environment)",
            cause: listed.isEmpty
                ? "its policy has no break-glass"
                : "its policy lists \(listed.joined(separator: ", ")) under break-glass",
            hint: Hint("request approval", run: plan.approveCommand(run.number)))
    }

    /// Records another person's review of a bypass, after the run.
    static func review(
        _ reason: String, _ signature: String, in situation: Situation
    ) throws(Refusal) -> [Event] {
        try MarkRules.needReason(reason)
        guard let run = situation.run, let plan = situation.plan, let bypass = run.bypass else {
            throw Refusal(
                .notPossible, "the run did not bypass its approvals",
                hint: Hint("list the bypassed runs", run: "ledger status"))
        }
        if run.isOpen {
            throw Refusal(
                .notPossible, "run \(run.number) has not ended yet",
                hint: Hint("review it after it ends; list runs", run: "ledger runs list"))
        }
        if let entry = run.reviewed {
            throw Refusal(
                .notPossible, "run \(run.number) was already reviewed", cause: "entry \(entry)")
        }
        let author = situation.author
        guard author.known == .signed, !Plan.isSame(author.name, bypass.by),
            !Plan.isSame(author.name, run.by)
        else {
            throw Refusal(
                .approvalMissing, "\(author.name) cannot review run \(run.number)",
                cause: "\(bypass.by) bypassed its approvals; \(run.by) requested the run",
                hint: Hint(
                    "another person signs",
                    run: "ledger approve \(run.number) --review --key KEY --reason …"))
        }
        return [
            .approvalReviewed(
                BypassReview(
                    environment: plan.environment, run: run.number, reason: reason,
                    signature: signature))
        ]
    }

    /// The requester cannot approve where another person's approval is required.
    private static func refuseOwn(
        _ way: Approved.Way, _ author: Author, _ run: RunView, _ plan: Plan
    ) throws(Refusal) {
        let isApart = way == .apart || way == .signed
        if plan.approvals != nil, !isApart { throw missing(run, plan, at: run.recorded) }
        let needsOther = plan.approvals != nil || isApart && plan.protected
        guard needsOther, Plan.isSame(author.name, run.by) else { return }
        throw Refusal(
            .approvalMissing,
            "run \(run.number) was requested by \(run.by), who cannot approve it",
            cause: plan.approvals == nil
                ? "\(plan.environment) is protected"
                : "\(plan.environment) requires \(plan.approvalsNeeded) "
                    + (plan.approvalsNeeded == 1 ? "approval" : "approvals") + " by others",
            hint: Hint("another person runs", run: plan.approveCommand(run.number)))
    }

    /// Whether enough people have approved exactly this plan and their approvals are still valid,
    /// or a permitted person has bypassed the approvals.
    package static func isApproved(_ run: RunView, _ plan: Plan, at now: Timestamp) -> Bool {
        plan.approvers(in: run, at: now).count >= plan.approvalsNeeded
            || plan.isBypassed(in: run, at: now)
    }

    /// Throws unless the plan is approved.
    static func requireApproval(
        of run: RunView, _ plan: Plan, at now: Timestamp
    ) throws(Refusal) {
        if isApproved(run, plan, at: now) { return }
        throw plan.tooLate(run, at: now) ?? missing(run, plan, at: now)
    }

    /// Why a plan cannot run yet. `run` is the waiting run, if there is one.
    package static func missing(_ run: RunView?, _ plan: Plan, at now: Timestamp) -> Refusal {
        let needed = plan.approvalsNeeded
        let count = run.map { plan.approvers(in: $0, at: now).count } ?? 0
        let what = "requires \(needed) \(needed == 1 ? "approval" : "approvals"); \(count) given"
        guard let run else {
            return Refusal(
                .approvalMissing, "\(plan.environment) \(what)",
                hint: Hint(
                    "request approval",
                    run: "ledger plan "
                        + (plan.kind == .deploy ? "deploy " : "revert --to ")
                        + "\(shell: plan.moves.first?.to.title ?? "TAG") "
                        + "-e \(shell: plan.environment)"))
        }
        let expired = count < run.approvals.filter { $0.plan == run.plan?.rawValue }.count
        return Refusal(
            .approvalMissing, "run \(run.number) \(what)",
            cause: expired ? "an approval has expired or does not count" : nil,
            hint: Hint(
                plan.approvals == nil ? "approve it" : "another person approves",
                run: plan.approveCommand(run.number)))
    }
}
