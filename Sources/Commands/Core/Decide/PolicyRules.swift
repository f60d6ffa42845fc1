internal import CommandFiles
internal import CommandPorts
public import Ledger
internal import LedgerText
public import Projections

/// What an environment asks of a release before it may go there.
public enum PolicyRules {
    /// Why a release may not go; empty if it may.
    public static func reasons(
        against eligibility: Eligibility, _ policy: Policy, now: Timestamp
    ) -> [String] {
        references(eligibility, policy) + checks(eligibility, policy) + reviews(eligibility, policy)
            + verdict(eligibility, policy)
            + policy.after.compactMap { earlier(eligibility, $0, now) }
    }

    /// Throws unless the plan keeps the policy that it was made under, as things stand now.
    static func require(_ plan: Plan, in situation: Situation) throws(Refusal) {
        guard let policy = plan.policy else { return }
        if !policy.who.isEmpty, !policy.who.contains(where: { Plan.isSame($0, plan.by) }) {
            throw Refusal(
                .policy, "\(plan.by) may not change \(plan.environment)",
                cause: "the policy names \(policy.who.joined(separator: ", "))",
                hint: "one of them can ask for it")
        }
        guard plan.kind == .deploy else { return }
        if plan.overridesFreeze != true,
            let window = policy.freezes.first(where: {
                $0.covers(situation.clock)
            })
        {
            throw Refusal(
                .frozen, "\(plan.environment) is frozen: \(window.reason)",
                cause: "a freeze window of the playbook covers this moment",
                hint: "wait; or, if it cannot wait: --override-freeze --reason …")
        }
        for move in plan.moves {
            let eligibility = situation.eligibilities[move.service] ?? Eligibility(move.to)
            let reasons = reasons(against: eligibility, policy, now: situation.clock)
            guard let first = reasons.first else { continue }
            throw Refusal(
                .policy,
                "\(move.service) \(move.to.title) may not go to \(plan.environment): it \(first)",
                cause: reasons.count > 1 ? reasons.dropFirst().joined(separator: "; ") : nil,
                hint:
                    "all of it: ledger gate -e \(shell: plan.environment) --tag \(shell: move.to.title)"
            )
        }
    }

    private static func references(_ eligibility: Eligibility, _ policy: Policy) -> [String] {
        let names = policy.auto != nil || !policy.branches.isEmpty
        if names, policy.tags.isEmpty, eligibility.release.revision == nil {
            // The checks say the same: once is enough.
            return policy.checks.isEmpty
                ? ["names no commit, so that no branch is known of it"] : []
        }
        var reasons: [String] = []
        if let branch = policy.auto, !eligibility.branches.contains(branch) {
            reasons.append("was built from a commit that was never the head of \(branch)")
        }
        if policy.tags.isEmpty, policy.branches.isEmpty { return reasons }
        let fits =
            eligibility.tags.contains { Wildcard.fits($0.rawValue, policy.tags) }
            || eligibility.branches.contains { Wildcard.fits($0, policy.branches) }
        if fits { return reasons }
        let wanted = [
            policy.tags.isEmpty ? nil : "has no tag like \(policy.tags.joined(separator: ", "))",
            policy.branches.isEmpty
                ? nil : "was never the head of \(policy.branches.joined(separator: ", "))",
        ].compactMap(\.self)
        return reasons + [wanted.joined(separator: ", and ")]
    }

    private static func checks(_ eligibility: Eligibility, _ policy: Policy) -> [String] {
        if policy.checks.isEmpty { return [] }
        guard let revision = eligibility.release.revision else {
            return ["names no commit, so that no check is known of it"]
        }
        return policy.checks.compactMap { name in
            guard let word = eligibility.checks[name] else {
                return "lacks the check \(name) on \(revision.short)"
            }
            return word.outcome == .succeeded
                ? nil : "has the check \(name) as \(word.outcome.rawValue) (entry \(word.entry))"
        }
    }

    private static func reviews(_ eligibility: Eligibility, _ policy: Policy) -> [String] {
        let count = eligibility.approvers.count
        if count >= policy.reviews { return [] }
        guard let change = eligibility.changes.last else {
            return [
                "came by no change that was reviewed, and \(policy.reviews) approving reviews are asked for"
            ]
        }
        return ["has \(count) of \(policy.reviews) approving reviews (change #\(change.number))"]
    }

    private static func verdict(_ eligibility: Eligibility, _ policy: Policy) -> [String] {
        guard policy.guarded else { return [] }
        guard let verdict = eligibility.verdict else {
            return ["was not looked at by ledger check --record"]
        }
        return verdict.outcome == .succeeded
            ? [] : ["breaks rules of ledger check (entry \(verdict.entry))"]
    }

    private static func earlier(
        _ eligibility: Eligibility, _ earlier: Policy.Earlier, _ now: Timestamp
    ) -> String? {
        let stays = eligibility.stays.filter { $0.environment == earlier.environment }
        guard let last = stays.last else { return "never ran in \(earlier.environment)" }
        let seen = stays.filter(\.seen)
        if seen.isEmpty {
            return
                "was said to run in \(earlier.environment) (entry \(last.entry)), and never seen there"
        }
        let longest = seen.map { ($0.until ?? now).seconds(since: $0.from) }.max() ?? 0
        if longest >= earlier.seconds { return nil }
        return "ran in \(earlier.environment) for \(words(longest)), and "
            + "\(words(earlier.seconds)) are asked for"
    }

    /// A duration in whole minutes, or in seconds if it is shorter than two.
    private static func words(_ seconds: Double) -> String {
        seconds < 120 ? "\(Int(seconds)) s" : "\(Int(seconds / 60)) min"
    }
}
