internal import Ledger
internal import LedgerText

/// Prints answers. For people: aligned, with headings and hints. For programs: tab-separated, exact
/// and complete.
struct Renderer {
    let console: Console
    let form: OutputForm

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
            console.exact(Quote.csvLine(grid.columns))
            for row in grid.rows { console.exact(Quote.csvLine(row)) }
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
            case .line(let text): console.line(Quote.line(text))
            case .text(let text): console.out(text)
            case .grid(let grid): self.grid(grid)
            case .hint(let text): if console.isTerminal { console.error(Quote.line(text)) }
            }
        }
    }

    func grid(_ grid: Answer.Grid) {
        if grid.rows.isEmpty { return }
        guard console.isTerminal else {
            for row in grid.rows { console.line(row.map(Quote.tableCell).joined(separator: "\t")) }
            return
        }
        for line in Self.aligned(grid, bold: console.bold) { console.line(line) }
    }

    /// Aligned columns; the last column is not padded.
    static func aligned(
        _ grid: Answer.Grid, bold: (String) -> String = { $0 }
    ) -> [String] {
        let rows = grid.rows.map { $0.map(Quote.tableCell) }
        let widths = grid.columns.indices.map { column in
            ([grid.columns] + rows).map { $0.count > column ? $0[column].count : 0 }.max() ?? 0
        }
        func line(_ row: [String]) -> String {
            row.enumerated().map { column, text in
                column == row.count - 1
                    ? text
                    : text + String(repeating: " ", count: widths[column] - text.count)
            }.joined(separator: "  ")
        }
        let heading =
            grid.columns.allSatisfy(\.isEmpty)
            ? [] : [bold(line(grid.columns.map { $0.uppercased() }))]
        return heading + rows.map(line)
    }
}
