public import Ledger

/// A file that cannot be read: its path, the line and column (from 1), and the problem.
public struct SourceProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public let file: String
    public let line: Int
    public let column: Int
    public let problem: String
    public let hint: Hint?
    public var description: String { "\(file):\(line):\(column): \(problem)" }

    public init(file: String, line: Int, column: Int, problem: String, hint: Hint?) {
        self.file = file
        self.line = line
        self.column = column
        self.problem = problem
        self.hint = hint
    }
}
