internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import FoundationEssentials
internal import Ledger
internal import LedgerOperations
internal import Projections

/// `ledger redact`
struct RedactVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "redact",
        abstract: "Remove bytes from an entry's payload, by a recorded decision",
        discussion: """
            The bytes are removed permanently. A new entry records who decided it, when and why. \
            Every proof and checkpoint stays valid. The command shows the fields and asks for \
            confirmation. In a protected environment, you type its name. If the playbook names \
            allowed signers, other persons sign the output of --statement.

            Earlier copies still contain the bytes, and a leaked secret stays leaked: change it \
            first.

            Example: ledger redact 118 --field text --reason "a token was pasted"
            Example: ledger redact 118 --field /command/3 --reason "a token was pasted" --yes
            """)
    @Argument(help: "The entry's sequence.")
    var entry: Int
    @Option(
        help:
            "The field to remove, or a JSON Pointer into the payload (/command/3). May be repeated."
    )
    var field: [String]
    @Option(help: "The reason.")
    var reason: String
    @Option(help: "The file of an approver's signature over the statement. May be repeated.")
    var signature: [String] = []
    @Flag(help: "Only print the statement to sign (namespace ledger-approval).")
    var statement = false
    @OptionGroup var yes: YesOptions
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if field.isEmpty { throw ValidationError("name a field to remove: --field NAME") }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        var redact = RedactEntry(entry, fields: field, reason: reason)
        redact.signatures = try signature.map { file in
            guard let found = FileManager.default.contents(atPath: file) else {
                throw Refusal(.invalid, "\(file) cannot be read", hint: "name the signature's file")
            }
            return String(decoding: found, as: UTF8.self)
        }
        let request = redact
        return try await wiring.redacting { desk in
            var proposal = try await request.proposal(at: desk)
            if statement { return try text(of: proposal) }
            if proposal.done == nil {
                proposal = try await request.signed(proposal, at: desk)
                try ask(proposal, wiring)
            }
            return answer(try await request.carryOut(proposal, at: desk))
        }
    }

    private func text(of proposal: RedactEntry.Proposal) throws -> Answer {
        if let done = proposal.done {
            throw Refusal(
                .notPossible, "already redacted by entry \(done)", cause: "nothing is left to sign")
        }
        return Answer(
            [.text(proposal.statement)], json: .object(["statement": .string(proposal.statement)]))
    }

    /// Shows what will be removed, without the bytes themselves.
    private func ask(_ proposal: RedactEntry.Proposal, _ wiring: Wiring) throws {
        let entry = proposal.entry
        let environment = entry.subject.environment
        let place = environment.map { " in \($0)" } ?? ""
        let blocks: [Answer.Block] =
            [
                .line(
                    "entry \(entry.sequence), \(entry.kind)\(place), \(entry.time) by "
                        + entry.by.name)
            ]
            + zip(field, proposal.bytes).map {
                .line("  \($0): \($1) bytes will be removed permanently")
            } + [.line("reason: \(reason)")]
        wiring.show(blocks)
        _ = try Question(
            wiring: wiring, yes: yes, name: environment?.rawValue ?? "",
            isProtected: proposal.isProtected, otherwise: ""
        ).ask(blocks)
    }

    private func answer(_ made: RedactEntry.Answer) -> Answer {
        let fields = field.joined(separator: ", ")
        var blocks: [Answer.Block] = [
            .line(
                made.wasDone
                    ? "already redacted by entry \(made.decision)"
                    : "entry \(made.decision): redacted \(fields) of entry \(entry)")
        ]
        if let problem = made.unscrubbed {
            blocks.append(
                .line(
                    "Unused parts of the file still contain the bytes, because it could not be "
                        + "rewritten: \(problem). Repeat the command."))
        }
        blocks += made.copies.map { copy in
            .line(
                copy.isThere
                    ? "still in \(copy.file)"
                    : "still in \(copy.file), which was moved or deleted")
        }
        blocks.append(
            .hint(
                "Backups and exports made \(made.copies.isEmpty ? "elsewhere" : "before") still "
                    + "contain the bytes: delete them, or restrict access to them."))
        if !made.alsoIn.isEmpty {
            let list = made.alsoIn.map(String.init).joined(separator: ", ")
            blocks.append(.line("the same text is still in entry \(list)"))
        }
        return Answer(blocks, value: made)
    }
}
