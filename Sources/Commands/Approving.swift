public import Ledger
internal import LedgerText
public import Projections

/// What somebody who approves signs: lines that say in full what is said yes to.
public struct ApprovalStatement: Hashable, Sendable {
    /// The namespace of the signature (PROTOCOL.sshsig): one made for anything else is none here.
    public static let namespace = "ledger-approval"

    /// When the yes ends: counted from when the plan was recorded, so that all sign the same.
    public let expires: Timestamp
    public let text: String

    /// What the signature stands for.
    public enum Purpose: Hashable, Sendable {
        /// Yes to the plan.
        case approval
        /// That the plan goes without its approvals, and why (break-glass).
        case bypass(reason: String)
        /// What somebody found who looked at a bypass afterwards.
        case review(reason: String)
    }

    public init(_ plan: Plan, _ run: RunView, _ purpose: Purpose = .approval) {
        expires = run.recorded.adding(seconds: Double(plan.approvalSeconds))
        let (title, reason): (String, String?) =
            switch purpose {
            case .approval: ("approval", nil)
            case .bypass(let reason): ("bypass", reason)
            case .review(let reason): ("review", reason)
            }
        var lines = [
            "ledger \(title), version 1", "environment: \(plan.environment)",
            "kind: \(plan.kind.rawValue)",
        ]
        for move in plan.moves {
            let now = move.from?.title ?? "nothing"
            let image = move.to.digest?.rawValue ?? move.to.revision?.rawValue ?? "no digest"
            lines.append("\(move.service): \(now) -> \(move.to.title) (\(image))")
        }
        lines += [
            "run: \(run.id)", "asked for by: \(run.by)", "plan: \(run.plan?.rawValue ?? "")",
            "expires: \(expires)",
        ]
        if let reason { lines.append("reason: \(reason)") }
        // A line each, whatever is in it: nobody signs a line that somebody's name made.
        text = lines.map { Quote.line($0) + "\n" }.joined()
    }
}

/// What a signature turned out to be.
public enum SignatureFinding: Hashable, Sendable {
    /// It is good, and was made by this person.
    case signed(by: String)
    /// It is of something else, or is none.
    case forged(String)
    /// It is good, but nobody who may sign has this key.
    case foreign
    /// It was made for another purpose.
    case otherNamespace
    /// The person may not sign now: the key's time is over, or it is kept for other purposes.
    case notAllowed(String)
}

/// The port to what tells whose signature it is.
public protocol SignatureChecker: Sendable {
    /// Checks an SSH signature (armored, PROTOCOL.sshsig) over a text against an allowed-signers
    /// file (ssh-keygen(1)). Throws `Refusal` if nothing can check it.
    func check(_ signature: String, over text: String, signers: String) async throws
        -> SignatureFinding
}

extension Plan {
    /// That the time in which a plan could be approved is over; `nil` if it is not.
    public func tooLate(_ run: RunView, at now: Timestamp) -> Refusal? {
        let expires = ApprovalStatement(self, run).expires
        guard signers != nil, now >= expires else { return nil }
        return Refusal(
            .approvalMissing, "run \(run.number) can no longer be approved",
            cause: "its time for that ended at \(expires)", hint: Approving.anew(run))
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
}

/// Checks signed approvals: when they come in, and once more before anything is done with them.
public struct Approving: Sendable {
    let recorder: Recorder
    let checker: any SignatureChecker

    public init(recorder: Recorder, checker: any SignatureChecker) {
        self.recorder = recorder
        self.checker = checker
    }

    /// What leads on when the time for a yes is over.
    static func anew(_ run: RunView) -> String {
        "give the run up and plan anew: ledger reject \(run.number) --reason …"
    }

    /// How many runs are looked through for the one that a strange signature may be of.
    private static let others = 50

    /// The person who signed a statement about a run. Throws `Refusal` that says what is wrong with
    /// the signature.
    public func signer(
        of signature: String, for run: RunView, _ plan: Plan,
        _ purpose: ApprovalStatement.Purpose = .approval
    ) async throws -> String {
        let statement = ApprovalStatement(plan, run, purpose)
        guard let signers = plan.signers else {
            throw Refusal(
                .invalid, "\(plan.environment) takes no signatures",
                cause: "the plan names nobody who may sign",
                hint: "name a file in ledger.yaml: approval: {signers: allowed_signers}")
        }
        // A bypass is reviewed when the time for a yes is over.
        var isReview = false
        if case .review = purpose { isReview = true }
        if !isReview, try await recorder.now(for: run) >= statement.expires {
            throw Self.bad(
                run, "expired", "it was good until \(statement.expires)", Self.anew(run))
        }
        switch try await checker.check(signature, over: statement.text, signers: signers) {
        case .signed(let by): return by
        case .forged(let why):
            if let other = try await owner(of: signature, besides: run, signers) {
                throw Self.bad(
                    run, "replayed", "it was made for run \(other), and for nothing else",
                    "sign this one: ledger approve \(run.number) --statement")
            }
            throw Self.bad(
                run, "forged, or of another text", why,
                "sign exactly what `ledger approve \(run.number) --statement` prints")
        case .foreign:
            throw Self.bad(
                run, "foreign", "nobody among the allowed signers has its key, or not at this time",
                "the signers are those of the playbook from which the plan was made")
        case .otherNamespace:
            throw Self.bad(
                run, "for another purpose", "its namespace is not \(ApprovalStatement.namespace)",
                "ssh-keygen -Y sign -n \(ApprovalStatement.namespace) …")
        case .notAllowed(let why):
            throw Self.bad(
                run, "not allowed", why,
                "see valid-before, valid-after and namespaces "
                    + "in the allowed-signers file")
        }
    }

    /// Looks at all signatures of a run again: what stands in the ledger is believed as little as
    /// what comes from outside.
    func recheck(_ run: RunView, _ plan: Plan) async throws {
        guard let signers = plan.signers else { return }
        if let bypass = run.bypass, plan.isBypassed(in: run, at: try await recorder.now(for: run)) {
            try await recheck(bypass, run, plan, signers)
        }
        let text = ApprovalStatement(plan, run).text
        for approval in plan.approvers(in: run, at: try await recorder.now(for: run)) {
            let entry = try await recorder.store.entry(at: approval.entry)
            let signature = entry?.payload["signature"]?.string ?? ""
            let finding = try await checker.check(signature, over: text, signers: signers)
            if finding == .signed(by: approval.by) { continue }
            throw Refusal(
                .approvalMissing,
                "the approval of run \(run.number) by \(approval.by) does not hold",
                cause: "the signature in entry \(approval.entry) is not theirs over this plan",
                hint: "find out who wrote it; then: ledger reject \(run.number) --reason …")
        }
    }

    private func recheck(
        _ bypass: RunView.Bypass, _ run: RunView, _ plan: Plan, _ signers: String
    ) async throws {
        let entry = try await recorder.store.entry(at: bypass.entry)
        let payload = entry?.payload
        let text = ApprovalStatement(
            plan, run, .bypass(reason: payload?["reason"]?.string ?? "")
        ).text
        let finding = try await checker.check(
            payload?["signature"]?.string ?? "", over: text, signers: signers)
        if finding == .signed(by: bypass.by) { return }
        throw Refusal(
            .approvalMissing, "the bypass of run \(run.number) by \(bypass.by) does not hold",
            cause: "the signature in entry \(bypass.entry) is not theirs over this plan",
            hint: "find out who wrote it; then: ledger reject \(run.number) --reason …")
    }

    private func owner(
        of signature: String, besides run: RunView, _ signers: String
    ) async throws -> Int? {
        for other in try await recorder.projector.runs().prefix(Self.others)
        where other.id != run.id {
            guard let plan = try await recorder.plan(of: other) else { continue }
            let text = ApprovalStatement(plan, other).text
            if case .forged = try await checker.check(signature, over: text, signers: signers) {
                continue
            }
            return other.number
        }
        return nil
    }

    private static func bad(
        _ run: RunView, _ what: String, _ cause: String, _ hint: String
    ) -> Refusal {
        Refusal(
            .approvalMissing, "the signature for run \(run.number) is \(what)", cause: cause,
            hint: hint)
    }
}
