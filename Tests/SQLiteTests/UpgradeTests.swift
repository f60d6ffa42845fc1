import Foundation
import Ledger
import LedgerProof
import LedgerSQLite
import Projections
import Support
import Testing

/// Files of older programs, and of newer ones.
struct UpgradeTests {
    /// The rows in `rows-8.sql` of which a file of a version has tables.
    private static func rows(of version: Int) throws -> String {
        let all = try Shared.text("Tests/SQLiteTests/Golden/rows-8.sql")
        return all.components(separatedBy: "\n-- version ").filter { part in
            part.hasPrefix("--") || Int(part.prefix(1)).map { $0 <= version } == true
        }.map { $0.drop { $0 != "\n" } }.joined()
    }

    /// The last entry of such a file.
    private static func head(_ version: Int) -> Int { version < 5 ? 10 : 11 }

    /// A ledger as an older version wrote it: a key, notes, deploys, a fence, a delivery, a
    /// correction, and from version 5 a redaction.
    private func older(_ version: Int) throws -> Sandbox {
        let sandbox = try Sandbox()
        let schema = try Shared.text("Tests/SQLiteTests/Golden/schema-\(version).sql")
        let old = try Connection(path: sandbox.path("old.db"))
        try old.use { database in
            try database.execute("PRAGMA journal_mode = WAL")
            try database.execute(schema)
            try database.execute(Self.rows(of: version))
            try database.execute(
                """
                INSERT INTO view_row (view, key, since, state, time, "by")
                VALUES ('environment', 'production/web', 1, 'verified', 1, 'old')
                """)
        }
        try old.close()
        return sandbox
    }

    @Test(arguments: 1...8)
    func anOlderFileIsRefusedForReadingWithAHint(version: Int) async throws {
        let sandbox = try older(version)
        let refused = await problem {
            _ = try SQLiteStore(path: sandbox.path("old.db"), .reading, views: StoredViews.all)
        }
        #expect(refused?.kind == .older)
        #expect(refused?.hint?.description.contains("ledger rebuild") == true)
    }

    @Test(arguments: 1...8)
    func anOlderFileIsBroughtUpToDateAndItsEntriesStay(version: Int) async throws {
        let sandbox = try older(version)
        let queue = try Connection(path: sandbox.path("old.db"))
        let entries = "SELECT * FROM entry"
        let before = try queue.read { try $0.rows(entries) }
        try queue.close()
        let store = try SQLiteStore(path: sandbox.path("old.db"), .writing, views: StoredViews.all)
        #expect(store.upgradedFrom == version)
        #expect(try store.verify().findings == [])
        #expect(try await store.head().sequence == Self.head(version))
        let after = try await store.page(EntryFilter(), .oldestFirst, after: nil, limit: 99)
        #expect(after.count == before.count && after.allSatisfy { $0.draft.salt == nil })
        let rows = try await store.rows("environment", .all, at: nil)
        // The correction named another tag.
        #expect(rows.map(\.subject.tag?.rawValue) == ["v0.3.1"])
        #expect(try await store.rows("mark", .all, at: nil).map(\.state) == ["fence"])
        var filter = EntryFilter()
        filter.tags = [ReleaseTag(unchecked: "v0.2.0")]
        let found = try await store.page(filter, .oldestFirst, after: nil, limit: 9)
        #expect(found.map(\.sequence) == [4, 6])
        let hashes = try await store.contentHashes(after: nil, limit: 9)
        #expect(hashes.count == 1)
        let body = try #require(try await store.content(hashes[0]))
        #expect(String(decoding: body, as: UTF8.self).contains("registry.example"))
        _ = try await store.append([Sample.draft(99)], to: .general, expecting: .any)
        #expect(try store.verify().findings == [])
        try store.close()
    }

    /// A receipt that the older program made is the one that this program makes.
    @Test(arguments: 4...8) func receiptsStayValid(version: Int) async throws {
        let sandbox = try older(version)
        let store = try SQLiteStore(path: sandbox.path("old.db"), .writing, views: StoredViews.all)
        let golden = try Shared.text("Tests/SQLiteTests/Golden/receipt-8.txt")
        let key = try VerifierKey("g+608ef950+ARv+lG5r3CXUnudjSHb/07mIHyNk2t0JE0WoNGagD3cM")
        let entry = try #require(try await store.entry(at: 10))
        let receipt = try #require(try await store.receipt(for: entry))
        #expect(receipt.description == golden)
        #expect(receipt.isAbout(entry))
        #expect(try receipt.proved(trusting: [key]).size == 10)
        try store.close()
    }

    /// The name of a trigger or view is text from outside: none of it runs.
    @Test func namesInAnOlderFileAreOnlyNames() async throws {
        let sandbox = try older(8)
        let queue = try Connection(path: sandbox.path("old.db"))
        try queue.write { database in
            let name = "x\"\"; DELETE FROM copied; DROP TABLE checkpoint; --"
            try database.execute(
                """
                CREATE TRIGGER "\(name)" AFTER INSERT ON copied BEGIN SELECT 1; END;
                CREATE VIEW "a\"\"b" AS SELECT 1; CREATE INDEX entry_ahead ON entry (kind)
                """)
        }
        try queue.close()
        let store = try SQLiteStore(path: sandbox.path("old.db"), .writing, views: StoredViews.all)
        #expect(try store.verify().findings == [])
        #expect(try await store.checkpoint(covering: nil) != nil)
        try store.close()
    }

    /// A table that no version made: nothing is changed.
    @Test func anotherTableOfTheSameNameIsRefused() async throws {
        let sandbox = try older(8)
        let queue = try Connection(path: sandbox.path("old.db"))
        try queue.write { database in
            try database.execute(
                """
                DROP TABLE content;
                CREATE TABLE content (hash TEXT NOT NULL, bytes BLOB NOT NULL)
                """)
        }
        let refused = await problem {
            _ = try SQLiteStore(path: sandbox.path("old.db"), .writing, views: StoredViews.all)
        }
        #expect(refused?.kind == .damaged && refused?.message.contains("table content") == true)
        let version = try queue.read { try Int.first($0, "PRAGMA user_version") }
        #expect(version == 8)
        try queue.close()
    }

    /// A present file that calls itself older is brought up to date again.
    @Test(arguments: 1...8) func aPresentFileThatCallsItselfOlder(version: Int) async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        _ = try await store.append([Sample.draft(1)], to: .general, expecting: .any)
        try store.close()
        let queue = try Connection(path: sandbox.path("ledger.db"))
        try queue.use {
            try $0.execute("PRAGMA user_version = \(version)")
        }
        try queue.close()
        let again = try SQLiteStore(
            path: sandbox.path("ledger.db"), .writing, views: StoredViews.all)
        #expect(try again.verify().findings == [])
        #expect(try await again.entry(at: 1)?.draft.salt == Sample.draft(1).salt)
        try again.close()
    }

    /// What older programs recorded can be redacted, and recorded again.
    @Test func anOldEntryIsRedacted() async throws {
        let sandbox = try older(8)
        let store = try SQLiteStore(path: sandbox.path("old.db"), .writing, views: StoredViews.all)
        let entry = try #require(try await store.entry(at: 2))
        let decision = try Redacted(["text"], of: entry, reason: "pasted")
        _ = try await RedactionTests.add(RedactionTests.draft(.redacted(decision), 9), to: store)
        let left = try #require(try await store.entry(at: 2))
        #expect(left.draft.payload == #"{"text":"***"}"# && left.draft.salt == nil)
        #expect(try store.verify().findings == [])
        try store.close()
    }

    @Test func aNewerFileIsRefusedUnchanged() async throws {
        let sandbox = try Sandbox()
        try sandbox.ledger().close()
        let queue = try Connection(path: sandbox.path("ledger.db"))
        try queue.use { try $0.execute("PRAGMA user_version = 99") }
        try queue.close()
        for access in [LedgerAccess.reading, .writing] {
            let refused = await problem {
                _ = try SQLiteStore(
                    path: sandbox.path("ledger.db"), access, views: StoredViews.all)
            }
            #expect(refused?.kind == .newer)
        }
    }

    /// Views that were folded by other logic are made anew by the first program that writes.
    @Test func viewsOfAnotherVersionAreMadeAnew() async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger(views: [])
        _ = try await store.append([Sample.draft(1)], to: .general, expecting: .any)
        try store.close()
        let reading = try SQLiteStore(
            path: sandbox.path("ledger.db"), .reading, views: StoredViews.all)
        #expect(await problem { _ = try await reading.rows("run", .all, at: nil) }?.kind == .older)
        let writing = try SQLiteStore(
            path: sandbox.path("ledger.db"), .writing, views: StoredViews.all)
        #expect(try await writing.rows("run", .all, at: nil) == [])
        #expect(try writing.verify().findings == [])
        try writing.close()
    }
}

/// Files and disks in the way.
struct BadDayTests {
    /// A link leads to one ledger, with one log and one lock.
    @Test func aLinkHasNoLockOfItsOwn() async throws {
        let sandbox = try Sandbox()
        try sandbox.ledger("real.db").close()
        try FileManager.default.createSymbolicLink(
            atPath: sandbox.path("link.db"), withDestinationPath: "real.db")
        let store = try SQLiteStore(
            path: sandbox.path("link.db"), .writing, views: StoredViews.all)
        _ = try await store.append([Sample.draft(1)], to: .general, expecting: .any)
        #expect(store.path == sandbox.path("real.db"))
        let files = try FileManager.default.contentsOfDirectory(atPath: sandbox.folder.path)
        #expect(Set(files.filter { $0.hasPrefix("link") }) == ["link.db"])
        try store.close()
    }

    /// A copy that SQL made has no write-ahead log: whoever writes to it gives it one.
    @Test func aCopyMadeBySQLGetsItsLogBack() async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        _ = try await store.append([Sample.draft(1)], to: .general, expecting: .any)
        try store.close()
        let queue = try Connection(path: sandbox.path("ledger.db"))
        try queue.use {
            try $0.execute("VACUUM INTO '\(sandbox.path("copy.db"))'")
        }
        try queue.close()
        let copy = try SQLiteStore(
            path: sandbox.path("copy.db"), .writing, views: StoredViews.all)
        _ = try await copy.append([Sample.draft(2)], to: .general, expecting: .any)
        #expect(try copy.verify().findings == [])
        try copy.close()
        let again = try Connection(path: sandbox.path("copy.db"))
        let mode = try again.read { try String.first($0, "PRAGMA journal_mode") }
        #expect(mode == "wal")
    }

    /// A transaction that was cut off in another journal mode is rolled back by the writer. Until
    /// then only a copy can be read: the writer must not go on reading the copy.
    @Test func aWriterReadsTheFileAndNotACopyOfAHotJournal() async throws {
        let sandbox = try Sandbox()
        _ = try await sandbox.ledger().append(
            (1...200).map { Sample.draft($0) }, to: .general, expecting: .any)
        try sandbox.hotJournal()
        let store = try SQLiteStore(
            path: sandbox.path("hot.db"), .writing, views: StoredViews.all)
        #expect(try await store.head().sequence == 200)
        _ = try await store.append([Sample.draft(201)], to: .general, expecting: .any)
        #expect(try await store.head().sequence == 201)
    }

    /// After a sync that failed nobody knows what the disk kept: the store stops for good, and what
    /// was acknowledged before is there.
    @Test func aDiskThatDoesNotSyncStopsTheStore() async throws {
        #expect(FailingDisk.isInPlace)
        let sandbox = try Sandbox()
        let store = try sandbox.ledger("failing.db")
        _ = try await store.append([Sample.draft(1)], to: .general, expecting: .any)
        let first = await problem {
            _ = try await FailingDisk.failing(sandbox.path("failing.db")) {
                try await store.append([Sample.draft(2)], to: .general, expecting: .any)
            }
        }
        #expect(first?.kind == .damaged && first?.message.contains("has stopped") == true)
        // The disk is well again; what it kept is not known for that.
        let second = await problem {
            _ = try await store.append([Sample.draft(3)], to: .general, expecting: .any)
        }
        #expect(second?.message == first?.message)
        #expect(await problem { try store.rebuild() }?.message == first?.message)
        try? store.close()
        let again = try SQLiteStore(
            path: sandbox.path("failing.db"), .writing, views: StoredViews.all)
        #expect(try await again.entry(at: 1)?.id == Sample.draft(1).id)
        #expect(try again.verify().findings == [])
        try again.close()
    }

    /// The disk fails while the store is closed. The caller's cleanup then closes it again.
    @Test func aStoreThatFailedToCloseIsClosed() async throws {
        #expect(FailingDisk.isInPlace)
        let sandbox = try Sandbox()
        let store = try sandbox.ledger("failing.db")
        _ = try await store.append([Sample.draft(1)], to: .general, expecting: .any)
        let first = await problem {
            try await FailingDisk.failing(sandbox.path("failing.db")) { try store.close() }
        }
        #expect(first?.kind == .damaged && first?.message.contains("checkpoint") == true)
        try store.close()
    }

    /// A full disk: nothing is half written, and there is room again afterwards.
    @Test func aFullDiskLosesNothing() async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        _ = try await store.append([Sample.draft(1)], to: .general, expecting: .any)
        try store.close()
        // The file may not grow: what SQLite says then is what it says on a full disk.
        let full = try SQLiteStore(
            path: sandbox.path("ledger.db"), .writing, views: StoredViews.all, pagesAtMost: 60)
        let big = String(repeating: "x", count: 100_000)
        var failed: StoreProblem?
        for number in 2...20 where failed == nil {
            failed = await problem {
                _ = try await full.append(
                    [Sample.draft(number, payload: #"{"text":"\#(big)"}"#)], to: .general,
                    expecting: .any)
            }
        }
        #expect(failed?.kind == .full)
        #expect(failed?.message.contains("nothing was written") == true)
        let head = try await full.head().sequence
        try full.close()
        let again = try SQLiteStore(
            path: sandbox.path("ledger.db"), .writing, views: StoredViews.all)
        #expect(try await again.head().sequence == head)
        let next = try await again.append([Sample.draft(50)], to: .general, expecting: .any)
        #expect(next[0].sequence == head + 1)
        #expect(try again.verify().findings == [])
        try again.close()
    }

    /// A refused request in a group does not disturb the others, nor what is remembered afterwards.
    @Test func oneBadRequestAmongManyHurtsNobody() async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        _ = try await store.append([Sample.draft(1)], to: .general, expecting: .any)
        let results = await withTaskGroup(of: Bool.self) { group in
            for number in 2...60 {
                group.addTask {
                    // Every third takes an id that is taken already: the tables refuse it.
                    var draft = Sample.draft(number)
                    if number % 3 == 0 { draft.id = Sample.draft(1).id }
                    let made = try? await store.append(
                        [draft], to: StreamName(unchecked: "s\(number % 5)"), expecting: .any)
                    return made != nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(results == 39)
        #expect(try await store.head().sequence == 40)
        #expect(try store.verify().findings == [])
        try store.close()
    }

    @Test func anotherProgramThatHoldsTheFileIsWaitedFor() async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        let other = try Connection(path: sandbox.path("ledger.db"))
        let (began, tell) = AsyncStream<Void>.makeStream()
        async let held: Void = other.hold(seconds: 1) { tell.finish() }
        for await _ in began {}
        _ = try await store.append([Sample.draft(1)], to: .general, expecting: .any)
        #expect(try await store.head().sequence == 1)
        try await held
        try store.close()
    }
}

extension Connection {
    /// Holds the write lock of the file for a while.
    fileprivate func hold(
        seconds: Double, began: @escaping @Sendable () -> Void
    ) async throws {
        try write { _ in
            began()
            Thread.sleep(forTimeInterval: seconds)
        }
    }
}

extension Sandbox {
    /// Copies the ledger as it is in the middle of a transaction without a write-ahead log.
    fileprivate func hotJournal() throws {
        let queue = try Connection(path: path("ledger.db"))
        try queue.use { database in
            try database.execute("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1")
            try database.execute(
                "BEGIN IMMEDIATE; UPDATE view_row SET detail = hex(zeroblob(900))")
            try database.execute("CREATE TABLE other AS SELECT * FROM entry")
            for end in ["", "-journal"] {
                try FileManager.default.copyItem(
                    atPath: path("ledger.db" + end), toPath: path("hot.db" + end))
            }
            try database.execute("ROLLBACK")
        }
        try queue.close()
    }
}
