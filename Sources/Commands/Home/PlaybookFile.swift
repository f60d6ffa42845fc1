internal import CommandFiles
internal import CommandPorts
internal import Commands
internal import FoundationEssentials
internal import Ledger
public import LedgerOperations
internal import LedgerText

/// The file of the team's playbook.
public struct PlaybookFile: Sendable {
    public let path: String
    /// Whether somebody named it: then it must exist.
    public let isNamed: Bool

    public init(_ path: String, isNamed: Bool) {
        self.path = path
        self.isNamed = isNamed
    }

    /// Reads the playbook, or the reason why it cannot be read.
    public func read() -> TeamPlaybook {
        do {
            let name = URL(filePath: path).lastPathComponent
            let data: [UInt8]
            do throws(RegularFile.Problem) {
                data = try RegularFile.bytes(of: path, limit: Limits.sourceBytes)
            } catch {
                let missing = Refusal(
                    .notPossible, "there is no playbook", cause: "\(path): \(error)",
                    hint: "write one (`ledger init` creates a draft), or name it with --playbook")
                // A playbook that is named, or that exists, is never ignored silently.
                let isThere = FileManager.default.fileExists(atPath: path)
                return isNamed || isThere ? .unreadable(missing) : .missing(missing)
            }
            guard let text = String(validating: data, as: UTF8.self) else {
                throw SourceProblem(
                    file: name, line: 1, column: 1, problem: "not UTF-8", hint: nil)
            }
            return .read(try Playbook(yaml: text, file: name))
        } catch {
            return .unreadable(error)
        }
    }
}
