internal import Ledger
internal import LedgerText
internal import Projections

/// Prints a list of entries page by page, in constant memory.
final class EntryPrinter {
    /// Whether a run is one line, or each of its entries is.
    enum Detail: Sendable { case runs, entries }

    private let renderer: Renderer
    private let format: EntryForm
    private let detail: Detail
    /// The projector for runs, and for the changes of a deploy.
    private let projector: Projector
    /// The repository for the changes of each deploy; `nil` if changes are not requested.
    private let changes: Changes?
    /// Whether nothing was printed yet.
    private(set) var isEmpty = true
    /// The runs that already have their line.
    private var seen: Set<EntryID> = []
    /// The sequence as of which runs are shown; `nil` for the present.
    private var upto: Int?
    /// The least widths of the columns: what is followed begins with few entries.
    var least: [Int] = []
    /// The columns of the first page, so that they do not jump.
    private var fit: TableLayout.Fit?

    /// How the changes of a deploy are shown.
    struct Changes { let commitsAtHand: Projector.CommitsAtHand? }

    init(
        _ renderer: Renderer, _ projector: Projector, format: EntryForm = .oneline,
        detail: Detail = .entries, changes: Changes? = nil
    ) {
        self.renderer = renderer
        self.format = format
        // Programs get every entry.
        let isRead = renderer.form == .table && renderer.console.isTerminal && format == .oneline
        self.detail = isRead ? detail : .entries
        self.projector = projector
        self.changes = changes
    }

    private var console: Console { renderer.console }

    private func begin() {
        if renderer.form == .json { console.out("{\"items\":[") }
        if renderer.form == .csv { console.exact(Quote.csvLine(EntryText.columns.map(\.key))) }
    }

    func end() {
        if isEmpty { begin() }
        if isEmpty, renderer.form == .table, console.isTerminal { console.error("No entries.") }
        if renderer.form == .json { console.exact("],\"outcome\":\"done\"}") }
    }

    func flush() { console.flush() }

    /// Prints the store's answer page by page: memory stays constant. `selects` narrows it further.
    func print(
        _ filter: EntryFilter, _ order: ReadOrder, atMost count: Int,
        where selects: ((Entry) async throws -> Bool)? = nil
    ) async throws {
        var rest = count
        var after: Int?
        // Runs are shown as of the newest entry of the list.
        upto = try await projector.store.page(filter, .newestFirst, after: nil, limit: 1).first?
            .sequence
        while rest > 0 {
            let isWhole = detail == .runs || selects != nil
            let limit = isWhole ? Limits.page : min(rest, Limits.page)
            let page = try await projector.store.page(filter, order, after: after, limit: limit)
            var chosen = selects == nil ? page : []
            for entry in page {
                if let selects, chosen.count < rest, try await selects(entry) {
                    chosen.append(entry)
                }
            }
            rest -= try await print(chosen, atMost: rest)
            guard page.count == limit, let last = page.last else { break }
            after = last.sequence
        }
    }

    /// Prints entries; returns how many lines of the list they took.
    @discardableResult
    func print(_ page: [Entry], atMost count: Int = .max) async throws -> Int {
        if page.isEmpty { return 0 }
        let isFirst = isEmpty
        if isEmpty { begin() }
        isEmpty = false
        if renderer.form == .table, format == .oneline, console.isTerminal, changes == nil {
            return try await list(page, atMost: count, heading: isFirst ? .shown : .absent)
        }
        for (place, entry) in page.prefix(count).enumerated() {
            print(entry, isFirst: isFirst && place == 0)
            if renderer.form == .table, let changes { try await change(of: entry, changes) }
        }
        return min(count, page.count)
    }

    private func print(_ entry: Entry, isFirst: Bool) {
        switch renderer.form {
        case .json: console.out((isFirst ? "" : ",") + Canonical.text(entry.json))
        case .jsonl: console.exact(Canonical.text(entry.json))
        case .csv: console.exact(Quote.csvLine(EntryText.row(entry)))
        case .table: text(entry, isFirst: isFirst)
        }
    }

    private func text(_ entry: Entry, isFirst: Bool) {
        switch format {
        case .oneline where console.isTerminal:
            show(.sheet(Answer.Grid(EntryText.short, [EntryText.shortRow(entry)])))
        case .oneline:
            console.line(EntryText.row(entry).map(Quote.tableCell).joined(separator: "\t"))
        case .short:
            show(
                .line("entry \(entry.sequence)  \(entry.kind)  \(entry.time)  by \(entry.by.name)"))
            for (name, value) in entry.subject.fields { show(.line("    \(name): \(value)")) }
            let about = EntryText.about(entry)
            if !about.isEmpty { show(.line("    \(about)")) }
        case .long:
            if !isFirst { console.line("") }
            for block in EntryText.long(entry) { show(block) }
        }
    }

    private func show(_ block: Answer.Block) {
        for line in renderer.lines(of: block) { console.line(line) }
    }

    // MARK: Lists for people

    private func list(
        _ page: [Entry], atMost count: Int, heading: TableLayout.Heading
    ) async throws -> Int {
        var rows: [[Cell]] = []
        for entry in page where rows.count < count {
            if let row = try await row(entry) { rows.append(row) }
        }
        let grid = Answer.Grid(EntryText.short, rows)
        var layout = renderer.layout(indent: 0, heading)
        layout.least = least
        layout.fit = fit
        for line in layout.lines(grid) { console.line(line) }
        fit = fit ?? layout.fit(of: grid)
        return rows.count
    }

    /// The row of an entry, or of its run; `nil` if its run already has one.
    private func row(_ entry: Entry) async throws -> [Cell]? {
        guard detail == .runs, let id = entry.draft.correlation ?? plan(entry),
            let run = seen.contains(id) ? nil : try await projector.run(id)
        else {
            let isShown =
                entry.draft.correlation.map(seen.contains) ?? plan(entry).map(seen.contains)
            return isShown == true ? nil : EntryText.shortRow(entry)
        }
        seen.insert(id)
        return EntryText.row(of: run, through: entry)
    }

    private func plan(_ entry: Entry) -> EntryID? {
        let plans: [EventKind] = [.deployPlanned, .revertPlanned]
        return plans.contains { $0.rawValue == entry.kind } ? entry.id : nil
    }

    /// What a deploy or revert changed: each service's release before and after.
    private func change(of entry: Entry, _ changes: Changes) async throws {
        guard let name = entry.subject.environment,
            entry.kind == EventKind.deployFinished.rawValue
                || entry.kind == EventKind.revertFinished.rawValue
        else { return }
        let before = try await projector.environment(name, at: entry.sequence - 1)
        let after = try await projector.environment(name, at: entry.sequence)
        for move in Difference(from: before, to: after).moves {
            show(
                .line(
                    "    \(move.service): \(move.from?.title ?? "nothing") → "
                        + (move.to?.title ?? "nothing")))
            if let from = move.from?.digest { show(.line("    - \(from)")) }
            if let to = move.to?.digest { show(.line("    + \(to)")) }
            if let from = move.from?.revision { show(.line("    - \(from)")) }
            if let to = move.to?.revision { show(.line("    + \(to)")) }
            guard let from = move.from, let to = move.to else { continue }
            let shipment = try await projector.shipment(
                from: from, to: to, atHand: changes.commitsAtHand)
            for block in CommitText.blocks(shipment, of: [move.service], from: from, to: to) {
                show(block.indented)
            }
        }
    }
}

extension Answer.Block {
    /// Under the line of an entry.
    fileprivate var indented: Answer.Block {
        switch self {
        case .line(let text): .line("    " + text)
        case .next(let text, let command): .next("    " + text, command: command)
        default: self
        }
    }
}
