public import CommandPorts
public import Commands
internal import Ledger
internal import LedgerText
public import Projections

/// Checks signed approvals: when they are recorded, and again before they are used.
public struct ApprovalSignatures: Sendable {
    let recorder: Recorder
    let checker: any SignatureChecker

    public init(recorder: Recorder, checker: any SignatureChecker) {
        self.recorder = recorder
        self.checker = checker
    }

    /// The maximum number of runs that are searched for the owner of a foreign signature.
    private static let others = 50

    /// The person who signed a statement about a run. Throws `Refusal` with the problem of the
    /// signature.
    public func signer(
        of signature: String, for run: RunView, _ plan: Plan,
        _ purpose: ApprovalStatement.Purpose = .approval
    ) async throws -> String {
        let statement = ApprovalStatement(plan, run, purpose)
        guard let signers = plan.signers else {
            throw Refusal(
                .invalid, "\(plan.environment) does not accept signed approvals",
                cause: "the plan has no allowed signers",
                hint: "name a file in ledger.yaml: approval: {signers: allowed_signers}")
        }
        // A bypass is reviewed after the time limit for approvals.
        var isReview = false
        if case .review = purpose { isReview = true }
        if !isReview, try await recorder.now(for: run) >= statement.expires {
            throw Self.bad(
                run, "expired", "it was valid until \(statement.expires)", Plan.planAgain(run))
        }
        switch try await checker.check(signature, over: statement.text, signers: signers) {
        case .signed(let by): return by
        case .forged(let why):
            if let other = try await owner(of: signature, besides: run, signers) {
                throw Self.bad(
                    run, "replayed", "it was made for run \(other)",
                    "sign this run: ledger approve \(run.number) --statement")
            }
            throw Self.bad(
                run, "forged, or of another text", why,
                "sign exactly what `ledger approve \(run.number) --statement` prints")
        case .foreign:
            throw Self.bad(
                run, "foreign", "its key does not belong to an allowed signer at this time",
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

    /// Verifies all signatures of a run again: recorded signatures are trusted no more than those
    /// from outside.
    package func recheck(_ run: RunView, _ plan: Plan) async throws {
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
                "the approval of run \(run.number) by \(approval.by) is invalid",
                cause: "the signature in entry \(approval.entry) is not theirs for this plan",
                hint: Hint(
                    "find out who recorded it; then", run: "ledger reject \(run.number) --reason …")
            )
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
            .approvalMissing, "the bypass of run \(run.number) by \(bypass.by) is invalid",
            cause: "the signature in entry \(bypass.entry) is not theirs for this plan",
            hint: Hint(
                "find out who recorded it; then", run: "ledger reject \(run.number) --reason …"))
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
        _ run: RunView, _ what: String, _ cause: String, _ hint: Hint
    ) -> Refusal {
        Refusal(
            .approvalMissing, "the signature for run \(run.number) is \(what)", cause: cause,
            hint: hint)
    }
}
