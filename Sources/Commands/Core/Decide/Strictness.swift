internal import LedgerText

/// Lists where one plan's playbook is weaker than another's. A weaker playbook requires a reason,
/// and the entry records the list.
package enum Strictness {
    /// The list in words, for people; empty if nothing is weaker.
    package static func weaker(_ plan: Plan, than former: Plan) -> [String] {
        var weaker: [String] = []
        let (before, now) = (former.approvals ?? 0, plan.approvals ?? 0)
        if now < before { weaker.append("\(now) approvals by others instead of \(before)") }
        if former.protected, !plan.protected {
            weaker.append("\(plan.environment) is not protected")
        }
        if let signers = former.signers {
            if let others = plan.signers {
                let known = lines(signers)
                let added = lines(others).filter { !known.contains($0) }
                if !added.isEmpty { weaker.append("\(added.count) additional signers may approve") }
            } else {
                weaker.append("approvals need not be signed")
            }
        }
        guard let policy = former.policy else { return weaker }
        return weaker + (plan.policy.map { Self.weaker($0, than: policy) } ?? ["no policy"])
    }

    private static func lines(_ signers: String) -> Set<Substring> {
        Set(signers.fullLines.filter { !$0.begins(with: "#") })
    }

    private static func weaker(_ policy: Policy, than former: Policy) -> [String] {
        var weaker: [String] = []
        /// Requirements that were removed from a list of which each is required.
        func gone(_ what: String, _ before: [String], _ now: [String]) {
            let missing = before.filter { !now.contains($0) }
            if !missing.isEmpty {
                weaker.append("\(what) no longer required: \(missing.joined(separator: ", "))")
            }
        }
        /// Alternatives that were added to a list of which one is enough.
        func more(_ what: String, _ before: [String], _ now: [String]) {
            let others = now.filter { !before.contains($0) }
            if !others.isEmpty {
                weaker.append("additional \(what) allowed: \(others.joined(separator: ", "))")
            }
        }
        gone("checks", former.checks, policy.checks)
        // One matching tag or branch is enough. If one list is empty, only the other list allows
        // releases.
        if !(former.tags + former.branches).isEmpty {
            if (policy.tags + policy.branches).isEmpty {
                weaker.append("any tag and branch allowed")
            } else {
                more("tag", former.tags, policy.tags)
                more("branch", former.branches, policy.branches)
            }
        }
        if !former.who.isEmpty {
            if policy.who.isEmpty {
                weaker.append("any person may deploy")
            } else {
                more("person", former.who, policy.who)
            }
        }
        let glass = (policy.breakGlass ?? []).filter { former.breakGlass?.contains($0) != true }
        if !glass.isEmpty {
            weaker.append("additional people under break-glass: \(glass.joined(separator: ", "))")
        }
        if policy.reviews < former.reviews {
            weaker.append("\(policy.reviews) reviews instead of \(former.reviews)")
        }
        if former.guarded, !policy.guarded { weaker.append("`ledger check` no longer required") }
        for earlier in former.after {
            let same = policy.after.first { $0.environment == earlier.environment }
            if same.map({ $0.seconds < earlier.seconds }) ?? true {
                weaker.append("less or no time required in \(earlier.environment)")
            }
        }
        if former.freezes.contains(where: { !policy.freezes.contains($0) }) {
            weaker.append("a freeze window was removed")
        }
        return weaker
    }
}
