internal import ArgumentParser
internal import CommandPorts
internal import Ledger
internal import LedgerOperations
internal import LedgerText

/// `ledger correct`
struct CorrectVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "correct",
        abstract: CorrectEntry.documentation.summary,
        discussion: "Example: ledger correct 118 tag=v1.0.1 --reason \"typed the wrong tag\"")
    @Argument(help: CorrectEntry.help("entry"))
    var entry: Int
    @Argument(help: "The right value: FIELD=VALUE (may be repeated).")
    var fields: [String]
    @Option(help: CorrectEntry.help("reason"))
    var reason: String
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if reason.isBlank { throw ValidationError("the reason is empty") }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        let pairs = try fields.map { field in
            let parts = field.parts(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw Refusal(
                    .invalid, "\"\(field)\" is not a field with a value",
                    hint: "write FIELD=VALUE, such as tag=v1.0.1")
            }
            return (parts[0], parts[1])
        }
        let correction = CorrectEntry(
            entry, fields: Dictionary(pairs, uniquingKeysWith: { $1 }), reason: reason)
        let made = try await wiring.changing { try await correction.answer(at: $0) }
        return Answer(
            [.line("entry \(made.entry.sequence) corrects entry \(entry); both are kept")],
            value: made)
    }
}
