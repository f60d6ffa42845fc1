import Foundation
import Ledger
import LedgerSQLite
import Projections
import Support
import Testing

/// A ledger that is older than it was, or another, is not appended to.
struct NewestTests {
    private let sandbox: Sandbox
    private var path: String { sandbox.path("ledger.db") }
    private var newest: String { path + ".newest" }

    init() throws {
        sandbox = try Sandbox()
        try SQLiteStore.create(path: sandbox.path("ledger.db"))
    }

    /// Opens, appends, and closes.
    private func add(_ numbers: ClosedRange<Int>, to file: String = "ledger.db") async throws {
        let store = try SQLiteStore(
            path: sandbox.path(file), .writing, views: StoredViews.all)
        defer { try? store.close() }
        _ = try await store.append(
            numbers.map { Sample.draft($0) }, to: .general, expecting: .any)
    }

    private func copy(_ from: String, _ to: String) throws {
        for end in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: sandbox.path(to) + end)
            guard FileManager.default.fileExists(atPath: sandbox.path(from) + end) else { continue }
            try FileManager.default.copyItem(
                atPath: sandbox.path(from) + end, toPath: sandbox.path(to) + end)
        }
    }

    @Test func anOlderCopyIsNotAppendedTo() async throws {
        try await add(1...3)
        try copy("ledger.db", "kept.db")
        try await add(4...5)
        try copy("kept.db", "ledger.db")
        let refused = await problem { try await add(9...9) }
        #expect(refused?.kind == .damaged)
        #expect(refused?.message.contains("older than its last known state") == true)
        #expect(refused?.cause?.contains("it has 3 entries, but had 5") == true)
        let reader = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        #expect(try await reader.head().sequence == 3)
        let found = try reader.verify().findings
        #expect(
            found.map(\.description) == [
                "entry 4: it is missing: the ledger had 5 entries (\(newest))"
            ])
        try reader.close()
        // Whoever knows that the newer one is lost says so by this.
        try FileManager.default.removeItem(atPath: newest)
        try await add(9...9)
    }

    /// As long as the one before, or longer: it is another all the same.
    @Test(arguments: [3, 9])
    func anotherLedgerUnderItsNameIsNotAppendedTo(count: Int) async throws {
        try await add(1...3)
        try SQLiteStore.create(path: sandbox.path("other.db"))
        try await add(11...10 + count, to: "other.db")
        try copy("other.db", "ledger.db")
        let refused = await problem { try await add(9...9) }
        #expect(
            refused?.kind == .damaged
                && refused?.message.contains("differs from its last known state") == true)
        let reader = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        let found = try reader.verify().findings
        #expect(found.map(\.what) == ["its first 3 entries were changed (\(newest))"])
    }

    /// It may lag behind, be empty or be gone: it guards, and does not hinder.
    @Test(arguments: ["", "gone", "not a line", "                    two roots"])
    func whatIsNotRememberedHindersNobody(text: String) async throws {
        try await add(1...3)
        if text == "gone" {
            try FileManager.default.removeItem(atPath: newest)
        } else {
            try Data(text.utf8).write(to: URL(filePath: newest))
        }
        try await add(4...4)
        let kept = try String(contentsOfFile: newest, encoding: .utf8)
        #expect(kept.split(separator: " ").first == "4")
    }

    @Test func whatLagsBehindIsCaughtUp() async throws {
        try await add(1...3)
        let lagging = try Data(contentsOf: URL(filePath: newest))
        try await add(4...7)
        try lagging.write(to: URL(filePath: newest))
        try await add(8...8)
        #expect(try String(contentsOfFile: newest, encoding: .utf8).contains(" 8 "))
        let mode = try FileManager.default.attributesOfItem(atPath: newest)[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    /// What another process has added meanwhile is what goes on.
    @Test func writersOfOneFileGoOnFromEachOther() async throws {
        let stores = try (0..<2).map { _ in
            try SQLiteStore(path: path, .writing, views: StoredViews.all)
        }
        for number in 0..<10 {
            _ = try await stores[number % 2].append(
                [Sample.draft(number)], to: .general, expecting: .any)
        }
        #expect(try await stores[0].head().sequence == 10)
        for store in stores { try store.close() }
    }

    /// A store that was closed holds none of its files.
    @Test func nothingStaysOpen() async throws {
        try await add(1...3)
        let links = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        let open = links.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }
        #expect(open.filter { $0.hasPrefix(sandbox.folder.path) } == [])
    }

    /// A newer program upgrades the file of a store that is open: nothing more is written to tables
    /// that this program does not know.
    @Test func aFileThatIsUpgradedWhileItIsOpenIsRefused() async throws {
        let sandbox = try Sandbox()
        let store = try sandbox.ledger()
        _ = try await store.append([Sample.draft(1)], to: .general, expecting: .any)
        let other = try Connection(path: sandbox.path("ledger.db"))
        try other.use { try $0.execute("PRAGMA user_version = 99") }
        let refused = await problem {
            _ = try await store.append([Sample.draft(2)], to: .general, expecting: .any)
        }
        #expect(refused?.kind == .newer && refused?.cause?.contains("version 99") == true)
        #expect(try other.read { try Int.first($0, "SELECT count(*) FROM entry") } == 1)
    }
}
