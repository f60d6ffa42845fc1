internal import CSQLite
internal import Glibc
internal import Ledger
package import Synchronization

/// The seal of the writer's own connection.
///
/// Every other connection meets the triggers of schema.sql, which check each row. This connection
/// runs without them, because they cost more than the row. It checks the same rules once for each
/// transaction, before the commit, from the rows that are in the file then (LED-0016).
///
/// What happens rarely and changes or takes over entries (redactions, copies, upgrades) runs with
/// the triggers.
package final class WriterSeal {
    /// Leaves all checks to the triggers: for tests, which run once so.
    package static let leavesToTriggers = Atomic<Bool>(false)

    /// What SQLite's hook saw in the present transaction.
    private struct Seen {
        /// The number of entries before it.
        var head = 0
        /// Rows that were added to table `entry`.
        var added = 0
        /// Rows of sealed tables that were changed, deleted, or added at the place of an older one.
        var changes = 0
    }

    /// `nil` after the end.
    private var connection: OpaquePointer?
    private let seen = UnsafeMutablePointer<Seen>.allocate(capacity: 1)
    /// Whether the connection runs without triggers.
    private var isOwn = false

    package init(_ database: Database) {
        connection = database.handle
        seen.initialize(to: Seen())
        // SQLite calls it for each changed row, except for rows that REPLACE deletes, or a DELETE
        // without a condition. A test keeps such statements out of the store.
        sqlite3_update_hook(
            connection,
            { seen, operation, _, table, row in
                guard let seen = seen?.assumingMemoryBound(to: Seen.self), let table else { return }
                let isNew = operation == SQLITE_INSERT
                if isNew, WriterSeal.isNamed(table, "entry") { seen.pointee.added += 1 }
                let isOld = Int(row) <= seen.pointee.head && !WriterSeal.isNamed(table, "content")
                if isNew && !isOld
                    || !WriterSeal.tables.contains(where: { WriterSeal.isNamed(table, $0) })
                {
                    return
                }
                seen.pointee.changes += 1
            }, seen)
    }

    deinit {
        end()
        seen.deallocate()
    }

    /// Lets go of the connection. It must be called before the connection is closed.
    package func end() {
        if let connection { sqlite3_update_hook(connection, nil, nil) }
        connection = nil
    }

    /// Tables whose rows never change.
    package static let tables = ["entry", "root", "checkpoint", "redaction", "copied", "content"]

    private static func isNamed(_ table: UnsafePointer<CChar>, _ name: String) -> Bool {
        strcmp(table, name) == 0
    }

    /// Whether the triggers check the rows of a transaction, or `check` at its end.
    package enum Guard { case triggers, ownCheck }

    /// Begins to guard a transaction that adds entries after `head`; returns what guards it.
    package func begin(_ wanted: Guard, after head: Int) throws -> Guard {
        seen.pointee = Seen(head: head)
        let isOwn =
            wanted == .ownCheck && !Self.leavesToTriggers.load(ordering: .relaxed)
        if isOwn != self.isOwn {
            // SQLite then compiles all statements again: the switch must be rare.
            let code = ledger_set_option(
                connection, SQLITE_DBCONFIG_ENABLE_TRIGGER, isOwn ? 0 : 1)
            if code != SQLITE_OK { throw Database.error(code, connection) }
            self.isOwn = isOwn
        }
        return isOwn ? .ownCheck : .triggers
    }

    /// Checks the transaction that added the entries after `head`, and writes the heads of their
    /// streams. Throws `DatabaseError`, as a trigger would.
    package func check(after head: Int, upto last: Int, in database: Database) throws {
        if seen.pointee.changes > 0 { throw Self.broken("a row of the ledger never changes") }
        try checkCommit(after: head, upto: last, in: database)
        let row = RowAccess(
            try database.keptStatement(
                """
                INSERT INTO stream (name, head) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET head = excluded.head
                """))
        for (stream, position) in try positions(after: head, upto: last, in: database) {
            row.bind(stream.text, at: 1)
            row.bind(position, at: 2)
            try row.run()
        }
        // A connection has one such hook: another library could have replaced it.
        if seen.pointee.added != last - head {
            throw Self.broken("the writer did not see all rows that it added")
        }
    }

    /// The last position of each stream that the new entries are in: each entry must be the next of
    /// the ledger and of its stream.
    private func positions(
        after head: Int, upto last: Int, in database: Database
    ) throws -> [ExactText: Int] {
        let rows = RowAccess(
            try database.keptStatement(
                """
                SELECT sequence, position, stream, recorded FROM entry WHERE sequence >= ?
                ORDER BY sequence
                """), scanning: true)
        defer { rows.reset() }
        rows.bind(head, at: 1)
        // The entry before the new ones is still there.
        var next = head == 0 ? 1 : head
        var heads: [ExactText: Int] = [:]
        var recorded = Int.min
        while try rows.next() {
            guard rows.integer(3) >= recorded else {
                throw Self.broken("an entry is not recorded before the last one")
            }
            recorded = rows.integer(3)
            guard rows.integer(0) == next, let stream = rows.repeated(2).map({ ExactText($0) })
            else { throw Self.broken("an entry is added only at the end of the ledger") }
            next += 1
            if rows.integer(0) == head { continue }
            let before = try heads[stream] ?? self.head(of: stream.text, in: database)
            guard rows.integer(1) == before + 1 else {
                throw Self.broken("an entry is added only at the end of its stream")
            }
            heads[stream] = before + 1
        }
        guard next == last + 1 else {
            throw Self.broken("an entry is added only at the end of the ledger")
        }
        return heads
    }

    private func head(of stream: String, in database: Database) throws -> Int {
        let row = RowAccess(
            try database.keptStatement("SELECT head FROM stream WHERE name = ?"))
        defer { row.reset() }
        row.bind(stream, at: 1)
        return try row.next() ? row.integer(0) : 0
    }

    /// The root and the checkpoint of the commit cover all entries, and nothing says that bytes of
    /// the new entries were taken out.
    private func checkCommit(after head: Int, upto last: Int, in database: Database) throws {
        let row = RowAccess(
            try database.keptStatement(
                """
                SELECT (SELECT count(*) FROM root WHERE size > ?1),
                    (SELECT max(size) FROM root),
                    (SELECT count(*) FROM checkpoint WHERE size > ?1),
                    (SELECT max(size) FROM checkpoint WHERE size > ?1),
                    EXISTS (SELECT 1 FROM redaction WHERE sequence > ?1),
                    EXISTS (SELECT 1 FROM copied WHERE upto > ?1)
                """))
        defer { row.reset() }
        row.bind(head, at: 1)
        let isGrown = last > head
        guard try row.next(), row.integer(0) == (isGrown ? 1 : 0),
            !isGrown || row.integer(1) == last
        else {
            throw Self.broken("a root is added only over all entries")
        }
        let checkpoints = row.integer(2)
        guard checkpoints == 0 || isGrown && checkpoints == 1 && row.integer(3) == last else {
            throw Self.broken("a checkpoint is added only over all entries")
        }
        if row.integer(4) != 0 {
            throw Self.broken("bytes are said to be taken out of an entry that is not there")
        }
        if row.integer(5) != 0 { throw Self.broken("a copy ends with the last entry") }
    }

    /// The text of the trigger with the same rule.
    private static func broken(_ rule: String) -> DatabaseError {
        DatabaseError(DatabaseError.refusedByTrigger, "ledger: \(rule)")
    }
}
