internal import ArgumentParser
internal import CommandEngine
internal import Ledger
internal import LedgerOperations
internal import LedgerText

/// `ledger note`
struct NoteVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "note", abstract: "Add a note",
        discussion:
            "Example: ledger note \"customers saw errors from 14:02 to 14:09\" -e production")
    @Argument(help: "The text of the note.")
    var text: String
    @Option(help: "The sequence of the entry that the note is about.")
    var about: Int?
    @OptionGroup var environment: EnvironmentOption
    @Option(help: "The service that the note is about.")
    var service: String?
    @Option(help: "The tag that the note is about.")
    var tag: String?
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if text.isBlank { throw ValidationError("the note is empty") }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.recording { recorder in
            var note = Note(
                text: text, service: try service.map { try ServiceName($0) },
                tag: try tag.map { try ReleaseTag($0) })
            if let name = environment.environment {
                note.environment = try await wiring.desk(recorder.projector).environment(name)
            }
            if let about { note.about = try await Entries.entry(about, recorder.store).id }
            let entry = try await recorder.record([Fact(.noteAdded(note))])[0]
            return Answer([.line("entry \(entry.sequence)")], json: entry.json)
        }
    }
}
