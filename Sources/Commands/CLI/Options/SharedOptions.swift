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

    @Option(
        help: ArgumentHelp(
            "The address of a server that keeps the ledger, instead of a file.",
            valueName: "url"))
    var server: String?

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
        if server?.isEmpty == true { throw ValidationError("--server is empty: name an address") }
        if database != nil, server != nil {
            throw ValidationError("--db and --server exclude each other: give one of them")
        }
    }
}

extension SharedOptions: ScannedOptions {
    static var blank: Self {
        var blank = Self()
        (blank.database, blank.server, blank.playbook) = (nil, nil, nil)
        blank.output = .table
        (blank.wide, blank.utc) = (false, false)
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "--db": scan.read(&database)
        case "--server": scan.read(&server)
        case "--playbook": scan.read(&playbook)
        case "--output", "-o": scan.read(&output)
        case "--wide": scan.read(&wide)
        case "--utc": scan.read(&utc)
        default: return false
        }
        return true
    }
}

/// The author, for verbs that write.
struct ByOption: ParsableArguments {
    @Option(help: "The author. Default: the user that CI names, git's user.name, or the login.")
    var by: String?
}

extension ByOption {
    static var blank: Self {
        var blank = Self()
        blank.by = nil
        return blank
    }
}
