internal import ArgumentParser
internal import Ledger
internal import LedgerOperations
internal import Projections

/// `ledger search`
struct SearchVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find entries that contain a text, newest first",
        discussion: """
            The search covers all texts of an entry: messages, reasons, outputs and names. It \
            ignores case.

            Example: ledger search "connection refused" -e production
            """)
    @Argument(help: "The text to find.")
    var words: String
    @OptionGroup var filters: FilterOptions
    @Option(
        name: [.customShort("n"), .customLong("number")],
        help: "Maximum number of entries. Default: 50 on a terminal, unlimited in a pipe.")
    var count: Int?
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    /// The default maximum number of entries on a terminal.
    private static let screen = 50

    func validate() throws {
        if words.isEmpty { throw ValidationError("the search text is empty") }
        if let count, count < 1 { throw ValidationError("-n requires a number of at least 1") }
    }

    func run() async throws {
        let wiring = Wiring(shared)
        defer { wiring.console.finish() }
        try await wiring.asking { desk in
            let projector = desk.projector
            let selection = filters.selection(at: at)
            var filter = try await selection.filter(at: desk)
            filter.text = words
            let printer = EntryPrinter(wiring.renderer, projector)
            // A program gets all entries, because it could not notice that some are missing.
            let limit = count ?? (wiring.console.isTerminal ? Self.screen : .max)
            try await printer.print(filter, .newestFirst, atMost: limit)
            if printer.isEmpty { try await selection.refuseUnknown(filter, at: desk) }
            printer.end()
        }
    }
}

extension SearchVerb: ScannedVerb {
    static var needed: Int { 1 }

    static var blank: Self {
        var blank = Self()
        (blank.words, blank.count) = ("", nil)
        (blank.filters, blank.at, blank.shared) = (.blank, .blank, .blank)
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "" where scan.arguments == 0: scan.readArgument(&words)
        case "--number", "-n": scan.read(&count)
        default: return filters.take(&scan) || at.take(&scan) || shared.take(&scan)
        }
        return true
    }

    mutating func validateAll() throws {
        try shared.validateAll()
        try validate()
    }
}
