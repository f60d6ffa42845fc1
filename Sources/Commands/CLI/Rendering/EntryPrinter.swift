internal import Ledger
internal import LedgerText
internal import Projections

/// Prints a list of entries one by one, in constant memory.
final class EntryPrinter {
    private let console: Console
    private let form: OutputForm
    private let format: EntryForm
    /// The projector for the changes of a deploy; `nil` if changes are not requested.
    private let projector: Projector?
    private let atHand: Projector.CommitsAtHand?
    /// Whether nothing was printed yet.
    private(set) var isEmpty = true

    init(
        console: Console, form: OutputForm, format: EntryForm, projector: Projector?,
        atHand: Projector.CommitsAtHand? = nil
    ) {
        self.atHand = atHand
        self.console = console
        self.form = form
        self.format = format
        self.projector = projector
    }

    private func begin() {
        if form == .json { console.out("{\"items\":[") }
        if form == .csv { console.exact(Quote.csvLine(EntryText.columns)) }
    }

    func end() {
        if isEmpty { begin() }
        if form == .json { console.exact("],\"outcome\":\"done\"}") }
    }

    func flush() { console.flush() }

    /// Prints the store's answer page by page: memory stays constant.
    func print(
        _ filter: EntryFilter, _ order: ReadOrder, atMost count: Int, _ store: any EventReader
    ) async throws {
        var rest = count
        var after: Int?
        while rest > 0 {
            let limit = min(rest, Limits.page)
            let page = try await store.page(filter, order, after: after, limit: limit)
            for entry in page { try await print(entry) }
            rest -= page.count
            guard page.count == limit, let last = page.last else { break }
            after = last.sequence
        }
    }

    func print(_ entry: Entry) async throws {
        if isEmpty { begin() }
        switch form {
        case .json:
            console.out((isEmpty ? "" : ",") + Canonical.text(entry.json))
        case .jsonl: console.exact(Canonical.text(entry.json))
        case .csv: console.exact(Quote.csvLine(EntryText.row(entry)))
        case .table: text(entry)
        }
        isEmpty = false
        if form == .table, let projector { try await change(of: entry, projector) }
    }

    private func text(_ entry: Entry) {
        switch format {
        case .oneline:
            console.line(
                console.isTerminal
                    ? EntryText.oneline(entry)
                    : EntryText.row(entry).map(Quote.tableCell).joined(separator: "\t"))
        case .short:
            console.line(
                "entry \(entry.sequence)  \(entry.kind)  \(entry.time)  by \(entry.by.name)")
            for (name, value) in entry.subject.fields { console.line("    \(name): \(value)") }
            let about = EntryText.about(entry)
            if !about.isEmpty { console.line("    \(about)") }
        case .long:
            if !isEmpty { console.line("") }
            for line in EntryText.long(entry) { console.line(line) }
        }
    }

    /// What a deploy or revert changed: each service's release before and after.
    private func change(of entry: Entry, _ projector: Projector) async throws {
        guard let name = entry.subject.environment,
            entry.kind == EventKind.deployFinished.rawValue
                || entry.kind == EventKind.revertFinished.rawValue
        else { return }
        let before = try await projector.environment(name, at: entry.sequence - 1)
        let after = try await projector.environment(name, at: entry.sequence)
        for move in Difference(from: before, to: after).moves {
            console.line(
                "    \(move.service): \(move.from?.title ?? "nothing") → \(move.to?.title ?? "nothing")"
            )
            if let from = move.from?.digest { console.line("    - \(from)") }
            if let to = move.to?.digest { console.line("    + \(to)") }
            if let from = move.from?.revision { console.line("    - \(from)") }
            if let to = move.to?.revision { console.line("    + \(to)") }
            guard let from = move.from, let to = move.to else { continue }
            let shipment = try await projector.shipment(from: from, to: to, atHand: atHand)
            for case .line(let line) in CommitText.blocks(
                shipment, of: [move.service], from: from, to: to)
            {
                console.line("    " + Quote.line(line))
            }
        }
    }
}
