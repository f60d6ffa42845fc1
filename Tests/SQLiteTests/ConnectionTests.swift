import CSQLite
import Foundation
import Ledger
import LedgerSQLite
import Support
import Testing

/// What the store relies on in its own connection to SQLite.
struct ConnectionTests {
    private let sandbox: Sandbox
    private let file: Connection

    init() throws {
        sandbox = try Sandbox()
        file = try Connection(path: sandbox.path("a.db"))
        try file.use {
            try $0.execute("PRAGMA journal_mode = WAL")
            try $0.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1), ('two'), (x'03'), (NULL)")
        }
    }

    private struct Stop: Error {}

    @Test func whatThrowsChangesNothing() throws {
        #expect(throws: Stop.self) {
            try file.write { database in
                try database.execute("DELETE FROM t")
                throw Stop()
            }
        }
        // A wrong statement in the middle does not leave the transaction open either.
        #expect(throws: DatabaseError.self) {
            try file.write { database in
                try database.execute("DELETE FROM t")
                try database.execute("DELETE FROM nothing")
            }
        }
        #expect(try file.read { try Int.first($0, "SELECT count(*) FROM t") } == 4)
    }

    /// SQLite would compile the first statement and leave out the rest without a word.
    @Test(arguments: [
        "DELETE FROM t WHERE a = ?; DELETE FROM t", "DELETE FROM t; DELETE FROM t WHERE a = ?",
    ])
    func aSecondStatementWithValuesIsRefused(sql: String) throws {
        #expect(throws: DatabaseError.self) { try file.use { try $0.execute(sql, 1) } }
        #expect(try file.read { try Int.first($0, "SELECT count(*) FROM t") } == 4)
        try file.use { try $0.execute("DELETE FROM t WHERE a = ? ;\n", 1) }
        #expect(try file.read { try Int.first($0, "SELECT count(*) FROM t") } == 3)
    }

    @Test func aMissingValueIsNotNull() throws {
        #expect(throws: DatabaseError.self) {
            try file.use { try $0.execute("INSERT INTO t VALUES (?), (?)", 5) }
        }
        #expect(throws: DatabaseError.self) {
            try file.use { try $0.execute("INSERT INTO t VALUES (?)", 5, 6) }
        }
    }

    /// A damaged file may have any type in any column: none of them ends the program.
    @Test func aColumnOfAnotherTypeIsLeftOut() throws {
        try file.read { database throws in
            #expect(try Int.all(database, "SELECT a FROM t") == [1])
            #expect(try String.all(database, "SELECT a FROM t") == ["two"])
            #expect(try [UInt8].all(database, "SELECT a FROM t") == [[3]])
            #expect(try Int.first(database, "SELECT a FROM t ORDER BY a DESC") == nil)
        }
    }

    @Test(arguments: ["", "'", "é", "e\u{301}", "a\u{0}b", "\u{1F680}"])
    func textsKeepTheirBytes(text: String) throws {
        let bytes = Array(text.utf8)
        let (read, size) = try file.write { database in
            try database.execute("INSERT INTO t VALUES (?)", text)
            return (
                try String.first(database, "SELECT a FROM t ORDER BY rowid DESC"),
                try [UInt8].first(
                    database, "SELECT CAST(a AS BLOB) FROM t WHERE a IS ? AND typeof(a) = 'text'",
                    text)
            )
        }
        #expect(read.map { Array($0.utf8) } == bytes && size == bytes)
    }

    /// A misspelled column would otherwise be a text.
    @Test func doubleQuotesAreNoText() throws {
        #expect(throws: DatabaseError.self) {
            try file.use { try $0.execute("DELETE FROM t WHERE a <> \"b\"") }
        }
    }

    /// A query that was not read to its end would keep the old state of the file in use, and the
    /// log would grow for ever.
    @Test func whatWasNotReadToItsEndIsLetGo() throws {
        let other = try Connection(path: sandbox.path("a.db"))
        try other.read { database in
            let rows = try database.keptStatement("SELECT a FROM t")
            #expect(sqlite3_step(rows.handle) == SQLITE_ROW)
        }
        try file.use { database in
            try database.execute("INSERT INTO t VALUES (9)")
            try database.checkpoint(.truncate)
        }
        #expect(try other.read { try Int.first($0, "SELECT count(*) FROM t") } == 5)
    }

    @Test func aClosedConnectionRefuses() throws {
        try file.close()
        try file.close()
        let error = #expect(throws: DatabaseError.self) {
            try file.read { try Int.first($0, "SELECT 1") }
        }
        #expect(error?.message == "the connection is closed")
    }

    @Test func whatIsOpenedForReadingCannotWrite() throws {
        let reader = try Connection(
            path: sandbox.path("a.db"), Connection.Options(isReadOnly: true))
        let error = #expect(throws: DatabaseError.self) {
            try reader.write { try $0.execute("DELETE FROM t") }
        }
        #expect(error?.code == SQLITE_READONLY)
        #expect(throws: DatabaseError.self) {
            try Connection(path: sandbox.path("none.db"), Connection.Options(isReadOnly: true))
        }
    }

    /// One at a time, from many threads.
    @Test func threadsTakeTurns() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...8 {
                group.addTask {
                    for _ in 1...50 {
                        try file.write { database in
                            let count = try Int.first(database, "SELECT count(*) FROM t") ?? 0
                            try database.execute("INSERT INTO t VALUES (?)", count)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let numbers = try file.read { try Int.all($0, "SELECT a FROM t WHERE rowid > 4") }
        #expect(numbers == Array(4..<404))
    }

    /// Messages reach logs; values may be secret.
    @Test func errorsDoNotSayValues() throws {
        try file.use { try $0.execute("CREATE TABLE u (a UNIQUE)") }
        let error = #expect(throws: DatabaseError.self) {
            try file.write { database in
                for _ in 1...2 { try database.execute("INSERT INTO u VALUES (?)", "hunter2") }
            }
        }
        #expect(error?.code == SQLITE_CONSTRAINT && error?.description.contains("hunter2") == false)
    }
}
