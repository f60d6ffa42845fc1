internal import ArgumentParser
internal import Ledger
internal import LedgerOperations
internal import Projections

/// `ledger search`
struct SearchVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find entries that contain a text, the newest first",
        discussion: """
            The text may stand anywhere: in a message, a reason, an output, a name. Upper and lower case \
            are alike.

            Example: ledger search "connection refused" -e production
            """)
    @Argument(help: "The text.")
    var words: String
    @OptionGroup var filters: FilterOptions
    @Option(
        name: [.customShort("n"), .customLong("number")],
        help: "At most so many. Default: on a terminal 50.")
    var count: Int?
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    /// Entries that a person reads through before narrowing the question.
    private static let screen = 50

    func validate() throws {
        if words.isEmpty { throw ValidationError("a text to look for is wanted") }
        if let count, count < 1 { throw ValidationError("-n wants a number from 1 upward") }
    }

    func run() async throws {
        let wiring = Wiring(shared)
        defer { wiring.console.finish() }
        try await wiring.asking { desk in
            let projector = desk.projector
            var filter = try await filters.filter(wiring, projector)
            filter.text = words
            if let upto = try await wiring.desk(projector).sequence(
                at.at, in: filter.environments.first)
            {
                filter.limit(upto: upto)
            }
            let printer = EntryPrinter(
                console: wiring.console, form: shared.output, format: .oneline, projector: nil)
            // A program gets all of them: what was cut it could not know.
            let limit = count ?? (wiring.console.isTerminal ? Self.screen : .max)
            try await printer.print(filter, .newestFirst, atMost: limit, projector.store)
            if printer.isEmpty { try await filters.refuseUnknown(filter, projector) }
            printer.end()
        }
    }
}
