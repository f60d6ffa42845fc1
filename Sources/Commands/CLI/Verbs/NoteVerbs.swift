internal import ArgumentParser
internal import Commands
internal import Ledger
internal import LedgerText
internal import Projections

/// `ledger note`
struct NoteVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "note", abstract: "Add a remark",
        discussion:
            "Example: ledger note \"customers saw errors from 14:02 to 14:09\" -e production")
    @Argument(help: "The remark.")
    var text: String
    @Option(help: "The entry it is about (its sequence).")
    var about: Int?
    @OptionGroup var environment: EnvironmentOption
    @Option(help: "The service it is about.")
    var service: String?
    @Option(help: "The tag it is about.")
    var tag: String?
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if text.isBlank { throw ValidationError("the remark is empty") }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.recording { recorder in
            var note = Note(
                text: text, service: try service.map { try ServiceName($0) },
                tag: try tag.map { try ReleaseTag($0) })
            if let name = environment.environment {
                note.environment = try await wiring.environment(name, recorder.projector)
            }
            if let about { note.about = try await Entries.entry(about, recorder.store).id }
            let entry = try await recorder.record([Fact(.noteAdded(note))])[0]
            return Answer([.line("entry \(entry.sequence)")], json: entry.json)
        }
    }
}

/// `ledger correct`
struct CorrectVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "correct",
        abstract: "Record what an earlier entry should have said; both stay",
        discussion: "Example: ledger correct 118 tag=v1.0.1 --reason \"typed the wrong tag\"")
    @Argument(help: "The entry's sequence.")
    var entry: Int
    @Argument(help: "What it should have said: FIELD=VALUE.")
    var fields: [String]
    @Option(help: "Why.")
    var reason: String
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if reason.isBlank { throw ValidationError("the reason is empty") }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.recording { recorder in
            let pairs = try fields.map { field in
                let parts = field.parts(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2 else {
                    throw ValidationError("'\(field)' is not FIELD=VALUE")
                }
                return (parts[0], parts[1])
            }
            let wrong = try await Entries.entry(entry, recorder.store)
            let made = try await recorder.correct(
                wrong, with: Dictionary(pairs, uniquingKeysWith: { $1 }), reason: reason)
            return Answer(
                [.line("entry \(made.sequence) corrects entry \(wrong.sequence); both stay")],
                json: made.json)
        }
    }
}

/// Entries by what people call them.
enum Entries {
    static func entry(_ number: Int, _ store: any EventStore) async throws -> Entry {
        if let entry = try await store.entry(at: number) { return entry }
        let head = try await store.head().sequence
        throw Refusal(
            .unknownName, "there is no entry \(number)", cause: "the ledger ends at \(head)")
    }
}
