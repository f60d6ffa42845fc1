internal import CSQLite

/// SQLite refused or failed: its extended result code (sqlite.org/rescode.html) and its message.
///
/// The message never has the values that were bound: they may be secret.
package struct DatabaseError: Error, CustomStringConvertible {
    /// The extended result code.
    package let extendedCode: Int32
    package let message: String

    /// A row that a trigger of the schema refuses.
    static let refusedByTrigger = SQLITE_CONSTRAINT | 7 << 8

    /// The disk has no room for the index of the log (`-shm`).
    static let noRoomForIndex = SQLITE_IOERR | 19 << 8

    package init(_ code: Int32, _ message: String) {
        extendedCode = code
        self.message = message
    }

    /// The primary result code.
    package var code: Int32 { extendedCode & 0xFF }

    package var description: String { "SQLite: \(message) (\(extendedCode))" }
}
