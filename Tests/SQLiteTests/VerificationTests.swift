import CommandEngine
import Foundation
import Ledger
import LedgerSQLite
import Projections
import Support
import Testing

/// What `verify` says, to the word: it is read by somebody who has to find the place.
struct VerificationTests {
    private let sandbox: Sandbox
    private var path: String { sandbox.path("ledger.db") }

    init() throws { sandbox = try Sandbox() }

    /// A ledger of so many deploys, and what is found once somebody without our code changed it.
    private func found(
        of count: Int = 3, keeping contents: [Content] = [],
        in scope: VerificationScope = .everything,
        after change: @escaping @Sendable (Database) throws -> Void
    ) async throws -> [Verification.Finding] {
        let store = try sandbox.ledger()
        var drafts = (1...count).map { Sample.deployDraft($0) }
        if !contents.isEmpty {
            let log = contents.map { "\"\($0.hash)\"" }.joined(separator: ",")
            drafts.append(
                Sample.draft(count + 1, kind: .ledgerMerged, payload: #"{"log":[\#(log)]}"#))
        }
        _ = try await store.append(drafts, to: .general, expecting: .any, keeping: contents)
        #expect(try store.verify().findings == [])
        try store.close()
        let queue = try Connection(path: path)
        try queue.write { try change($0) }
        try queue.close()
        let reader = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        return try reader.verify(scope).findings
    }

    /// What an hourly check finds, and what it leaves to the whole one.
    @Test(arguments: [
        ("UPDATE entry SET payload = '{}'", true), ("UPDATE entry SET salt = x''", true),
        ("UPDATE entry SET hashes = zeroblob(32) WHERE sequence = 1", true),
        ("UPDATE root SET root = zeroblob(32)", true),
        ("DELETE FROM entry WHERE sequence = 2", true),
        ("UPDATE stream SET head = 9", true),
        ("UPDATE view_row SET state = 'verified' WHERE view = 'environment'", true),
        ("DELETE FROM view_row WHERE view = 'deployment'", true),
        ("INSERT INTO view_row (view, key, since) VALUES ('release', 'x', 1)", false),
        ("INSERT INTO view_row (view, key, since) VALUES ('other', 'x', 1)", false),
        ("DELETE FROM search_idx", false), ("UPDATE search_config SET v = 99", false),
        ("UPDATE search_reached SET reached = 9223372036854775807", true),
        ("INSERT INTO search (search) VALUES ('delete-all')", false),
        ("UPDATE content SET bytes = x'00'", false),
    ])
    func aQuickCheckFindsWhatWasRecorded(change: String, isFound: Bool) async throws {
        let content = Content([1, 2, 3])
        let sql = { @Sendable (database: Database) throws -> Void in
            // The triggers come back, so that only the change is there to be found.
            let read = "FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
            let guards = try String.all(database, "SELECT sql \(read)")
            for name in try String.all(database, "SELECT name \(read)") {
                try database.execute("DROP TRIGGER \(name)")
            }
            try database.execute(change)
            for sql in guards { try database.execute(sql) }
        }
        let quick = try await found(of: 300, keeping: [content], in: .quick, after: sql)
        #expect(quick.isEmpty != isFound, "\(change): \(quick)")
        let reader = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        #expect(try !reader.verify().findings.isEmpty)
    }

    @Test func aQuickCheckFindsThatATriggerIsMissing() async throws {
        let findings = try await found(in: .quick) {
            try $0.execute("DROP TRIGGER entry_is_not_deleted")
        }
        #expect(findings.map(\.what).first?.hasPrefix("trigger entry_is_not_deleted") == true)
    }

    /// Whether the leaf or what follows from it is wrong are two things.
    @Test(arguments: [
        (0..<32, "its content does not match its stored hash"),
        (32..<64, "its tree nodes do not match the leaves"),
    ])
    func leafAndNodesAreToldApart(place: Range<Int>, what: String) async throws {
        let findings = try await found { database in
            let read = "SELECT hashes FROM entry WHERE sequence = 2"
            var hashes = try [UInt8].first(database, read) ?? []
            try #require(hashes.count == 64)
            for index in place { hashes[index] ^= 1 }
            try database.execute("DROP TRIGGER entry_is_not_changed")
            try database.execute("UPDATE entry SET hashes = ? WHERE sequence = 2", hashes)
        }
        #expect(findings.first?.sequence == 2 && findings.first?.what == what)
    }

    /// A row of another program, behind the last entry: nothing could be written any more.
    @Test func copiesThatAreNotThereAreFound() async throws {
        let findings = try await found { database in
            let sql = try String.first(
                database, "SELECT sql FROM sqlite_master WHERE name = 'copied_is_last'")
            try database.execute("DROP TRIGGER copied_is_last; INSERT INTO copied VALUES (999)")
            try database.execute(sql ?? "")
        }
        #expect(findings.contains { $0.what.contains("says that 999 entries were copied") })
    }

    /// Nothing that verify counts reaches it, and no question that asks all entries; it must not
    /// decide what is told.
    @Test func anEntryBeforeTheFirstIsFoundAndMeansNothing() async throws {
        let change: @Sendable (Database) throws -> Void = { database in
            let read = "FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
            let guards = try String.all(database, "SELECT sql \(read)")
            for name in try String.all(database, "SELECT name \(read)") {
                try database.execute("DROP TRIGGER \(name)")
            }
            try database.execute(
                """
                INSERT INTO entry SELECT -1, x'01900000000070008000000000000000', 'x', 1, kind, time,
                    recorded, "by", known, NULL, NULL, NULL, NULL, environment, 'api', 'v6.6.6',
                    digest, revision, hashes, payload, salt FROM entry WHERE sequence = 1;
                INSERT INTO stream VALUES ('x', 1);
                """)
            for sql in guards { try database.execute(sql) }
        }
        let findings = try await found(after: change)
        #expect(
            findings.map(\.description) == [
                "entry -1: it stands before the first entry",
                "the search index does not match the entries (rebuild it: ledger rebuild)",
            ])
        let store = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        try store.rebuild()
        #expect(
            try await store.rows("environment", .all, at: nil).map(\.subject.tag?.rawValue) == [
                "v3"
            ])
        #expect(try store.verify().findings == findings)
        try store.close()
    }

    @Test(arguments: [("root", "zeroblob(32)"), ("checkpoint", "'x'")])
    func whatIsKeptOverNothingIsFound(table: String, value: String) async throws {
        let findings = try await found { database in
            try database.execute("DROP TRIGGER \(table)_is_next")
            try database.execute("INSERT INTO \(table) VALUES (0, \(value))")
        }
        #expect(findings.first?.sequence == 0)
        #expect(findings.first?.what == "a \(table) is kept over no entry")
    }

    @Test func hashesThatAreNoneAreFound() async throws {
        let findings = try await found { database in
            try database.execute(
                """
                DROP TRIGGER entry_is_not_changed;
                UPDATE entry SET hashes = x'0102' WHERE sequence = 2
                """)
        }
        #expect(findings.first?.sequence == 2)
    }

    /// Each share of the entries begins with the nodes to its left: where one is missing, the entry
    /// is named that completed it.
    @Test func aNodeToTheLeftOfAShareThatIsMissingIsFound() async throws {
        let store = try sandbox.ledger()
        _ = try await store.append(
            (1...8).map { Sample.deployDraft($0) }, to: .general, expecting: .any)
        let queue = try Connection(path: path)
        try queue.write { database in
            try database.execute(
                """
                DROP TRIGGER entry_is_not_changed;
                UPDATE entry SET hashes = substr(hashes, 1, 32) WHERE sequence = 4
                """)
        }
        try queue.close()
        let findings = try store.findings(of: .entries(7...8))
        #expect(findings.map(\.description) == ["entry 4: the tree node at level 2 is missing"])
        #expect(try store.findings(of: .entries(8...8)) == findings)
        #expect(try store.verify().findings.first?.sequence == 4)
        try store.close()
    }

    @Test(arguments: [
        ("CREATE TABLE extra (a)", "table extra was added: the schema is not intact"),
        (
            """
            DROP TRIGGER root_is_not_deleted;
            CREATE TRIGGER root_is_not_deleted BEFORE DELETE ON root BEGIN SELECT 1; END
            """, "trigger root_is_not_deleted was changed: the schema is not intact"
        ),
        (
            "DROP TRIGGER root_is_not_deleted",
            "trigger root_is_not_deleted is missing: the schema is not intact"
        ),
    ])
    func whatBecameOfAGuardIsSaid(sql: String, what: String) async throws {
        #expect(try await found { try $0.execute(sql) }.map(\.what) == [what])
    }

    @Test func missingContentsAreNamedInTheOrderOfTheirHashes() async throws {
        let contents = (1...5).map { Content(Array("{\"a\":\($0)}".utf8)) }
        let findings = try await found(keeping: contents) { database in
            try database.execute(
                "DROP TRIGGER content_is_not_deleted; DELETE FROM content")
        }
        let missing = findings.filter { $0.what.hasSuffix("is missing") }
        let names = contents.map(\.hash.rawValue).sorted()
        #expect(
            missing.map(\.what)
                == names.map { "the content \($0), which it references, is missing" })
        #expect(missing.allSatisfy { $0.sequence == 4 })
    }

    /// Nobody signs what is not there.
    @Test func aCheckpointBeyondTheEndIsFound() async throws {
        let findings = try await found { database in
            try database.execute(
                """
                DROP TRIGGER checkpoint_is_next;
                INSERT INTO checkpoint (size, note) VALUES (9, 'nothing')
                """)
        }
        #expect(findings.contains { $0.sequence == 9 && $0.what.contains("checkpoint") })
    }

    @Test func aViewThatStoppedIsNamed() async throws {
        let findings = try await found { database in
            try database.execute(
                "DELETE FROM view_made WHERE view = 'environment'")
        }
        #expect(
            findings.map(\.what) == [
                "the stored view \"environment\" does not reach the last entry "
                    + "(rebuild it: ledger rebuild)"
            ])
    }

    /// The end was cut off: nothing is answered from views that know of more, nor made anew over
    /// it.
    @Test func viewsThatKnowOfMoreThanThereIsAreFound() async throws {
        let findings = try await found { database in
            try database.execute(
                "DROP TRIGGER entry_is_not_deleted; DELETE FROM entry WHERE sequence = 3")
        }
        let gone = "entry 3 is gone: roots cover more entries"
        #expect(findings.contains { $0.what == gone })
        let reader = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        let asked = await problem { _ = try await reader.rows("environment", .all, at: nil) }
        let opened = await problem {
            _ = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        }
        #expect([asked, opened].map(\.?.message) == [gone, gone])
        #expect(asked?.kind == .damaged && opened?.kind == .damaged)
    }

    /// Where only the views claim more than there is, they are wrong, and are made anew.
    @Test func viewsThatClaimMoreThanWasAreMadeAnew() async throws {
        let findings = try await found { database in
            try database.execute(
                "UPDATE view_reached SET reached = reached + 4096")
        }
        #expect(findings.map(\.what).count == 1)
        #expect(findings.first?.what.contains("rebuild it: ledger rebuild") == true)
        let store = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        #expect(try store.verify().findings == [])
        try store.close()
    }

    /// Of all wrong lines of a view the first is named.
    @Test func theFirstWrongLineIsNamed() async throws {
        let findings = try await found(of: 6) { database in
            try database.execute(
                """
                UPDATE view_row SET tag = 'v99'
                WHERE view = 'environment' AND since IN (3, 5)
                """)
        }
        #expect(findings.count == 1)
        #expect(findings.first?.what.contains("\"environment\" has a wrong line for ") == true)
        #expect(findings.first?.what.contains(" since entry 3 ") == true)
    }

    /// Somebody changes the views, and no entry, under a store that is open: the next append makes
    /// them anew.
    @Test func viewsThatWereTakenAwayMeanwhileAreMadeAnew() async throws {
        let store = try sandbox.ledger()
        _ = try await store.append(
            (1...3).map { Sample.deployDraft($0) }, to: .general, expecting: .any)
        let queue = try Connection(path: path)
        try queue.write { database in
            try database.execute("DELETE FROM view_row; DELETE FROM view_made")
        }
        try queue.close()
        _ = try await store.append([Sample.deployDraft(4)], to: .general, expecting: .any)
        #expect(try store.verify().findings == [])
        try store.close()
    }

    // MARK: What is no file, and numbers that are none

    /// A pipe in the place of a file would keep everybody waiting.
    @Test(arguments: ["", "-wal", ".lock", ".newest", ".copies"])
    func aPipeIsNoLedger(end: String) async throws {
        let name = end.isEmpty ? "pipe.db" : "ledger.db"
        if !end.isEmpty { try sandbox.ledger().close() }
        let file = sandbox.path(name) + end
        try? FileManager.default.removeItem(atPath: file)
        try #require(mkfifo(file, 0o600) == 0)
        for access in [LedgerAccess.reading, .writing] {
            let refused = await problem {
                _ = try SQLiteStore(
                    path: sandbox.path(name), access, views: StoredViews.all)
            }
            #expect(refused?.message.contains("is not a regular file") == true)
        }
    }

    /// Numbers that another program wrote are reported: nothing is counted through, or beyond 64
    /// bits.
    @Test(arguments: [
        "UPDATE entry SET sequence = 9223372036854775807 WHERE sequence = 3",
        "UPDATE stream SET head = 9223372036854775807",
        "UPDATE entry SET recorded = -9223372036854775808 WHERE sequence = 2",
    ])
    func numbersThatAreNoneAreReported(change: String) async throws {
        let store = try sandbox.ledger()
        _ = try await store.append(
            (1...3).map { Sample.deployDraft($0) }, to: .general, expecting: .any)
        try store.close()
        let queue = try Connection(path: path)
        try queue.use { database in
            let guards = try String.all(
                database, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for name in guards { try database.execute("DROP TRIGGER \"\(name)\"") }
            try database.execute(change)
        }
        try queue.close()
        let reader = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        let said = await problem {
            let findings = try reader.verify().findings
            #expect(!findings.isEmpty)
        }
        #expect(said == nil || said?.kind == .damaged)
        let entries = try await reader.page(EntryFilter(), .oldestFirst, after: nil, limit: 9)
        #expect(entries.allSatisfy { !$0.recorded.description.isEmpty })
        // Whoever appends is told, or finds nothing in the way.
        _ = await problem {
            let writer = try SQLiteStore(path: path, .writing, views: StoredViews.all)
            _ = try await writer.append([Sample.draft(9)], to: .general, expecting: .any)
        }
    }

    /// A run came whole with a copy: that somebody took the note of that away is found.
    @Test func aCopyThatIsNotNotedIsFound() async throws {
        let store = try sandbox.ledger()
        let run = EntryID(high: 1, low: 1)
        let planned = Draft(
            id: run, kind: "deploy.planned", subject: Subject(environment: Sample.production),
            payload: "{}", time: Fixed.start, recorded: Fixed.start, by: Author(name: "alice"))
        var started = Sample.draft(2, kind: .deployStarted, payload: "{}")
        started.correlation = run
        var copy = Append([planned, started], to: .general, expecting: .any)
        copy.isCopy = true
        _ = try await store.append([copy])
        #expect(try store.verify().findings == [])
        try store.close()
        let queue = try Connection(path: path)
        try queue.use { database in
            let name = "copied_is_not_deleted"
            let guarding = try String.first(
                database, "SELECT sql FROM sqlite_master WHERE name = ?", name)
            try database.execute("DROP TRIGGER \(name); DELETE FROM copied; \(guarding ?? "")")
        }
        try queue.close()
        let reader = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        #expect(try reader.verify().findings.map(\.sequence) == [1])
    }
}
