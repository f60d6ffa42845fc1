internal import ArgumentParser
internal import Ledger
internal import LedgerOperations
internal import LedgerText

/// `ledger note`
struct NoteVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "note", abstract: AddNote.documentation.summary,
        discussion:
            "Example: ledger note \"customers saw errors from 14:02 to 14:09\" -e production")
    @Argument(help: AddNote.help("text"))
    var text: String
    @Option(help: AddNote.help("about"))
    var about: Int?
    @OptionGroup var environment: EnvironmentOption
    @Option(help: AddNote.help("service"), completion: .live(.services))
    var service: String?
    @Option(help: AddNote.help("tag"), completion: .live(.tags))
    var tag: String?
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if text.isBlank { throw ValidationError("the note is empty") }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        let note = AddNote(
            text, about: about, environment: environment.environment, service: service, tag: tag)
        let made = try await wiring.changing { try await note.answer(at: $0) }
        return Answer([.line("entry \(made.entry.sequence)")], value: made)
    }
}
