import CommandPorts
import Commands
import Foundation
import Ledger
import LedgerSQLite
import Projections
import Support
import Testing

/// The database keeps the promise: whoever connects, with whatever program.
struct SealTests {
    /// A ledger of three entries, opened by somebody who does not use the store.
    static func stranger(_ pragmas: String = "") async throws -> (Sandbox, Connection) {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        let content = Content([1, 2, 3])
        _ = try await store.append(
            (1...3).map { Sample.draft($0, source: Source(name: "x", id: "\($0)")) },
            to: .general, expecting: .any, keeping: [content])
        try store.close()
        let queue = try Connection(path: sandbox.path("ledger.db"))
        try queue.use { try $0.execute(pragmas) }
        return (sandbox, queue)
    }

    private static let columns = """
        id, stream, position, kind, time, recorded, "by", known, hashes, payload
        """
    static func insert(_ sequence: Int, position: Int, id: String, verb: String) -> String {
        """
        \(verb) INTO entry (sequence, \(columns)) VALUES (\(sequence), \(id), 'general', \(position), \
        'note.added', 1, 2000000000000000, 'mallory', 'declared', zeroblob(32), '{}')
        """
    }

    /// Statements that would change what is recorded.
    static let roads = [
        "UPDATE entry SET payload = '{}' WHERE sequence = 2",
        "UPDATE entry SET sequence = 9 WHERE sequence = 3",
        "DELETE FROM entry WHERE sequence = 3",
        "DELETE FROM entry",
        insert(2, position: 2, id: "randomblob(16)", verb: "INSERT OR REPLACE"),
        insert(2, position: 4, id: "randomblob(16)", verb: "REPLACE"),
        insert(4, position: 4, id: "(SELECT id FROM entry WHERE sequence = 2)", verb: "REPLACE"),
        insert(5, position: 4, id: "randomblob(16)", verb: "INSERT"),
        insert(0, position: 4, id: "randomblob(16)", verb: "INSERT"),
        insert(-1, position: 4, id: "randomblob(16)", verb: "INSERT"),
        insert(4, position: 5, id: "randomblob(16)", verb: "INSERT"),
        insert(4, position: 3, id: "randomblob(16)", verb: "INSERT"),
        """
        REPLACE INTO entry (sequence, source, source_id, \(columns)) VALUES (4, 'x', '2', \
        randomblob(16), 'general', 4, 'note.added', 1, 2000000000000000, 'mallory', 'declared', zeroblob(32), '{}')
        """,
        "UPDATE root SET root = zeroblob(32)", "DELETE FROM root",
        "REPLACE INTO root (size, root) VALUES (3, zeroblob(32))",
        "INSERT INTO root (size, root) VALUES (2, zeroblob(32))",
        "UPDATE content SET bytes = x'00'", "DELETE FROM content",
        "REPLACE INTO content (hash, bytes) SELECT hash, x'00' FROM content",
        """
        INSERT OR REPLACE INTO content (rowid, hash, bytes) SELECT rowid, 'other', x'' FROM content
        """, "UPDATE content SET size = 7",
        "UPDATE entry SET salt = zeroblob(16) WHERE sequence = 2",
        "UPDATE entry SET salt = NULL WHERE sequence = 3",
        "UPDATE entry SET salt = x'' WHERE sequence = 3",
        "INSERT INTO root (size, root) VALUES (9999999, zeroblob(32))",
        "UPDATE stream SET head = 100", "UPDATE stream SET name = 'other'", "DELETE FROM stream",
        "REPLACE INTO stream (name, head) VALUES ('general', 1)",
        "INSERT INTO stream (name, head) VALUES ('other', 1)",
    ]

    @Test(arguments: roads)
    func everyRoadIsClosed(sql: String) async throws {
        for pragmas in ["", "PRAGMA recursive_triggers = ON", "PRAGMA recursive_triggers = OFF"] {
            let (sandbox, queue) = try await Self.stranger(pragmas)
            let before = try await Self.dump(queue)
            #expect(throws: DatabaseError.self, "\(sql)") {
                try queue.write { try $0.execute(sql) }
            }
            #expect(try await Self.dump(queue) == before)
            withExtendedLifetime(sandbox) {}
        }
    }

    static func dump(_ queue: Connection) async throws -> [String] {
        try queue.read { database in
            try ["entry", "root", "content", "stream"].flatMap { table in
                try database.rows("SELECT * FROM \(table)")
            }
        }
    }

    @Test func theRightEntryAtTheEndIsLetIn() async throws {
        let (sandbox, queue) = try await Self.stranger()
        try queue.write {
            try $0.execute(
                Self.insert(4, position: 4, id: "randomblob(16)", verb: "INSERT"))
        }
        try queue.close()
        // It is let in by the tables, and found out by its hash.
        let store = try SQLiteStore(path: sandbox.path("ledger.db"), .reading, views: [])
        #expect(try store.verify().findings.first?.sequence == 4)
    }

    @Test(arguments: [
        ("DROP TRIGGER entry_is_not_changed", "trigger entry_is_not_changed is missing"),
        ("DROP TRIGGER entry_is_not_deleted", "trigger entry_is_not_deleted is missing"),
        ("DROP INDEX entry_source", "index entry_source is missing"),
    ])
    func aMissingGuardIsFound(sql: String, what: String) async throws {
        let (sandbox, queue) = try await Self.stranger()
        try queue.write { try $0.execute(sql) }
        try queue.close()
        let store = try SQLiteStore(path: sandbox.path("ledger.db"), .reading, views: [])
        #expect(try store.verify().findings.contains { $0.what.hasPrefix(what) })
    }

    /// A turned bit in the list of tables: an index that has no SQL, a name of its table.
    @Test(arguments: [
        "name = 'sqlite_autoindex_entry_3' WHERE name = 'sqlite_autoindex_entry_1'",
        "tbl_name = 'entrx' WHERE name = 'entry_is_not_deleted'",
    ])
    func aChangedListOfTablesIsFound(change: String) async throws {
        let (sandbox, queue) = try await Self.stranger()
        try queue.use { database in
            try database.execute(
                "PRAGMA writable_schema = ON; UPDATE sqlite_master SET \(change)")
        }
        try queue.close()
        do {
            let store = try SQLiteStore(path: sandbox.path("ledger.db"), .reading, views: [])
            #expect(try !store.verify().findings.isEmpty)
        } catch let problem as StoreProblem { #expect(problem.kind == .damaged) }
    }

    /// With the guards gone anything can be changed; verify names the first entry that was.
    @Test(arguments: [
        "payload = '{\"text\":\"bye\"}'", "kind = 'note.lost'", "time = time + 1",
        "recorded = recorded + 1", "\"by\" = 'mallory'", "known = 'signed'", "tag = 'v9'",
        "digest = 'sha256:00'", "source = 'y'", "id = randomblob(16)", "stream = 'other'",
        "cause = randomblob(16)", "correlation = randomblob(16)", "environment = 'production'",
        "service = 'web'", "revision = 'abcdef0'", "position = 7",
        "hashes = zeroblob(length(hashes))", "hashes = substr(hashes, 1, 32)",
    ])
    func everyChangedColumnIsFound(change: String) async throws {
        let (sandbox, queue) = try await Self.stranger()
        try queue.write {
            try $0.execute(
                "DROP TRIGGER entry_is_not_changed; UPDATE entry SET \(change) WHERE sequence = 2"
            )
        }
        try queue.close()
        let store = try SQLiteStore(path: sandbox.path("ledger.db"), .reading, views: [])
        #expect(try store.verify().findings.first?.sequence == 2)
    }

    @Test(arguments: [
        ("", true), ("INSERT INTO search (search) VALUES ('delete-all')", false),
        ("INSERT INTO search (rowid, words) VALUES (2, 'vweb')", false),
        ("INSERT INTO search (rowid, words) VALUES (4, 'knote.added')", false),
    ])
    func theSearchIndexFollowsFromTheEntries(sql: String, isWhole: Bool) async throws {
        let (sandbox, queue) = try await Self.stranger()
        try queue.close()
        let writer = try SQLiteStore(path: sandbox.path("ledger.db"), .writing, views: [])
        try writer.rebuild()
        try writer.close()
        let changer = try Connection(path: sandbox.path("ledger.db"))
        try changer.write { try $0.execute(sql) }
        try changer.close()
        let store = try SQLiteStore(path: sandbox.path("ledger.db"), .reading, views: [])
        #expect(try store.verify().findings.isEmpty == isWhole)
    }

    @Test func aRootThatIsNoHashIsFound() async throws {
        let (sandbox, queue) = try await Self.stranger()
        try queue.write {
            try $0.execute(
                "DROP TRIGGER root_is_not_changed; UPDATE root SET root = x'00' WHERE size = 3"
            )
        }
        try queue.close()
        let store = try SQLiteStore(path: sandbox.path("ledger.db"), .reading, views: [])
        let findings = try store.verify().findings
        #expect(findings.contains { $0.sequence == 3 && $0.what.contains("is not a hash") })
    }

    /// Mistake 8: a hash chain alone still verifies after its tail was cut. The roots do not.
    @Test func mistake08_aCutTailIsFound() async throws {
        let (sandbox, queue) = try await Self.stranger()
        try queue.write {
            try $0.execute(
                """
                DROP TRIGGER entry_is_not_deleted; DELETE FROM entry WHERE sequence = 3;
                DROP TRIGGER stream_follows_entry; UPDATE stream SET head = 2;
                """)
        }
        try queue.close()
        let store = try SQLiteStore(path: sandbox.path("ledger.db"), .reading, views: [])
        let findings = try store.verify().findings
        #expect(findings.contains { $0.sequence == 3 && $0.what.contains("missing") })
    }

    @Test(arguments: [
        ("DROP TRIGGER entry_is_not_deleted; DELETE FROM entry WHERE sequence = 2", 2),
        ("DROP TRIGGER entry_is_not_deleted; DELETE FROM entry WHERE sequence = 1", 1),
    ])
    func aMissingEntryIsFound(sql: String, sequence: Int) async throws {
        let (sandbox, queue) = try await Self.stranger()
        try queue.write { try $0.execute(sql) }
        try queue.close()
        let store = try SQLiteStore(path: sandbox.path("ledger.db"), .reading, views: [])
        #expect(try store.verify().findings.contains { $0.sequence == sequence })
    }

    @Test(arguments: [
        "DROP TRIGGER root_is_not_changed; UPDATE root SET root = zeroblob(32)",
        "DROP TRIGGER root_is_not_deleted; DELETE FROM root",
        "DROP TRIGGER content_is_not_changed; UPDATE content SET bytes = x'00'",
        "DROP TRIGGER stream_follows_entry; UPDATE stream SET head = 9",
    ])
    func otherChangesAreFound(sql: String) async throws {
        let (sandbox, queue) = try await Self.stranger()
        try queue.write { try $0.execute(sql) }
        try queue.close()
        let store = try SQLiteStore(path: sandbox.path("ledger.db"), .reading, views: [])
        let findings = try store.verify().findings.filter { !$0.what.contains("trigger") }
        #expect(!findings.isEmpty)
    }

    /// A ledger of one run's entry that names a bundle, which names a file.
    private func ledgerWithABundle() async throws -> (Sandbox, file: Content) {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        let file = Content(Array("#!/bin/sh".utf8))
        let bundle = Content(Array(#"{"files":[{"hash":"\#(file.hash)"}]}"#.utf8))
        var draft = Sample.draft(
            1, kind: .deployFinished, payload: #"{"bundle":"\#(bundle.hash)"}"#)
        draft.correlation = EntryID(high: 1, low: 1)
        _ = try await store.append(
            [draft], to: .general, expecting: .any, keeping: [file, bundle])
        #expect(try store.verify().findings == [])
        try store.close()
        return (sandbox, file)
    }

    /// The way back is in kept contents: that one is gone must be known before it is needed.
    @Test func aContentThatIsMissingIsFound() async throws {
        let (sandbox, file) = try await ledgerWithABundle()
        let queue = try Connection(path: sandbox.path("ledger.db"))
        try queue.write {
            try $0.execute("DROP TRIGGER content_is_not_deleted")
            try $0.execute(
                "DELETE FROM content WHERE hash = ?",
                file.hash.rawValue)
        }
        try queue.close()
        let store = try SQLiteStore(path: sandbox.path("ledger.db"), .reading, views: [])
        #expect(
            try store.verify().findings.contains {
                $0.what == "the content \(file.hash), which it references, is missing"
            })
    }

    /// The store reads by their names the fields in which plans and bundles name contents: each
    /// content of a plan as Commands makes it is missed.
    @Test func whateverAPlanNamesIsMissed() async throws {
        let sandbox = try Sandbox()
        let file = Content(Array("#!/bin/sh".utf8))
        let given = try await Given([Sample.deployed(Sample.release(1))])
        var bundles = [Sample.bundle(Sample.release(2)), Sample.bundle(Sample.release(1))]
        bundles[0].files = [BundleFile(path: "switch", hash: file.hash, executable: true)]
        let kept = try bundles.map { try $0.content() }
        let parts = MoveParts(
            bundle: bundles[0], bundleHash: kept[0].hash, present: bundles[1],
            presentHash: kept[1].hash)
        let plan = try Plan.make(
            PlanRequest(kind: .deploy, onFailure: .back), in: given.view,
            place: Playbook.Environment(),
            parts: [parts], by: Author(name: "alice"), now: Fixed.start
        ).content()
        let contents = [file, plan] + kept
        let store = try sandbox.ledger()
        let started = RunStarted(environment: Sample.production, plan: plan.hash, token: 1)
        let draft = try Draft(
            .deployStarted(started), id: EntryID(high: 1, low: 2), time: Fixed.start,
            recorded: Fixed.start, by: Author(name: "alice"),
            correlation: EntryID(high: 1, low: 1))
        _ = try await store.append([draft], to: .general, expecting: .any, keeping: contents)
        #expect(try store.verify().findings == [])
        try store.close()
        for content in contents {
            let copy = sandbox.path("\(content.hash).db")
            let queue = try Connection(path: sandbox.path("ledger.db"))
            try queue.use {
                try $0.execute("VACUUM INTO '\(copy)'")
            }
            try queue.close()
            let other = try Connection(path: copy)
            try other.write {
                try $0.execute("DROP TRIGGER content_is_not_deleted")
                try $0.execute(
                    "DELETE FROM content WHERE hash = ?",
                    content.hash.rawValue)
            }
            try other.close()
            let damaged = try SQLiteStore(path: copy, .reading, views: StoredViews.all)
            #expect(try damaged.verify().findings.contains { $0.what.contains("\(content.hash)") })
        }
    }

    /// Bytes that somebody put under another's hash are not handed out: they would be run.
    @Test func forgedContentIsNotHandedOut() async throws {
        let (sandbox, file) = try await ledgerWithABundle()
        let queue = try Connection(path: sandbox.path("ledger.db"))
        try queue.write {
            try $0.execute("DROP TRIGGER content_is_not_changed")
            try $0.execute(
                "UPDATE content SET bytes = CAST('rm -rf /' AS BLOB) WHERE hash = ?",
                file.hash.rawValue)
        }
        try queue.close()
        let store = try SQLiteStore(path: sandbox.path("ledger.db"), .reading, views: [])
        #expect(await problem { _ = try await store.content(file.hash) }?.kind == .damaged)
    }
}
