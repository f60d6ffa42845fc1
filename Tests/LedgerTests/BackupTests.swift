import Foundation
import GRDB
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
        let file = try DatabaseQueue(path: sandbox.path("ledger.db"))
        try file.write { database in
            try database.execute(sql: "DROP TRIGGER entry_is_not_changed")
            try database.execute(sql: "UPDATE entry SET payload = '{}' WHERE sequence = 7")
        }
        try file.close()
        let problem = #expect(throws: StoreProblem.self) {
            try store.backup(to: sandbox.path("copy.db"))
        }
        #expect(problem?.kind == .damaged && problem?.cause?.contains("entry 7") == true)
        #expect(try left.isEmpty)
    }
}
