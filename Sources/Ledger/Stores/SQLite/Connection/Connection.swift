internal import CSQLite
internal import Dispatch

/// One connection to an SQLite file. Any thread may use it; one at a time does.
///
/// It is `@unchecked Sendable` because only blocks on `queue` touch the C handle.
package final class Connection: @unchecked Sendable {
    /// Whether a connection may write, and what it sets before its first statement.
    package struct Options {
        package var isReadOnly = false
        /// SQL that sets pragmas.
        package var pragmas = ""
        /// How long a statement waits for the lock of another connection, in seconds.
        package var busySeconds = 0.0

        package init(isReadOnly: Bool = false, pragmas: String = "", busySeconds: Double = 0) {
            self.isReadOnly = isReadOnly
            self.pragmas = pragmas
            self.busySeconds = busySeconds
        }
    }

    package let path: String
    private let queue = DispatchQueue(label: "ledger.connection")
    /// `nil` after `close`.
    private var database: Database?

    /// Opens the file at `path`, which is created if it is missing; throws `DatabaseError`. The
    /// empty path is a temporary file, and ":memory:" a database in memory.
    package init(path: String, _ options: Options = Options()) throws {
        self.path = path
        database = try Database(path: path, options)
    }

    /// A new database in memory.
    convenience init() throws { try self.init(path: ":memory:") }

    /// Calls `body` with the connection.
    package func use<T>(_ body: (Database) throws -> T) throws -> T {
        try queue.sync {
            guard let database else {
                throw DatabaseError(SQLITE_MISUSE, "the connection is closed")
            }
            return try body(database)
        }
    }

    /// Calls `body` in a transaction that sees one state of the file.
    package func read<T>(_ body: (Database) throws -> T) throws -> T {
        try use { try $0.transaction(.deferred) { try body($0) } }
    }

    /// Calls `body` in a transaction, which is rolled back if it throws.
    package func write<T>(_ body: (Database) throws -> T) throws -> T {
        try use { try $0.transaction(.immediate) { try body($0) } }
    }

    /// Copies the whole file, as of one moment, over another one.
    func backup(to other: Connection) throws {
        try use { source in try other.use { try source.backup(to: $0) } }
    }

    /// Closes the connection. A second call does nothing.
    package func close() throws {
        try queue.sync {
            guard let open = database else { return }
            database = nil
            try open.close()
        }
    }
}
