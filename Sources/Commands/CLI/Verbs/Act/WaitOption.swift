internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Ledger
internal import Projections

/// How long a command waits for another run to end.
struct WaitOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "If another run is under way, wait for its end, at most this long: 90s, 10min.",
            valueName: "duration"))
    var wait: String?

    /// Waits until the environment is free. Throws `Refusal` if it is not in time.
    func wait(_ wiring: Wiring, _ recorder: Recorder, in name: EnvironmentName) async throws {
        guard let wait else { return }
        guard let seconds = TimeSpan.seconds(wait), seconds > 0 else {
            throw Refusal(
                .invalid, "\"\(wait)\" is not a duration", hint: "write 90s, 10min or 2h")
        }
        try await LockWait(recorder).wait(in: name, atMost: seconds) { refusal in
            let why = refusal.cause.map { " (\($0))" } ?? ""
            wiring.console.error("Waiting up to \(wait): \(refusal.message)\(why)")
        }
    }
}
