internal import ArgumentParser
internal import CommandEngine
internal import Ledger
internal import LedgerText

/// `ledger correct`
struct CorrectVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "correct",
        abstract: "Record a correction of an earlier entry; both entries are kept",
        discussion: "Example: ledger correct 118 tag=v1.0.1 --reason \"typed the wrong tag\"")
    @Argument(help: "The entry's sequence.")
    var entry: Int
    @Argument(help: "The right value: FIELD=VALUE (may be repeated).")
    var fields: [String]
    @Option(help: "The reason.")
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
                [.line("entry \(made.sequence) corrects entry \(wrong.sequence); both are kept")],
                json: made.json)
        }
    }
}
