internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import CommandSecrets
internal import FoundationEssentials
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger approve`
struct ApproveVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve a plan",
        discussion: """
            The approval is valid for exactly this plan and the state that it was made from, for a \
            limited time. If the playbook names allowed signers, the approval is an SSH signature \
            over the output of --statement.

            In an emergency, a person whom the policy lists under break-glass can bypass the approvals, with \
            a signature and a reason. Another person then reviews the bypass.

            Example: ledger approve 118
            Example: ledger approve 118 --key ~/.ssh/id_ed25519
            Example: ledger approve 118 --break-glass --key ~/.ssh/id_ed25519 --reason "all are asleep"
            Example: ledger approve 118 --review --key ~/.ssh/id_ed25519 --reason "it was right"
            """)
    @Argument(help: "The run's number.", completion: .live(.runs))
    var run: Int
    @Option(help: "The reason.")
    var reason: String?
    @Option(help: "Sign with this key: a key file, or the .pub file of a key in an SSH agent.")
    var key: String?
    @Option(help: "The file of an existing signature.")
    var signature: String?
    @Flag(help: "Bypass the approvals (requires --reason and a signature).")
    var breakGlass = false
    @Flag(help: "Review a bypass of the approvals (requires --reason and a signature).")
    var review = false
    @Flag(help: "Only print the statement to sign (namespace ledger-approval).")
    var statement = false
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if key != nil, signature != nil {
            throw ValidationError(
                "--key and --signature exclude each other: give one of them")
        }
        if breakGlass, review {
            throw ValidationError("--break-glass and --review exclude each other: give one of them")
        }
        if breakGlass || review, reason == nil {
            throw ValidationError("--\(breakGlass ? "break-glass" : "review") requires --reason")
        }
        if breakGlass || review, key == nil, signature == nil, !statement {
            throw ValidationError("a signature is required: --key KEY, or --signature FILE")
        }
    }

    private var purpose: ApprovalPurpose { breakGlass ? .bypass : review ? .review : .approval }

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.changing { desk in
            let filter = desk.recorder.secretFilter
            let reason = reason.map(filter.redacted)
            let plan = try await ReadPlan(run, purpose: purpose, reason: reason).answer(
                at: desk.desk)
            if statement {
                return Answer(
                    [.text(plan.statement)], json: .object(["statement": .string(plan.statement)]))
            }
            wiring.show(PlanText.blocks(plan.plan, hash: plan.digest))
            let signature = try await signed(plan.statement, wiring, filter)
            let approve = ApproveRun(run, purpose: purpose, reason: reason, signature: signature)
            return answer(try await approve.answer(at: desk))
        }
    }

    /// The signature, made with `--key` or read from `--signature`; `nil` without both.
    private func signed(
        _ text: String, _ wiring: Wiring, _ filter: SecretFilter
    ) async throws -> String? {
        if let signature {
            guard let found = FileManager.default.contents(atPath: signature) else {
                throw Refusal(
                    .invalid, "\(signature) cannot be read", hint: "name the signature's file")
            }
            return String(decoding: found, as: UTF8.self)
        }
        guard let key else { return nil }
        wiring.show(
            [.line(""), .line("Statement to sign:")]
                + text.fullLines.map { .line("  \($0)") })
        return try await wiring.signatures(filter).sign(text, key: key)
    }

    private func answer(_ made: ApproveRun.Answer) -> Answer {
        let entry = made.entry.entry
        let name = entry.by.name
        let blocks: [Answer.Block] =
            switch purpose {
            case .review:
                [.line("entry \(entry.sequence): run \(run) was reviewed by \(name) (signed)")]
            case .bypass:
                [
                    .line("entry \(entry.sequence): approvals of run \(run) bypassed by \(name)"),
                    .hint("To run it", command: "ledger runs resume \(run)"),
                ]
            case .approval:
                [
                    .line(
                        "entry \(entry.sequence): run \(run) was approved by \(name) "
                            + "(\(entry.by.known.rawValue))"),
                    made.missing > 0
                        ? .next(
                            "Approvals still required: \(made.missing)",
                            command: made.approveCommand)
                        : .hint("To run it", command: "ledger runs resume \(run)"),
                ]
            }
        return Answer(blocks, value: made.entry)
    }
}
