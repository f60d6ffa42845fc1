internal import ArgumentParser
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerText

/// Flags that every verb has.
struct SharedOptions: ParsableArguments {
    @Option(
        name: .customLong("db"),
        help: "The ledger's file. Default: .ledger/ledger.db in the nearest folder upward.")
    var database: String?

    @Option(help: "The playbook. Default: ledger.yaml beside .ledger.")
    var playbook: String?

    @Option(
        name: [.customShort("o"), .long],
        help: "How the answer looks: table, json; for lists also jsonl, csv.")
    var output: OutputForm = .table

    func validate() throws {
        // From a script whose variable is not set: another ledger must not be taken for it.
        if database?.isEmpty == true { throw ValidationError("--db names no file") }
    }
}

/// Who acts, for verbs that write.
struct ByOption: ParsableArguments {
    @Option(help: "Who acts. Default: what CI says, git's user.name, or the login.")
    var by: String?
}
