internal import Ledger
internal import LedgerText

/// Prints answers. For people: aligned, with headings and hints. For programs: tab-separated, exact
/// and complete.
struct Renderer {
    let console: Console
    let form: OutputForm
    let time: LocalTime

    /// The columns that lines may take; `nil` without a limit.
    var columns: Int? { console.isTerminal && console.fit == .narrow ? console.columns : nil }

    /// How tables look here.
    func layout(indent: Int, _ heading: TableLayout.Heading) -> TableLayout {
        TableLayout(
            width: columns, time: console.isTerminal ? time : nil, indent: indent, heading: heading)
    }

    func print(_ answer: Answer) {
        switch form {
        case .table: blocks(answer)
        case .json: console.exact(Canonical.text(json(answer)))
        case .jsonl:
            for element in answer.json.array ?? answer.json["items"]?.array ?? [answer.json] {
                console.exact(Canonical.text(element))
            }
        case .csv: csv(answer)
        }
    }

    /// A list as its rows; any other answer as one line for each member.
    private func csv(_ answer: Answer) {
        let grids = answer.blocks.compactMap { if case .grid(let grid) = $0 { grid } else { nil } }
        let members = json(answer).object ?? [:]
        let fields = members.keys.sorted().map { name in
            [name, members[name]?.string ?? members[name].map(Canonical.text) ?? ""]
        }
        for grid in grids.isEmpty ? [Answer.Grid(["field", "value"], fields)] : grids {
            let kept = grid.columns.indices.filter { grid.columns[$0].fit != .sign }
            console.exact(Quote.csvLine(kept.map { grid.columns[$0].key }))
            for row in grid.rows {
                console.exact(Quote.csvLine(kept.map { $0 < row.count ? row[$0].exact : "" }))
            }
        }
    }

    /// An object with `outcome`, `reason` and the answer's own members. A list is under `items`.
    private func json(_ answer: Answer) -> JSONValue {
        var members = answer.json.object ?? [:]
        if case .array = answer.json { members["items"] = answer.json }
        members["outcome"] = .string(answer.outcome)
        members["reason"] = answer.reason.map { .string($0) }
        return .object(members)
    }

    private func blocks(_ answer: Answer) {
        for block in answer.blocks {
            switch block {
            case .hint(let text, let command):
                if console.isTerminal { console.advise(Quote.line(text), command) }
            case .text(let text): console.out(text)
            default: for line in lines(of: block) { console.line(line) }
            }
        }
    }

    /// Prints blocks to the person on standard error, when standard output goes elsewhere.
    func say(_ blocks: [Answer.Block]) {
        for line in blocks.flatMap(lines) { console.error(line.map(\.text).joined()) }
    }

    /// A block for people as lines; none for exact text and hints.
    func lines(of block: Answer.Block) -> [[Span]] {
        switch block {
        case .line(let text): lines(Quote.line(text)).map { [Span($0)] }
        case .next(let text, let command): lines(Quote.line(text), command).map { [Span($0)] }
        case .grid(let grid) where grid.rows.isEmpty: []
        case .grid(let grid) where !console.isTerminal:
            grid.rows.map { row in
                [Span(row.map { Quote.tableCell($0.exact) }.joined(separator: "\t"))]
            }
        case .grid(let grid): layout(indent: 0, .shown).lines(grid)
        case .sheet(let grid): layout(indent: 2, .absent).lines(grid)
        case .text, .hint: []
        }
    }

    /// A block as it stands on a screen, hints included.
    func linesAndHints(of block: Answer.Block) -> [[Span]] {
        if case .hint(let text, let command) = block {
            return lines(Quote.line(text), command).map { [Span($0)] }
        }
        return lines(of: block)
    }

    /// A sentence as lines that fit.
    func lines(_ text: String, _ command: String? = nil) -> [String] {
        columns.map { Sentence.lines(text, command: command, $0) }
            ?? [Sentence.whole(text, command)]
    }
}
