internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import CommandRunners
internal import Commands
internal import CommandSecrets
internal import Foundation
internal import Ledger
internal import LedgerText
internal import Projections

/// `ledger approve`
struct ApproveVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Say yes to a plan",
        discussion: """
            The yes holds for exactly this plan and the state it was made from, and for a limited time. Where \
            the playbook names who may sign, it is an SSH signature over what --statement prints.

            In an emergency, a person whom the policy lists under break-glass can bypass the approvals, with \
            a signature and a reason. Another person reviews that afterwards.

            Example: ledger approve 118
            Example: ledger approve 118 --key ~/.ssh/id_ed25519
            Example: ledger approve 118 --break-glass --key ~/.ssh/id_ed25519 --reason "all are asleep"
            Example: ledger approve 118 --review --key ~/.ssh/id_ed25519 --reason "it was right"
            """)
    @Argument(help: "The run's number.")
    var run: Int
    @Option(help: "Why.")
    var reason: String?
    @Option(help: "Sign with this key: a file, or the .pub of one that an agent holds.")
    var key: String?
    @Option(help: "The file of a signature that was made elsewhere.")
    var signature: String?
    @Flag(help: "Let it go without its approvals (wants --reason and a signature).")
    var breakGlass = false
    @Flag(help: "Review a run that went without its approvals (wants --reason and a signature).")
    var review = false
    @Flag(help: "Only print exactly what is to be signed (namespace ledger-approval).")
    var statement = false
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if key != nil, signature != nil {
            throw ValidationError(
                "--key makes a signature, --signature brings one: give one of them")
        }
        if breakGlass, review {
            throw ValidationError("--break-glass goes before the run, --review after it")
        }
        if breakGlass || review, reason == nil {
            throw ValidationError("--\(breakGlass ? "break-glass" : "review") wants a --reason")
        }
        if breakGlass || review, key == nil, signature == nil, !statement {
            throw ValidationError("it is signed: --key KEY, or --signature FILE")
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

    /// The signature, made here or brought along; `nil` if none was asked for.
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
            [.line(""), .line("What is signed:")]
                + text.fullLines.map { .line("  \($0)") })
        return try await wiring.signatures(recorder.secretFilter).sign(text, key: key)
    }

    private func answer(
        _ entry: Entry, _ view: RunView, _ plan: Plan, _ recorder: Recorder
    ) async throws -> Answer {
        let name = recorder.surroundings.author.name
        if review {
            return Answer(
                [.line("entry \(entry.sequence): run \(run) is reviewed by \(name) (signed)")],
                json: entry.json)
        }
        if breakGlass {
            return Answer(
                [
                    .line(
                        "entry \(entry.sequence): run \(run) goes without its approvals, by \(name)"
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
                .line("entry \(entry.sequence): run \(run) is approved by \(who)"),
                .hint(
                    missing > 0
                        ? "\(missing) more must say yes: " + plan.approveCommand(run)
                        : "To run it: ledger runs resume \(run)"),
            ], json: entry.json)
    }
}
