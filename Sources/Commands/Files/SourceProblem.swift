public import Ledger
internal import LedgerText
internal import Yams

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

extension SourceProblem {
    init(_ error: YamlError, file: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            self.init(
                file: file, line: mark.line, column: mark.column,
                problem: "not YAML: "
                    + ([context?.description, problem].compactMap(\.self).joined(separator: " "))
                    .exchanging("\n", for: ""),
                hint: "indent with spaces, and quote text that contains \": \" or \" #\"")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.joined(separator: ", ")
            self.init(
                file: file, line: context.mark.line, column: context.mark.column,
                problem: "the key \(keys) occurs twice in one mapping", hint: nil)
        default:
            self.init(file: file, line: 1, column: 1, problem: "not YAML: \(error)", hint: nil)
        }
    }
}
