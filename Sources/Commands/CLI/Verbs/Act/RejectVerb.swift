internal import ArgumentParser
internal import CommandEngine
internal import Commands
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger reject`
struct RejectVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "reject", abstract: RejectRun.documentation.summary,
        discussion: "Example: ledger reject 118 --reason \"not on a Friday\"")
    @Argument(help: "The run's number.", completion: .live(.openRuns))
    var run: Int
    @Option(help: "The reason.")
    var reason: String
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let reject = RejectRun(run, reason: reason)
        let made = try await wiring.changing { try await reject.answer(at: $0) }
        return Runs.answer([made.entry], "run \(run) was rejected")
    }
}
