internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import Foundation
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
        try await wiring.withStore(.writing) { store in
            let recorder = try await wiring.recorder(store)
            let whole = try await store.existing(entry)
            if let answer = try await goneAlready(whole, store) { return answer }
            var redacted = try recorder.redaction(of: field, in: whole, reason: reason)
            let text = RedactionStatement(
                redacted, of: whole, by: recorder.surroundings.author
            ).text
            if statement {
                return Answer(
                    [.text(text)],
                    json: .object(["statement": .string(text)]))
            }
            let environment = whole.subject.environment
            try await Consent(wiring: wiring, recorder: recorder).sign(
                &redacted, text, signature, environment)
            let blocks = try about(whole)
            wiring.show(blocks)
            let place = try wiring.place(environment)
            _ = try Question(
                wiring: wiring, yes: yes, name: environment?.rawValue ?? "",
                isProtected: place?.protected == true, otherwise: ""
            ).ask(blocks)
            let made = try await recorder.redact(redacted, of: whole)
            var answer = try await answer(made, store)
            answer.blocks += try await others(whole, store)
            return answer
        }
    }

    /// The answer if earlier decisions already removed the fields. The command may have been
    /// interrupted before the file was rewritten, so it is rewritten now.
    private func goneAlready(_ entry: Entry, _ store: any KeptLedger) async throws -> Answer? {
        let decisions = try await store.decisions(about: entry)
        guard let last = decisions.last?.entry,
            Set(field).isSubset(of: decisions.flatMap(\.what.fields))
        else { return nil }
        if statement {
            throw Refusal(
                .notPossible, "already redacted by entry \(last.sequence)",
                cause: "nothing is left to sign")
        }
        try await store.scrub()
        return try await answer(
            [.line("already redacted by entry \(last.sequence)")], last.sequence, store)
    }

    /// Describes the redaction, without the bytes themselves.
    private func about(_ entry: Entry) throws -> [Answer.Block] {
        let rest = try Redaction.rest(of: entry.payload, without: field)
        let place = entry.subject.environment.map { " in \($0)" } ?? ""
        return [
            .line(
                "entry \(entry.sequence), \(entry.kind)\(place), \(entry.time) by \(entry.by.name)")
        ]
            + zip(field, rest.taken).map { field, value in
                let bytes = (value.string ?? Canonical.text(value)).utf8.count
                return .line("  \(field): \(bytes) bytes will be removed permanently")
            } + [.line("reason: \(reason)")]
    }

    private func answer(_ made: Entry, _ store: any KeptLedger) async throws -> Answer {
        let fields = field.joined(separator: ", ")
        var blocks: [Answer.Block] = [
            .line("entry \(made.sequence): redacted \(fields) of entry \(entry)")
        ]
        do { try await store.scrub() } catch {
            blocks.append(
                .line(
                    "Unused parts of the file still contain the bytes, because it could not be "
                        + "rewritten: \(error). Repeat the command."))
        }
        return try await answer(blocks, made.sequence, store)
    }

    /// Reports the redaction, and the copies that still contain the bytes.
    private func answer(
        _ blocks: [Answer.Block], _ decision: Int, _ store: any KeptLedger
    ) async throws -> Answer {
        let copies = await store.copies(holding: try await store.existing(entry))
        let places: [Answer.Block] = copies.map { copy in
            .line(
                copy.isThere
                    ? "still in \(copy.file)"
                    : "still in \(copy.file), which was moved or deleted")
        }
        let others = Answer.Block.hint(
            "Backups and exports made \(copies.isEmpty ? "elsewhere" : "before") still contain the "
                + "bytes: delete them, or restrict access to them.")
        return Answer(
            blocks + places + [others],
            json: .object([
                "decision": JSONValue(decision),
                "copies": .array(copies.map { .string($0.file) }),
            ]))
    }

    /// Lists other entries that contain the same text. Each requires its own decision.
    private func others(_ whole: Entry, _ store: any KeptLedger) async throws -> [Answer.Block] {
        var places: Set<Int> = []
        for text in try Redaction.rest(of: whole.payload, without: field).taken.compactMap(\.string)
        where text.utf8.count >= Self.telling {
            var filter = EntryFilter()
            filter.text = text
            let found = try await store.page(filter, .oldestFirst, after: nil, limit: Limits.page)
            places.formUnion(found.map(\.sequence))
        }
        if places.isEmpty { return [] }
        let list = places.sorted().map(String.init).joined(separator: ", ")
        return [.line("the same text is still in entry \(list)")]
    }

    /// The minimum length in bytes: shorter texts occur in other entries by chance.
    private static let telling = 8
}
