internal import Crypto
internal import LedgerText

/// Environment variables.
enum Variable {
    /// Whether a text is the name of one (XBD 8.1): what else a shell would do with it is nobody's
    /// business.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !ASCII.isDigit(first) else { return false }
        return text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }
}

/// A file of the project, as it lies on disk.
public struct ProjectFile: Hashable, Sendable {
    public var bytes: [UInt8]
    public var executable: Bool

    /// Whether it is one that is run: by itself, or by an interpreter that its first line names.
    var isProgram: Bool { executable || bytes.starts(with: Array("#!".utf8)) }

    public init(bytes: [UInt8], executable: Bool) {
        self.bytes = bytes
        self.executable = executable
    }
}
