internal import CSQLite
internal import LedgerText

/// A compiled SQL statement.
package final class Statement {
    package let handle: OpaquePointer

    init(_ sql: String, isKept: Bool, in database: Database) throws {
        var statement: OpaquePointer?
        let flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        var rest = ""
        try sql.withCString { text in
            var end: UnsafePointer<CChar>?
            try database.check(
                sqlite3_prepare_v3(database.handle, text, -1, flags, &statement, &end))
            rest = end.map { String(cString: $0) } ?? ""
        }
        guard let statement else { throw DatabaseError(SQLITE_MISUSE, "the statement is empty") }
        handle = statement
        // SQLite compiles the first statement, and would leave out the others without a word.
        if !rest.trimmed.isEmpty {
            throw DatabaseError(SQLITE_MISUSE, "there is more than one statement")
        }
    }

    deinit { sqlite3_finalize(handle) }

    func reset() { sqlite3_reset(handle) }

    /// Steps to the next row; false after the last.
    func next() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw Database.error(code, sqlite3_db_handle(handle))
        }
    }

    /// Binds the values of all parameters.
    func bind(_ values: [(any DatabaseValue)?]) throws {
        reset()
        guard values.count == Int(sqlite3_bind_parameter_count(handle)) else {
            throw DatabaseError(SQLITE_RANGE, "the statement has another number of parameters")
        }
        for (index, value) in zip(Int32(1)..., values) {
            let code = value?.bind(to: handle, at: index) ?? sqlite3_bind_null(handle, index)
            if code != SQLITE_OK { throw Database.error(code, sqlite3_db_handle(handle)) }
        }
    }

    /// Runs the statement to its end.
    func run(_ values: [(any DatabaseValue)?]) throws {
        try bind(values)
        defer { reset() }
        while try next() {}
    }
}
