internal import CommandFiles
internal import CommandPorts
public import Ledger
internal import LedgerText
public import Projections

/// Checks the policy that an environment applies to a release before a deploy.
public enum PolicyRules {
    /// The reasons against deploying a release; empty if the policy allows it.
    public static func reasons(
        against eligibility: Eligibility, _ policy: Policy, now: Timestamp
    ) -> [String] {
        references(eligibility, policy) + checks(eligibility, policy) + reviews(eligibility, policy)
            + verdict(eligibility, policy)
            + policy.after.compactMap { earlier(eligibility, $0, now) }
    }

    /// Throws unless the plan still satisfies the policy that it was made under.
    static func require(_ plan: Plan, in situation: Situation) throws(Refusal) {
        guard let policy = plan.policy else { return }
        if !policy.who.isEmpty, !policy.who.contains(where: { Plan.isSame($0, plan.by) }) {
            throw Refusal(
                .policy, "\(plan.by) may not change \(plan.environment)",
                cause: "the policy allows only \(policy.who.joined(separator: ", "))",
                hint: "one of them can run the command")
        }
        guard plan.kind == .deploy else { return }
        if plan.overridesFreeze != true,
            let window = policy.freezes.first(where: {
                $0.covers(situation.clock)
            })
        {
            throw Refusal(
                .frozen, "\(plan.environment) is frozen: \(window.reason)",
                cause: "a freeze window of the playbook is active now",
                hint: "wait until it ends; or, to deploy anyway, add --override-freeze --reason …")
        }
        for move in plan.moves {
            let eligibility = situation.eligibilities[move.service] ?? Eligibility(move.to)
            let reasons = reasons(against: eligibility, policy, now: situation.clock)
            guard let first = reasons.first else { continue }
            throw Refusal(
                .policy,
                "\(move.service) \(move.to.title) is blocked in \(plan.environment): \(first)",
                cause: reasons.count > 1 ? reasons.dropFirst().joined(separator: "; ") : nil,
                hint:
                    Hint(
                        "list all",
                        run:
                            "ledger gate -e \(shell: plan.environment) --tag \(shell: move.to.title)"
                    )
            )
        }
    }

    private static func references(_ eligibility: Eligibility, _ policy: Policy) -> [String] {
        let names = policy.auto != nil || !policy.branches.isEmpty
        if names, policy.tags.isEmpty, eligibility.release.revision == nil {
            // The checks report the same; one message is enough.
            return policy.checks.isEmpty
                ? ["no commit recorded, so its branches are unknown"] : []
        }
        var reasons: [String] = []
        if let branch = policy.auto, !eligibility.branches.contains(branch) {
            reasons.append("commit was never the head of \(branch)")
        }
        if policy.tags.isEmpty, policy.branches.isEmpty { return reasons }
        let fits =
            eligibility.tags.contains { Wildcard.fits($0.rawValue, policy.tags) }
            || eligibility.branches.contains { Wildcard.fits($0, policy.branches) }
        if fits { return reasons }
        let wanted = [
            policy.tags.isEmpty ? nil : "no tag matches \(policy.tags.joined(separator: ", "))",
            policy.branches.isEmpty
                ? nil : "commit was never the head of \(policy.branches.joined(separator: ", "))",
        ].compactMap(\.self)
        return reasons + [wanted.joined(separator: ", and ")]
    }

    private static func checks(_ eligibility: Eligibility, _ policy: Policy) -> [String] {
        if policy.checks.isEmpty { return [] }
        guard let revision = eligibility.release.revision else {
            return ["no commit recorded, so check results are unknown"]
        }
        return policy.checks.compactMap { name in
            guard let word = eligibility.checks[name] else {
                return "no result of check \(name) for commit \(revision.short)"
            }
            return word.outcome == .succeeded
                ? nil : "check \(name): \(word.outcome.rawValue) (entry \(word.entry))"
        }
    }

    private static func reviews(_ eligibility: Eligibility, _ policy: Policy) -> [String] {
        let count = eligibility.approvers.count
        if count >= policy.reviews { return [] }
        guard let change = eligibility.changes.last else {
            return ["no approved pull request; policy requires \(policy.reviews)"]
        }
        return ["\(count) of \(policy.reviews) approvals on pull request #\(change.number)"]
    }

    private static func verdict(_ eligibility: Eligibility, _ policy: Policy) -> [String] {
        guard policy.guarded else { return [] }
        guard let verdict = eligibility.verdict else {
            return ["no result of `ledger check --record` for its commit"]
        }
        return verdict.outcome == .succeeded
            ? [] : ["`ledger check` found problems in its commit (entry \(verdict.entry))"]
    }

    private static func earlier(
        _ eligibility: Eligibility, _ earlier: Policy.Earlier, _ now: Timestamp
    ) -> String? {
        let stays = eligibility.stays.filter { $0.environment == earlier.environment }
        guard let last = stays.last else { return "never ran in \(earlier.environment)" }
        let seen = stays.filter(\.seen)
        if seen.isEmpty {
            return
                "recorded in \(earlier.environment) (entry \(last.entry)), but never observed there"
        }
        let longest = seen.map { ($0.until ?? now).seconds(since: $0.from) }.max() ?? 0
        if longest >= earlier.seconds { return nil }
        return "ran \(words(longest)) in \(earlier.environment); "
            + "policy requires \(words(earlier.seconds))"
    }

    /// A duration in whole minutes; in seconds if it is shorter than two minutes.
    private static func words(_ seconds: Double) -> String {
        seconds < 120 ? "\(Int(seconds)) s" : "\(Int(seconds / 60)) min"
    }
}
