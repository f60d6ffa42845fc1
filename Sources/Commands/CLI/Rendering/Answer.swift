internal import Ledger

/// The result of a command or query, as values. The renderer decides how they look.
struct Answer: Sendable {
    /// Rows with named columns.
    struct Grid: Hashable, Sendable {
        var columns: [Column]
        var rows: [[Cell]]

        init(_ columns: [Column], _ rows: [[Cell]]) {
            (self.columns, self.rows) = (columns, rows)
        }

        init(_ columns: [Column], _ rows: [[String]]) {
            self.init(columns, rows.map { $0.map { .text($0) } })
        }

        /// Rows without a heading.
        init(sheet rows: [[Cell]], wrapping: Set<Int> = []) {
            let count = rows.map(\.count).max() ?? 0
            columns = (0..<count).map { Column("", wrapping.contains($0) ? .wraps : .whole) }
            self.rows = rows
        }

        /// The rows as objects: one text for each column.
        var json: JSONValue {
            .array(
                rows.map { row in
                    .object(
                        Dictionary(
                            uniqueKeysWithValues: zip(
                                columns.map(\.name), row.map { .string($0.exact) })))
                })
        }
    }
    /// A part of the answer, in reading order. Only `text` may have more than one line.
    enum Block: Hashable, Sendable {
        case line(String)
        /// Exact bytes for another program: a script, a text to sign.
        case text(String)
        case grid(Grid)
        /// Rows without a heading, aligned and indented also in a pipe: a person reads them there.
        case sheet(Grid)
        /// A message to the person beside the answer: what changed, what to run next. Never in a
        /// pipe.
        case hint(String, command: String? = nil)
        /// What the person can do next, with the command for it.
        case next(String, command: String)
    }
    var exit: ExitStatus
    /// Whether it can change, so that watching it makes sense.
    var mayChange = Change.possible

    /// Whether a later answer to the same question may differ.
    enum Change: Sendable { case possible, impossible }

    /// The word for the exit code in `--output json`.
    var outcome: String
    var reason: String?
    var blocks: [Block]
    /// The answer for programs.
    var json: JSONValue

    /// A list: rows with named columns, or the text for an empty list.
    static func list(
        _ grid: Grid, json: JSONValue, ifEmpty words: String
    ) -> Answer {
        let rows = grid.rows
        let grid = Block.grid(grid)
        return Answer(rows.isEmpty ? [grid, .hint(words)] : [grid], json: json)
    }

    init(
        _ blocks: [Block] = [], json: JSONValue = .null, exit: ExitStatus = .done,
        outcome: String = "done", reason: String? = nil
    ) {
        self.blocks = blocks
        self.json = json
        self.exit = exit
        self.outcome = outcome
        self.reason = reason
    }

    /// An answer whose JSON is the operation's result, unchanged.
    init(
        _ blocks: [Block], value: some Encodable, exit: ExitStatus = .done,
        outcome: String = "done", reason: String? = nil
    ) {
        self.init(
            blocks, json: (try? JSONValue(encoding: value)) ?? .null, exit: exit, outcome: outcome,
            reason: reason)
    }

    /// A list whose JSON is the operation's result, unchanged.
    static func list(
        _ grid: Grid, value: some Encodable, ifEmpty words: String
    ) -> Answer {
        list(grid, json: (try? JSONValue(encoding: value)) ?? .null, ifEmpty: words)
    }
}
