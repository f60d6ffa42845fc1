public import Ledger

/// The result of a command or query, as values. The renderer decides how they look.
public struct Answer: Sendable {
    /// Rows with named columns.
    public struct Grid: Hashable, Sendable {
        public var columns: [String]
        public var rows: [[String]]

        public init(_ columns: [String], _ rows: [[String]]) {
            self.columns = columns
            self.rows = rows
        }

        /// The rows as objects: one text for each column.
        public var json: JSONValue {
            .array(
                rows.map { row in
                    .object(
                        Dictionary(uniqueKeysWithValues: zip(columns, row.map { .string($0) })))
                })
        }
    }
    /// A part of the answer, in reading order. Only `text` may have more than one line.
    public enum Block: Hashable, Sendable {
        case line(String)
        /// Exact bytes for another program: a script, a text to sign.
        case text(String)
        case grid(Grid)
        /// A message to the person beside the answer: what changed, what to run next. Never in a
        /// pipe.
        case hint(String)
    }
    public var exit: ExitStatus
    /// The word for the exit code in `--output json`.
    public var outcome: String
    public var reason: String?
    public var blocks: [Block]
    /// The answer for programs.
    public var json: JSONValue

    /// A list: rows with named columns, or the text for an empty list.
    public static func list(
        _ columns: [String], _ rows: [[String]], json: JSONValue, ifEmpty words: String
    ) -> Answer {
        let grid = Block.grid(Grid(columns, rows))
        return Answer(rows.isEmpty ? [grid, .hint(words)] : [grid], json: json)
    }

    public init(
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
        _ columns: [String], _ rows: [[String]], value: some Encodable, ifEmpty words: String
    ) -> Answer {
        list(
            columns, rows, json: (try? JSONValue(encoding: value)) ?? .null, ifEmpty: words)
    }
}
