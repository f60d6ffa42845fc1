public import CommandPorts
public import Ledger
internal import LedgerText
public import Projections

extension Plan {
    /// That the time in which a plan could be approved is over; `nil` if it is not.
    public func tooLate(_ run: RunView, at now: Timestamp) -> Refusal? {
        let expires = ApprovalStatement(self, run).expires
        guard signers != nil, now >= expires else { return nil }
        return Refusal(
            .approvalMissing, "run \(run.number) can no longer be approved",
            cause: "its time for that ended at \(expires)", hint: Self.anew(run))
    }

    /// Whether somebody whom the policy lists has said, and signed, that exactly this plan goes
    /// without its approvals; not when the time for a yes is over.
    public func isBypassed(in run: RunView, at now: Timestamp) -> Bool {
        guard let bypass = run.bypass, let signers, !signers.isEmpty else { return false }
        return bypass.plan == run.plan?.rawValue && bypass.known == Author.Known.signed.rawValue
            && mayBypass(bypass.by) && now < ApprovalStatement(self, run).expires
    }

    /// Whether the policy lists somebody as one who may go on without approvals.
    func mayBypass(_ name: String) -> Bool {
        policy?.breakGlass?.contains { Self.isSame($0, name) } ?? false
    }

    /// The command with which somebody says yes to a run of it.
    public func approveCommand(_ run: Int) -> String {
        "ledger approve \(run)" + (signers == nil ? "" : " --key KEY")
    }

    /// How many people have to say yes.
    public var approvalsNeeded: Int { approvals ?? 1 }

    /// Those who said yes to exactly this plan and whose yes still holds, each once. Where the plan
    /// names who may sign, only what was signed counts.
    public func approvers(in run: RunView, at now: Timestamp) -> [RunView.Approval] {
        var names: Set<String> = []
        // When a signed yes ends stands in what was signed, not in what somebody wrote beside it.
        if signers != nil, now >= ApprovalStatement(self, run).expires { return [] }
        return run.approvals.filter { given in
            given.plan == run.plan?.rawValue && given.expires.map { now < $0 } ?? true
                && (signers == nil || given.known == Author.Known.signed.rawValue)
                && (approvals == nil || !Self.isSame(given.by, run.by))
                && names.insert(Self.person(given.by)).inserted
        }
    }

    /// Whether two names are one person's: `alice` is `Alice@example.com`.
    public static func isSame(_ one: String, _ other: String) -> Bool {
        person(one) == person(other)
    }

    private static func person(_ name: String) -> String {
        String(name.lowercased().prefix { $0 != "@" })
    }

    /// What leads on when the time for a yes is over.
    package static func anew(_ run: RunView) -> String {
        "give the run up and plan anew: ledger reject \(run.number) --reason …"
    }
}
