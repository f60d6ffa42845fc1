internal import ArgumentParser
internal import CommandEngine
internal import Ledger
internal import LedgerText

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
