public import CommandPorts
package import Ledger
internal import LedgerText
package import Projections

/// Who may say yes to a plan, and when there were enough.
public enum ApprovalRules {
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
                hint: plan.approveCommand(run.number))
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

    /// A plan goes without its approvals: somebody whom its policy lists signs that, and why.
    static func bypass(
        _ reason: String, _ signature: String, in situation: Situation
    ) throws(Refusal) -> [Event] {
        let (run, plan) = try PlanRules.open(situation)
        try MarkRules.needReason(reason)
        guard run.state != .running, plan.approvals != nil else {
            throw Refusal(
                .notPossible, "run \(run.number) needs no approval to be bypassed",
                hint: "ledger runs resume \(run.number)")
        }
        if plan.state != situation.environment.fingerprint {
            throw PlanRules.stale(plan, situation)
        }
        try refuseNoGlass(plan)
        if plan.isBypassed(in: run, at: situation.now) {
            throw Refusal(
                .notPossible, "run \(run.number) goes without its approvals already",
                hint: "ledger runs resume \(run.number)")
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

    /// Throws if nobody may go on without approvals: the policy lists nobody, or the playbook that
    /// lists them asks less than the one last used.
    public static func refuseNoGlass(_ plan: Plan) throws(Refusal) {
        if plan.policy?.breakGlass?.isEmpty ?? true {
            throw Refusal(
                .approvalMissing, "nobody may go on in \(plan.environment) without approvals",
                cause: "its policy lists nobody under break-glass",
                hint: "let somebody approve it: ledger plan \(plan.kind.rawValue) …")
        }
        guard let weaker = plan.weaker, !weaker.isEmpty else { return }
        throw Refusal(
            .approvalMissing, "a playbook that asks less is not used without approvals",
            cause: weaker.joined(separator: "; "),
            hint: "use the playbook of the last run, or let somebody approve this one")
    }

    private static func mayNot(_ author: Author, _ run: RunView, _ plan: Plan) -> Refusal {
        let listed = plan.policy?.breakGlass ?? []
        return Refusal(
            .approvalMissing,
            "\(author.name) may not go on in \(plan.environment) without approvals",
            cause: listed.isEmpty
                ? "its policy has no break-glass"
                : "its policy lists \(listed.joined(separator: ", ")) under break-glass",
            hint: "let somebody approve it: " + plan.approveCommand(run.number))
    }

    /// Somebody else has looked at a bypass, after the fact.
    static func review(
        _ reason: String, _ signature: String, in situation: Situation
    ) throws(Refusal) -> [Event] {
        try MarkRules.needReason(reason)
        guard let run = situation.run, let plan = situation.plan, let bypass = run.bypass else {
            throw Refusal(
                .notPossible, "that run did not go without its approvals",
                hint: "see those that did: ledger status")
        }
        if run.isOpen {
            throw Refusal(
                .notPossible, "run \(run.number) is not over yet",
                hint: "review it when it has ended: ledger runs list")
        }
        if let entry = run.reviewed {
            throw Refusal(
                .notPossible, "run \(run.number) was reviewed already", cause: "entry \(entry)")
        }
        let author = situation.author
        guard author.known == .signed, !Plan.isSame(author.name, bypass.by),
            !Plan.isSame(author.name, run.by)
        else {
            throw Refusal(
                .approvalMissing, "\(author.name) cannot review run \(run.number)",
                cause: "\(bypass.by) bypassed its approvals, and \(run.by) asked for it",
                hint: "somebody else signs: ledger approve \(run.number) --review --key KEY "
                    + "--reason …")
        }
        return [
            .approvalReviewed(
                BypassReview(
                    environment: plan.environment, run: run.number, reason: reason,
                    signature: signature))
        ]
    }

    /// Who asked cannot approve, where somebody else has to.
    private static func refuseOwn(
        _ way: Approved.Way, _ author: Author, _ run: RunView, _ plan: Plan
    ) throws(Refusal) {
        let isApart = way == .apart || way == .signed
        if plan.approvals != nil, !isApart { throw missing(run, plan, at: run.recorded) }
        let needsOther = plan.approvals != nil || isApart && plan.protected
        guard needsOther, Plan.isSame(author.name, run.by) else { return }
        throw Refusal(
            .approvalMissing,
            "run \(run.number) was asked for by \(run.by), who cannot approve it as well",
            cause: plan.approvals == nil
                ? "\(plan.environment) is protected"
                : "\(plan.environment) requires \(plan.approvalsNeeded) approvals by others",
            hint: "somebody else runs: " + plan.approveCommand(run.number))
    }

    /// Whether enough people have approved exactly this plan, and their approvals still hold; or
    /// somebody who may has bypassed them.
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

    /// Why a plan cannot go yet; `run` is the run that waits, if there is one.
    package static func missing(_ run: RunView?, _ plan: Plan, at now: Timestamp) -> Refusal {
        let needed = plan.approvalsNeeded
        let count = run.map { plan.approvers(in: $0, at: now).count } ?? 0
        let what = "requires \(needed) \(needed == 1 ? "approval" : "approvals"); \(count) given"
        guard let run else {
            return Refusal(
                .approvalMissing, "\(plan.environment) \(what)",
                hint: "request approval: ledger plan "
                    + (plan.kind == .deploy ? "deploy " : "revert --to ")
                    + "\(shell: plan.moves.first?.to.title ?? "TAG") -e \(shell: plan.environment)")
        }
        let expired = count < run.approvals.filter { $0.plan == run.plan?.rawValue }.count
        return Refusal(
            .approvalMissing, "run \(run.number) \(what)",
            cause: expired ? "an approval has expired or does not count" : nil,
            hint: (plan.approvals == nil ? "" : "somebody else approves: ")
                + plan.approveCommand(run.number))
    }
}
