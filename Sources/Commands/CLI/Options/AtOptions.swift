internal import ArgumentParser
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerText

/// Which environment a verb is about.
struct EnvironmentOption: ParsableArguments {
    @Option(name: .shortAndLong, help: "The environment.")
    var environment: String?
}

/// As of which place in the ledger a question is asked.
struct AtOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What the ledger knew then: a sequence, a time, a tag, or a reference like "
                + "production~2.", valueName: "reference"))
    var at: String?
}

/// As of when a question about a state is asked.
struct AtOptions: ParsableArguments {
    @OptionGroup var known: AtOption
    var at: String? { known.at }

    @Option(
        help: ArgumentHelp(
            "What was true at a time, as far as is known today (by when things happened).",
            valueName: "time"))
    var trueAt: String?

    func validate() throws {
        if at != nil, trueAt != nil {
            throw ValidationError("--at and --true-at are two questions: ask one at a time")
        }
    }
}
