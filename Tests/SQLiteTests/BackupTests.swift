import Foundation
import Ledger
import LedgerSQLite
import Projections
import Support
import Testing

/// Copies of a ledger: whole, of one moment, and never half there.
struct BackupTests {
    private let sandbox: Sandbox
    private let store: SQLiteStore

    init() async throws {
        sandbox = try Sandbox()
        store = try sandbox.ledger("ledger.db", views: StoredViews.all)
        try await Self.add(1...50, to: store)
    }

    private static func add(_ numbers: ClosedRange<Int>, to store: SQLiteStore) async throws {
        _ = try await store.append(
            numbers.map { Sample.draft($0) }, to: .general, expecting: .any)
    }

    private var left: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: sandbox.folder.path)
                .filter { $0.hasPrefix("copy") }.sorted()
        }
    }

    @Test func aCopyIsTheLedgerOfThatMoment() async throws {
        let head = try await store.head()
        let copied = try store.backup(to: sandbox.path("copy.db"))
        #expect(copied.entries == 50 && copied.root == head.root && copied.findings.isEmpty)
        #expect(try left == ["copy.db"])
        let mode = try FileManager.default.attributesOfItem(atPath: sandbox.path("copy.db"))
        #expect(mode[.posixPermissions] as? Int == 0o600)
        // It is a ledger: what is added to it is not added to the other.
        let copy = try SQLiteStore(
            path: sandbox.path("copy.db"), .writing, views: StoredViews.all)
        try await Self.add(51...52, to: copy)
        #expect(try await copy.head().sequence == 52)
        #expect(try copy.verify().findings.isEmpty)
        #expect(try await store.head() == head)
    }

    @Test func othersAppendMeanwhile() async throws {
        let more = Task { [store] in
            for number in 51...150 { try await Self.add(number...number, to: store) }
        }
        var sizes: [Int] = []
        for number in 1...10 {
            let copy = try store.backup(to: sandbox.path("copy-\(number).db"))
            #expect(try await store.root(over: copy.entries) == copy.root)
            sizes.append(copy.entries)
        }
        try await more.value
        #expect(sizes == sizes.sorted() && sizes.allSatisfy { (50...150).contains($0) })
        #expect(try await store.head().sequence == 150)
    }

    @Test func nothingIsWrittenOver() throws {
        let path = sandbox.path("copy.db")
        try Data("mine".utf8).write(to: URL(filePath: path))
        #expect(throws: StoreProblem.self) { try store.backup(to: path) }
        #expect(FileManager.default.contents(atPath: path) == Data("mine".utf8))
        #expect(throws: StoreProblem.self) {
            try store.backup(to: sandbox.path("nowhere/copy.db"))
        }
        #expect(try left == ["copy.db"])
    }

    @Test func aDamagedLedgerLeavesNoBackup() throws {
        let file = try Connection(path: sandbox.path("ledger.db"))
        try file.write { database in
            try database.execute("DROP TRIGGER entry_is_not_changed")
            try database.execute("UPDATE entry SET payload = '{}' WHERE sequence = 7")
        }
        try file.close()
        let problem = #expect(throws: StoreProblem.self) {
            try store.backup(to: sandbox.path("copy.db"))
        }
        #expect(problem?.kind == .damaged && problem?.cause?.contains("entry 7") == true)
        #expect(try left.isEmpty)
    }
}

/// A backup in the place of the ledger.
struct RestoreTests {
    private let sandbox: Sandbox
    private var path: String { sandbox.path("ledger.db") }

    /// A ledger of 5 entries, and a backup of its first 3.
    init() async throws {
        sandbox = try Sandbox()
        let store = try sandbox.ledger()
        for number in 1...3 {
            _ = try await store.append([Sample.draft(number)], to: .general, expecting: .any)
        }
        _ = try store.backup(to: sandbox.path("copy.db"))
        for number in 4...5 {
            _ = try await store.append([Sample.draft(number)], to: .general, expecting: .any)
        }
        try store.close()
    }

    private func restore(_ name: String, losingAfter last: Int? = nil) throws -> Restored {
        try SQLiteStore.restore(
            sandbox.path(name), to: path, views: StoredViews.all, losingAfter: last)
    }

    private func entries() async throws -> Int {
        let store = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        defer { try? store.close() }
        return try await store.head().sequence
    }

    @Test func nothingIsLostUnasked() async throws {
        let problem = #expect(throws: StoreProblem.self) { try restore("copy.db") }
        #expect(problem?.message.contains("entries 4 to 5 would be lost") == true)
        #expect(throws: StoreProblem.self) { try restore("copy.db", losingAfter: 4) }
        #expect(try await entries() == 5)
        let restored = try restore("copy.db", losingAfter: 3)
        #expect(restored.lost == 4...5 && restored.copy.entries == 3)
        #expect(try await entries() == 3)
        // What it had is aside, whole; and what is restored is appended to.
        let aside = try SQLiteStore(
            path: try #require(restored.aside), .reading, views: StoredViews.all)
        #expect(try aside.verify().entries == 5 && aside.verify().findings.isEmpty)
        let store = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        defer { try? store.close() }
        _ = try await store.append([Sample.draft(6)], to: .general, expecting: .any)
        #expect(try store.verify().findings.isEmpty)
    }

    /// The file itself is gone; the smaller one beside it remembers.
    @Test func whatIsGoneIsRememberedStill() async throws {
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: StoreProblem.self) { try restore("copy.db") }
        let restored = try restore("copy.db", losingAfter: 3)
        #expect(restored.lost == 4...5 && restored.aside == nil)
        #expect(try await entries() == 3)
    }

    @Test func anotherLedgerIsRefused() async throws {
        let other = try sandbox.ledger("other.db")
        for number in 11...19 {
            _ = try await other.append([Sample.draft(number)], to: .general, expecting: .any)
        }
        try other.close()
        let problem = #expect(throws: StoreProblem.self) { try restore("other.db") }
        #expect(problem?.message.contains("another ledger") == true)
        #expect(try await entries() == 5)
    }

    /// All is gone, with the folder: what backups are for. A folder above it is not made up.
    @Test func theFolderTooMayBeGone() async throws {
        let place = sandbox.path("shop/.ledger/ledger.db")
        let backup = sandbox.path("copy.db")
        #expect(throws: StoreProblem.self) {
            try SQLiteStore.restore(backup, to: place, views: StoredViews.all)
        }
        try sandbox.write("shop/ledger.yaml", "")
        let restored = try SQLiteStore.restore(backup, to: place, views: StoredViews.all)
        #expect(restored.lost == nil && restored.copy.entries == 3)
    }

    /// Numbers go back with a restore that loses entries: what copies hold is told by looking.
    @Test func copiesAreLookedInto() async throws {
        let store = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        _ = try store.backup(to: sandbox.path("later.db"))
        try store.close()
        let aside = try restore("copy.db", losingAfter: 3).aside
        let again = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        let entry = try #require(try await again.entry(at: 2))
        let decision = try Redacted(["text"], of: entry, reason: "pasted")
        let draft = try Draft(
            .redacted(decision), id: EntryID(high: 1, low: 1), time: Fixed.start,
            recorded: Fixed.start, by: Author(name: "alice"))
        #expect(again.copies(holding: entry).isEmpty)
        _ = try await again.append([draft], to: .general, expecting: .any)
        _ = try again.backup(to: sandbox.path("after.db"))
        let left = try #require(try await again.entry(at: 2))
        let names = again.copies(holding: left).map(\.file)
        #expect(names == [sandbox.path("copy.db"), sandbox.path("later.db"), aside ?? ""].sorted())
        // Of one that is no longer there only the number of its entries is known.
        try FileManager.default.removeItem(atPath: sandbox.path("copy.db"))
        #expect(again.copies(holding: left).first?.isThere == false)
        let third = try #require(try await again.entry(at: 3))
        #expect(again.copies(holding: third).map(\.file) == [sandbox.path("copy.db")])
    }

    @Test func aLaterBackupLosesNothing() async throws {
        let store = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        _ = try store.backup(to: sandbox.path("later.db"))
        try store.close()
        let restored = try restore("later.db")
        #expect(restored.lost == nil)
        #expect(try restore("later.db").aside?.hasSuffix(".aside-2") == true)
        #expect(try await entries() == 5)
    }
}
