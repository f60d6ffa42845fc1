internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import CommandSecrets
internal import Foundation
internal import Ledger
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

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.recording { recorder in
            let (view, environment) = try await Runs.find(run, recorder)
            guard let plan = try await recorder.plan(of: view), let hash = view.plan else {
                throw Refusal(.unknownName, "run \(run) has no plan")
            }
            let purpose = purpose(recorder)
            let text = ApprovalStatement(plan, view, purpose).text
            if statement {
                return Answer([.text(text)], json: .object(["statement": .string(text)]))
            }
            wiring.show(PlanText.blocks(plan, hash: hash))
            var recorder = recorder
            let signed = try await signed(text, wiring, recorder)
            if let signed {
                let name = try await Approving(
                    recorder: recorder, checker: try wiring.signatures(recorder.secretFilter)
                ).signer(of: signed, for: view, plan, purpose)
                recorder = recorder.acting(as: Author(name: name, known: .signed))
            }
            let made = try await recorder.perform(
                command(purpose, signed), in: environment, run: view.id)
            return try await answer(made[0], view, plan, recorder)
        }
    }

    /// The purpose of the signature, with the reason after redaction.
    private func purpose(_ recorder: Recorder) -> ApprovalStatement.Purpose {
        let reason = recorder.secretFilter.redacted(reason ?? "")
        return breakGlass
            ? .bypass(reason: reason) : review ? .review(reason: reason) : .approval
    }

    private func command(_ purpose: ApprovalStatement.Purpose, _ signed: String?) -> Command {
        switch purpose {
        case .approval:
            .approve(way: signed == nil ? .apart : .signed, reason: reason, signature: signed)
        case .bypass(let reason): .bypass(reason: reason, signature: signed ?? "")
        case .review(let reason): .review(reason: reason, signature: signed ?? "")
        }
    }

    /// The signature, made with `--key` or read from `--signature`; `nil` without both.
    private func signed(
        _ text: String, _ wiring: Wiring, _ recorder: Recorder
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
        return try await wiring.signatures(recorder.secretFilter).sign(text, key: key)
    }

    private func answer(
        _ entry: Entry, _ view: RunView, _ plan: Plan, _ recorder: Recorder
    ) async throws -> Answer {
        let name = recorder.surroundings.author.name
        if review {
            return Answer(
                [.line("entry \(entry.sequence): run \(run) was reviewed by \(name) (signed)")],
                json: entry.json)
        }
        if breakGlass {
            return Answer(
                [
                    .line(
                        "entry \(entry.sequence): approvals of run \(run) bypassed by \(name)"
                    ),
                    .hint("To run it: ledger runs resume \(run)"),
                ], json: entry.json)
        }
        let now = try await recorder.now(for: view)
        let given =
            try await recorder.projector.run(view.id).map {
                plan.approvers(in: $0, at: now).count
            } ?? 0
        let missing = plan.approvalsNeeded - given
        let who =
            "\(recorder.surroundings.author.name) (\(recorder.surroundings.author.known.rawValue))"
        return Answer(
            [
                .line("entry \(entry.sequence): run \(run) was approved by \(who)"),
                .hint(
                    missing > 0
                        ? "Approvals still required: \(missing). " + plan.approveCommand(run)
                        : "To run it: ledger runs resume \(run)"),
            ], json: entry.json)
    }
}
