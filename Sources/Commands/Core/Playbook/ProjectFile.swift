internal import Crypto
internal import LedgerText

/// Environment variables.
enum Variable {
    /// Whether a text is a valid name of a variable (XBD 8.1). Other texts could mean something
    /// else to a shell.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !ASCII.isDigit(first) else { return false }
        return text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }
}

/// A file of the project as stored on disk.
public struct ProjectFile: Hashable, Sendable {
    public var bytes: [UInt8]
    public var executable: Bool

    /// Whether the file can be run: directly, or by the interpreter that its first line names.
    var isProgram: Bool { executable || bytes.starts(with: Array("#!".utf8)) }

    public init(bytes: [UInt8], executable: Bool) {
        self.bytes = bytes
        self.executable = executable
    }
}
