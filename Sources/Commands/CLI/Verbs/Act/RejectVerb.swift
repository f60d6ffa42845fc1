internal import ArgumentParser
internal import CommandEngine
internal import Commands
internal import Foundation
internal import LedgerText
internal import Projections

/// `ledger reject`
struct RejectVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "reject", abstract: "Reject a plan that waits for approval",
        discussion: "Example: ledger reject 118 --reason \"not on a Friday\"")
    @Argument(help: "The run's number.", completion: .live(.runs))
    var run: Int
    @Option(help: "The reason.")
    var reason: String
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.recording { recorder in
            let (view, environment) = try await Runs.find(run, recorder)
            let made = try await recorder.perform(
                .reject(reason: reason), in: environment, run: view.id)
            return Runs.answer(made, "run \(run) was rejected", environment)
        }
    }
}
