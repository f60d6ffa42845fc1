internal import CSQLite

/// An open connection in the hands of the block that may use it now.
package final class Database {
    /// When a transaction takes the lock for writing (sqlite.org/lang_transaction.html).
    package enum Lock: String { case deferred = "DEFERRED", immediate = "IMMEDIATE" }

    package let handle: OpaquePointer
    private var kept: [String: Statement] = [:]
    private var isClosed = false

    init(path: String, _ options: Connection.Options) throws {
        let access =
            options.isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        var handle: OpaquePointer?
        // Without a mutex of its own: `Connection` lets in one thread at a time.
        let code = sqlite3_open_v2(path, &handle, access | SQLITE_OPEN_NOMUTEX, nil)
        guard let handle, code == SQLITE_OK else {
            let extended = handle.map { sqlite3_extended_errcode($0) } ?? code
            let message = String(cString: handle.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
            sqlite3_close_v2(handle)
            throw DatabaseError(extended, message)
        }
        self.handle = handle
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, Int32(options.busySeconds * 1000))
        // A misspelled column in double quotes is an error, not a text.
        for option in [SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL] {
            try check(ledger_set_option(handle, option, 0))
        }
        try execute("PRAGMA foreign_keys = ON; " + options.pragmas)
    }

    deinit { try? close() }

    func close() throws {
        if isClosed { return }
        isClosed = true
        kept = [:]
        // A statement that someone still holds keeps the handle alive until it is released.
        try check(sqlite3_close_v2(handle))
    }

    /// Throws what SQLite says about the last call, unless it succeeded.
    func check(_ code: Int32) throws {
        if code != SQLITE_OK { throw Self.error(code, handle) }
    }

    /// What SQLite says about the last call, which returned `code`.
    static func error(_ code: Int32, _ handle: OpaquePointer?) -> DatabaseError {
        DatabaseError(code, String(cString: sqlite3_errmsg(handle)))
    }

    /// Compiles one statement.
    package func statement(_ sql: String) throws -> Statement {
        try Statement(sql, isKept: false, in: self)
    }

    /// A statement that is compiled once for each connection. Only one user at a time may step it.
    package func keptStatement(_ sql: String) throws -> Statement {
        if let known = kept[sql] {
            known.reset()
            return known
        }
        let new = try Statement(sql, isKept: true, in: self)
        kept[sql] = new
        return new
    }

    /// Runs one statement with its values, or all statements of a text without parameters.
    package func execute(_ sql: String, _ values: (any DatabaseValue)?...) throws {
        if values.isEmpty { return try check(sqlite3_exec(handle, sql, nil, nil, nil)) }
        try keptStatement(sql).run(values)
    }

    /// The number of rows that the last statement changed.
    package var changedRows: Int { Int(sqlite3_changes(handle)) }

    /// Calls `body` in a transaction, which is rolled back if it throws.
    package func transaction<T>(_ lock: Lock, _ body: (Database) throws -> T) throws -> T {
        try keptStatement("BEGIN \(lock.rawValue)").run([])
        do {
            let result = try body(self)
            releaseReads()
            try keptStatement("COMMIT").run([])
            return result
        } catch {
            releaseReads()
            // SQLite itself rolls back after some errors (a full disk).
            if sqlite3_get_autocommit(handle) == 0 { try? keptStatement("ROLLBACK").run([]) }
            throw error
        }
    }

    /// A statement that was not read to its end would keep the old state of the file in use.
    private func releaseReads() {
        for statement in kept.values { statement.reset() }
    }

    /// What a checkpoint of the log waits for (sqlite.org/c3ref/wal_checkpoint_v2.html).
    package enum Checkpoint { case passive, truncate }

    /// Copies the write-ahead log into the file; throws `DatabaseError`.
    package func checkpoint(_ mode: Checkpoint) throws {
        let mode = mode == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
        try check(sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, nil))
    }

    func backup(to other: Database) throws {
        guard let backup = sqlite3_backup_init(other.handle, "main", handle, "main") else {
            throw Self.error(sqlite3_extended_errcode(other.handle), other.handle)
        }
        let step = sqlite3_backup_step(backup, -1)
        let end = sqlite3_backup_finish(backup)
        if end != SQLITE_OK { throw Self.error(end, other.handle) }
        if step != SQLITE_DONE {
            throw DatabaseError(step, String(cString: sqlite3_errstr(step)))
        }
    }
}
