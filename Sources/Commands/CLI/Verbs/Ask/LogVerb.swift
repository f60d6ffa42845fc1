internal import ArgumentParser
internal import CommandPorts
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger log`
struct LogVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Show entries, newest first",
        discussion: """
            In a pipe, each entry is a line of tab-separated fields: sequence, time, kind, \
            environment, service, tag, by, about.

            Example: ledger log -e production --kind deploy --since 2.days.ago
            """)
    @Argument(help: EntrySelection.help("range"))
    var range: String?
    @OptionGroup var filters: FilterOptions
    @Option(name: [.customShort("n"), .customLong("number")], help: "Maximum number of entries.")
    var count: Int?
    @Flag(help: "Show the oldest entries first.")
    var reverse = false
    @Flag(help: "Only deploys with a commit that no recorded review approved.")
    var unreviewed = false
    @Flag(help: "Only plans that override a freeze, and runs that bypassed their approvals.")
    var overridden = false
    @Flag(help: "On a terminal: show every entry of a run, not one line for each run.")
    var all = false
    @Flag(
        name: .shortAndLong,
        help: "Follow new entries, after the last 10 on a terminal (-n: another number).")
    var follow = false
    @Option(help: "The format of an entry: oneline, short or long.")
    var format: EntryForm = .oneline
    @Flag(name: [.customShort("p"), .customLong("patch")], help: "Show what each deploy changed.")
    var patch = false
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    /// The auditor's question, if one is asked.
    private var question: AuditQuestion? {
        unreviewed ? .unreviewed : overridden ? .overridden : nil
    }

    func validate() throws {
        if unreviewed, overridden {
            throw ValidationError("--unreviewed and --overridden cannot be combined")
        }
        if question != nil, follow {
            throw ValidationError("--follow cannot be used with --unreviewed or --overridden")
        }
        if question != nil, !filters.kinds.isEmpty {
            throw ValidationError("--kind cannot be used with --unreviewed or --overridden")
        }
        if let count, count < 1 { throw ValidationError("-n requires a number of at least 1") }
        if follow, shared.output == .json {
            throw ValidationError("--follow cannot be used with -o json; use -o jsonl")
        }
    }

    func run() async throws {
        let wiring = Wiring(shared)
        if !follow { wiring.console.startPager(variables: wiring.variables) }
        defer { wiring.console.finish() }
        try await wiring.asking { desk in
            let projector = desk.projector
            let selection = filters.selection(range: range, at: at)
            var filter = try await selection.filter(at: desk)
            let printer = EntryPrinter(
                wiring.renderer, projector, format: format,
                detail: all || follow || question != nil || filters.selectsEntries
                    ? .entries : .runs,
                changes: patch ? .init(commitsAtHand: wiring.commitsAtHand) : nil)
            if follow {
                printer.least = EntryText.least
                try await self.follow(filter, projector, printer, wiring)
            } else {
                let order: ReadOrder = reverse ? .oldestFirst : .newestFirst
                if let question { filter.kinds = question.kinds.map(\.rawValue) }
                let audit = Audit(desk)
                try await printer.print(
                    filter, order, atMost: count ?? .max,
                    where: question.map { question in { try await audit.selects($0, question) } })
            }
            if printer.isEmpty { try await selection.refuseUnknown(filter, at: desk) }
            printer.end()
        }
    }

    /// The entries before those that are followed, on a terminal.
    private static let backlog = 10

    /// Prints the newest entries, the oldest first, and then polls for new ones twice a second.
    private func follow(
        _ filter: EntryFilter, _ projector: Projector, _ printer: EntryPrinter, _ wiring: Wiring
    ) async throws {
        let store = projector.store
        var after = try await store.head().sequence
        if filter.sequences.lowerBound <= after {
            var known = filter
            known.sequences = filter.sequences.clamped(to: filter.sequences.lowerBound...after)
            if let most = count ?? (wiring.console.isTerminal ? Self.backlog : nil) {
                let newest = try await store.page(
                    known, .newestFirst, after: nil, limit: min(most, Limits.page))
                try await printer.print(newest.reversed())
            } else {
                try await printer.print(known, .oldestFirst, atMost: .max)
            }
        }
        while true {
            printer.flush()
            let page = try await store.page(filter, .oldestFirst, after: after, limit: Limits.page)
            try await printer.print(page)
            after = page.last?.sequence ?? after
            if page.isEmpty { try await Task.sleep(for: .milliseconds(500)) }
        }
    }
}

extension LogVerb: ScannedVerb {
    static var blank: Self {
        var blank = Self()
        blank.range = nil
        (blank.filters, blank.at, blank.shared) = (.blank, .blank, .blank)
        (blank.count, blank.format) = (nil, .oneline)
        (blank.reverse, blank.unreviewed, blank.overridden) = (false, false, false)
        (blank.all, blank.follow, blank.patch) = (false, false, false)
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "" where scan.arguments == 0: scan.readArgument(&range)
        case "--number", "-n": scan.read(&count)
        case "--reverse": scan.read(&reverse)
        case "--unreviewed": scan.read(&unreviewed)
        case "--overridden": scan.read(&overridden)
        case "--all": scan.read(&all)
        case "--follow", "-f": scan.read(&follow)
        case "--format": scan.read(&format)
        case "--patch", "-p": scan.read(&patch)
        default: return filters.take(&scan) || at.take(&scan) || shared.take(&scan)
        }
        return true
    }

    mutating func validateAll() throws {
        try shared.validateAll()
        try validate()
    }
}
