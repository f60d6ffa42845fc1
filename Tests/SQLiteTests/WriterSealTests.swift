import Foundation
import GRDB
import Ledger
import LedgerSQLite
import Support
import Testing

/// The writer's own connection runs without the triggers. Its check stops what they would stop.
struct WriterSealTests {
    /// What the check cannot see, and the heads of streams, which it writes itself. No statement of
    /// the store does it (below), and the triggers stop every other program.
    private static func isUnseen(_ sql: String) -> Bool {
        ["REPLACE INTO content", "REPLACE INTO entry", "UPDATE stream", "INTO stream"]
            .contains { sql.contains($0) }
            || ["DELETE FROM root", "DELETE FROM content", "DELETE FROM stream"].contains(sql)
    }

    @Test func theStoreChangesNoRecordedRow() throws {
        let folder = Shared.repository.appending(path: "Sources/Ledger/Stores/SQLite")
        let paths = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap {
            $0 as? String
        }
        let names = (WriterSeal.tables + ["stream"]).joined(separator: "|")
        let change = try Regex("(REPLACE INTO|DELETE FROM|UPDATE) +(\(names))\\b[^\"]*")
        var found: [String] = []
        for path in paths where path.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
            found += text.matches(of: change).map { "\(path): \(text[$0.range])" }
        }
        #expect(
            found == [
                "Append/Redactions.swift: UPDATE entry SET payload = ?, "
                    + "salt = iif(salt IS NULL, NULL, x'') WHERE sequence = ?"
            ])
    }

    /// Runs statements as the writer would, and commits if its check lets them.
    private func write(_ sql: [String], in queue: DatabaseQueue) async throws {
        try queue.inDatabase { database in
            let seal = WriterSeal(database)
            try database.inTransaction {
                #expect(try seal.begin(.ownCheck, after: 3) == .ownCheck)
                for sql in sql { try database.execute(sql: sql) }
                let last = try Int.fetchOne(database, sql: "SELECT max(sequence) FROM entry") ?? 0
                try seal.check(after: 3, upto: max(3, last), in: database)
                return .commit
            }
        }
    }

    private static let root = "INSERT INTO root (size, root) VALUES (4, zeroblob(32))"

    private static func insert(
        _ sequence: Int, position: Int, id: String = "randomblob(16)"
    ) -> String {
        SealTests.insert(sequence, position: position, id: id, verb: "INSERT")
    }

    @Test(arguments: SealTests.roads.filter { !isUnseen($0) })
    func aFaultOfTheWriterIsStopped(sql: String) async throws {
        for rest in [[], [Self.root]] {
            let (sandbox, queue) = try await SealTests.stranger()
            let before = try await SealTests.dump(queue)
            await #expect(throws: DatabaseError.self, "\(sql)") {
                try await write([sql] + rest, in: queue)
            }
            #expect(try await SealTests.dump(queue) == before)
            withExtendedLifetime(sandbox) {}
        }
    }

    @Test(arguments: [
        [insert(4, position: 4), insert(6, position: 5), root],
        [insert(4, position: 4), insert(5, position: 6), root],
        [insert(4, position: 4), insert(5, position: 4), root],
        [insert(4, position: 4), insert(5, position: 5, id: "(SELECT id FROM entry LIMIT 1)")],
        [insert(4, position: 4), insert(5, position: 5), root],
        [insert(4, position: 4)], [insert(4, position: 4), root, root],
        [
            insert(4, position: 4), root,
            "INSERT INTO redaction VALUES (5, '\(String(repeating: "0", count: 64))', 6)",
        ],
        [
            insert(4, position: 4), root,
            "INSERT INTO checkpoint (size, note) VALUES (5, 'note')",
        ],
        [
            insert(4, position: 4), root, "INSERT INTO checkpoint (size, note) VALUES (4, 'note')",
            "UPDATE checkpoint SET note = 'other'",
        ],
        ["UPDATE stream SET head = 7", insert(4, position: 4), root],
        ["DELETE FROM entry", insert(4, position: 4), root],
    ])
    func aWrongCommitIsStopped(sql: [String]) async throws {
        let (sandbox, queue) = try await SealTests.stranger()
        let before = try await SealTests.dump(queue)
        await #expect(throws: DatabaseError.self, "\(sql)") { try await write(sql, in: queue) }
        #expect(try await SealTests.dump(queue) == before)
        withExtendedLifetime(sandbox) {}
    }

    @Test func theRightCommitIsLetIn() async throws {
        let (sandbox, queue) = try await SealTests.stranger()
        try await write([Self.insert(4, position: 4), Self.root], in: queue)
        let heads = try await queue.read { database in
            try Int.fetchAll(database, sql: "SELECT head FROM stream")
        }
        #expect(heads == [4])
        withExtendedLifetime(sandbox) {}
    }

    /// A second connection of the same process meets the triggers, and so does the writer's when a
    /// redaction is recorded.
    @Test func theTriggersAreOffOnTheWritersConnectionOnly() async throws {
        let (sandbox, queue) = try await SealTests.stranger()
        let other = try DatabaseQueue(path: sandbox.path("ledger.db"))
        try queue.inDatabase { database throws -> Void in
            let seal = WriterSeal(database)
            #expect(try seal.begin(.ownCheck, after: 3) == .ownCheck)
            #expect(try seal.begin(.triggers, after: 3) == .triggers)
            #expect(throws: DatabaseError.self) {
                try database.execute(sql: "UPDATE content SET bytes = x'00'")
            }
            #expect(try seal.begin(.ownCheck, after: 3) == .ownCheck)
        }
        await #expect(throws: DatabaseError.self) {
            try await other.write { try $0.execute(sql: "UPDATE content SET bytes = x'00'") }
        }
    }
}
