public import CommandPorts
public import Ledger
internal import LedgerText
public import Projections

extension Plan {
    /// The refusal if the time to approve the plan has expired; `nil` if it has not.
    public func tooLate(_ run: RunView, at now: Timestamp) -> Refusal? {
        let expires = ApprovalStatement(self, run).expires
        guard signers != nil, now >= expires else { return nil }
        return Refusal(
            .approvalMissing, "run \(run.number) can no longer be approved",
            cause: "the time to approve it expired at \(expires)", hint: Self.planAgain(run))
    }

    /// Whether a person listed in the policy has signed a bypass of exactly this plan; false after
    /// the approval time has expired.
    public func isBypassed(in run: RunView, at now: Timestamp) -> Bool {
        guard let bypass = run.bypass, let signers, !signers.isEmpty else { return false }
        return bypass.plan == run.plan?.rawValue && bypass.known == Author.Known.signed.rawValue
            && mayBypass(bypass.by) && now < ApprovalStatement(self, run).expires
    }

    /// Whether the policy lists the person under break-glass.
    func mayBypass(_ name: String) -> Bool {
        policy?.breakGlass?.contains { Self.isSame($0, name) } ?? false
    }

    /// The command that approves a run of the plan.
    public func approveCommand(_ run: Int) -> String {
        "ledger approve \(run)" + (signers == nil ? "" : " --key KEY")
    }

    /// How many approvals the plan requires.
    public var approvalsNeeded: Int { approvals ?? 1 }

    /// The people whose approval of exactly this plan is still valid, each once. If the plan lists
    /// signers, only signed approvals count.
    public func approvers(in run: RunView, at now: Timestamp) -> [RunView.Approval] {
        var names: Set<String> = []
        // The signed text states when a signed approval expires; an unsigned field beside it does
        // not count.
        if signers != nil, now >= ApprovalStatement(self, run).expires { return [] }
        return run.approvals.filter { given in
            given.plan == run.plan?.rawValue && given.expires.map { now < $0 } ?? true
                && (signers == nil || given.known == Author.Known.signed.rawValue)
                && (approvals == nil || !Self.isSame(given.by, run.by))
                && names.insert(Self.person(given.by)).inserted
        }
    }

    /// Whether two names belong to one person: `alice` is `Alice@example.com`.
    public static func isSame(_ one: String, _ other: String) -> Bool {
        person(one) == person(other)
    }

    private static func person(_ name: String) -> String {
        // Names that differ only in blanks at their ends look the same in every list.
        Author.bare(String(name.lowercased().unicodeScalars.prefix { $0 != "@" }))
    }

    /// The hint after the time to approve has expired.
    package static func planAgain(_ run: RunView) -> Hint {
        Hint("reject the run, then plan again", run: "ledger reject \(run.number) --reason …")
    }
}
