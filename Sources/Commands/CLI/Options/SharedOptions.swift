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
        help: "Output format: table, json; for lists also jsonl, csv.")
    var output: OutputForm = .table

    @Flag(help: "On a terminal: exact times and whole digests, however long the lines are.")
    var wide = false

    @Flag(help: "On a terminal: show times in UTC.")
    var utc = false

    func validate() throws {
        // A script whose variable is unset passes an empty name: it must not open another ledger.
        if database?.isEmpty == true { throw ValidationError("--db is empty: name a file") }
    }
}

/// The author, for verbs that write.
struct ByOption: ParsableArguments {
    @Option(help: "The author. Default: the user that CI names, git's user.name, or the login.")
    var by: String?
}
