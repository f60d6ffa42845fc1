internal import ArgumentParser
internal import LedgerOperations

/// How long a command waits for another run to end.
struct WaitOption: ParsableArguments {
    @Option(help: PlanTerms.help("wait", value: "duration"))
    var wait: String?
}
