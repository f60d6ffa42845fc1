internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import Foundation
internal import Ledger
internal import LedgerSQLite

/// `ledger redact`
struct RedactVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "redact",
        abstract: "Take bytes out of an entry's payload, by a recorded decision",
        discussion: """
            The bytes are gone for good; that they are, who decided it, when and why is an entry. Every proof \
            and checkpoint still holds. It shows what it will take out, and asks; in a protected environment \
            its name is typed, and where the playbook names who may sign, others sign what --statement prints.

            Copies that were made before still hold the bytes, and whoever had the secret still has it: \
            change it first.

            Example: ledger redact 118 --field text --reason "a token was pasted"
            Example: ledger redact 118 --field /command/3 --reason "a token was pasted" --yes
            """)
    @Argument(help: "The entry's sequence.")
    var entry: Int
    @Option(
        help:
            "What to take out: a field of the payload, or a JSON Pointer into it (/command/3). May be repeated."
    )
    var field: [String]
    @Option(help: "Why.")
    var reason: String
    @Option(help: "The file of somebody's signature over the statement. May be repeated.")
    var signature: [String] = []
    @Flag(help: "Only print exactly what is to be signed (namespace ledger-approval).")
    var statement = false
    @OptionGroup var yes: YesOptions
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if field.isEmpty { throw ValidationError("name what is to be taken out: --field NAME") }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.withStore(.writing) { store in
            let recorder = try await wiring.recorder(store)
            let whole = try await Entries.entry(entry, store)
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

    /// The answer where earlier decisions have done it: whoever asks twice was cut off before the
    /// file was written anew.
    private func goneAlready(_ entry: Entry, _ store: SQLiteStore) async throws -> Answer? {
        let decisions = try await store.decisions(about: entry)
        guard let last = decisions.last?.entry,
            Set(field).isSubset(of: decisions.flatMap(\.what.fields))
        else { return nil }
        if statement {
            throw Refusal(
                .notPossible, "entry \(last.sequence) has taken that out already",
                cause: "there is nothing to sign")
        }
        try store.scrub()
        return try await answer(
            [.line("entry \(last.sequence) has taken that out already")], last.sequence, store)
    }

    /// What is going to be done; never the bytes themselves.
    private func about(_ entry: Entry) throws -> [Answer.Block] {
        let rest = try Redaction.rest(of: entry.payload, without: field)
        let place = entry.subject.environment.map { " in \($0)" } ?? ""
        return [
            .line(
                "entry \(entry.sequence), \(entry.kind)\(place), \(entry.time) by \(entry.by.name)")
        ]
            + zip(field, rest.taken).map { field, value in
                let bytes = (value.string ?? Canonical.text(value)).utf8.count
                return .line("  \(field): \(bytes) bytes are taken out, for good")
            } + [.line("why: \(reason)")]
    }

    private func answer(_ made: Entry, _ store: SQLiteStore) async throws -> Answer {
        let fields = field.joined(separator: ", ")
        var blocks: [Answer.Block] = [
            .line("entry \(made.sequence): \(fields) of entry \(entry) is taken out")
        ]
        do { try store.scrub() } catch {
            blocks.append(
                .line(
                    "The file still holds the bytes where nothing reads them, for it could not be "
                        + "written anew: \(error). Say the same once more."))
        }
        return try await answer(blocks, made.sequence, store)
    }

    /// What was done, and where the bytes still are.
    private func answer(
        _ blocks: [Answer.Block], _ decision: Int, _ store: SQLiteStore
    ) async throws -> Answer {
        let copies = store.copies(holding: try await Entries.entry(entry, store))
        let places: [Answer.Block] = copies.map { copy in
            .line(
                copy.isThere
                    ? "still in \(copy.file)"
                    : "still in \(copy.file), which is no longer where it was made")
        }
        let others = Answer.Block.hint(
            "Backups and exports made \(copies.isEmpty ? "elsewhere" : "before") still hold the "
                + "bytes: delete them, or keep them under lock.")
        return Answer(
            blocks + places + [others],
            json: .object([
                "decision": JSONValue(decision),
                "copies": .array(copies.map { .string($0.file) }),
            ]))
    }

    /// Other entries that hold the same text: each is a decision of its own.
    private func others(_ whole: Entry, _ store: SQLiteStore) async throws -> [Answer.Block] {
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
        return [.line("the same text still stands in entry \(list)")]
    }

    /// Bytes of a text that does not stand in other entries by chance.
    private static let telling = 8
}
