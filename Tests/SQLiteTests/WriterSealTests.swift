import Foundation
import CSQLite
import Ledger
import LedgerSQLite
import Support
import Testing

/// The writer's own connection runs without the triggers. Its check stops what they would stop.
struct WriterSealTests {
    /// What the check cannot see, and the heads of streams, which it writes itself. No statement of
    /// the store does it (below), and the triggers stop every other program.
    private static func isUnseen(_ sql: String) -> Bool {
        let replaced = ["INTO entry (sequence, source", "INTO entry (sequence, id", "INTO content"]
            .contains { sql.contains("REPLACE \($0)") && !sql.contains("VALUES (2,") }
        return replaced || sql.contains("UPDATE stream") || sql.contains("INTO stream")
            || ["DELETE FROM root", "DELETE FROM content", "DELETE FROM stream"].contains(sql)
    }

    @Test func theStoreChangesNoRecordedRow() throws {
        let folder = Shared.repository.appending(path: "Sources/Ledger/Stores/SQLite")
        let paths = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap {
            $0 as? String
        }
        let names = (WriterSeal.tables + ["stream"]).joined(separator: "|")
        let change = try Regex(
            "(REPLACE\\s+INTO|DELETE\\s+FROM|UPDATE(\\s+OR\\s+\\w+)?)\\s+(main\\.)?\"?((\(names))\\b|\\\\\\()[^\"]*"
        ).ignoresCase()
        var found: [String] = []
        for path in paths where path.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
            let code = text.split(separator: "\n").filter { !$0.contains("///") }
            found += code.joined(separator: "\n").matches(of: change).map {
                "\(path): \(code.joined(separator: "\n")[$0.range])"
            }
        }
        #expect(
            found.sorted() == [
                "Append/Redactions.swift: UPDATE entry SET payload = ?, "
                    + "salt = iif(salt IS NULL, NULL, x'') WHERE sequence = ?",
                // The tables are those of the views.
                "Rows/ViewRegister.swift: DELETE FROM \\(table) WHERE view = ?",
            ])
    }

    /// Runs statements as the writer would, and commits if its check lets them.
    private func write(_ sql: [String], in queue: Connection) async throws {
        try queue.use { database in
            let seal = WriterSeal(database)
            try database.transaction(.deferred) { database in
                #expect(try seal.begin(.ownCheck, after: 3) == .ownCheck)
                for sql in sql { try database.execute(sql) }
                let last = try Int.first(database, "SELECT max(sequence) FROM entry") ?? 0
                try seal.check(after: 3, upto: max(3, last), in: database)
            }
        }
    }

    /// The root over all entries, so that only the other rules can stop a commit.
    private static let root =
        "INSERT INTO root (size, root) SELECT max(sequence), zeroblob(32) FROM entry"

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

    private static let rules = [
        (
            "an entry is not recorded before the last one",
            [
                [
                    insert(4, position: 4).replacing("2000000000000000", with: "1"), root,
                ]
            ]
        ),
        (
            "an entry is added only at the end of the ledger",
            [
                [insert(4, position: 4), insert(6, position: 5), root],
                [insert(5, position: 4), root],
                [insert(4, position: 4), insert(5, position: 5), insert(7, position: 6), root],
            ]
        ),
        (
            "an entry is added only at the end of its stream",
            [
                [insert(4, position: 4), insert(5, position: 6), root],
                [insert(4, position: 4), insert(5, position: 4), root],
                [insert(4, position: 5), root],
                ["UPDATE stream SET head = 7", insert(4, position: 4), root],
            ]
        ),
        (
            "a root is added only over all entries",
            [
                [insert(4, position: 4)],
                ["INSERT INTO root (size, root) VALUES (99, zeroblob(32))"],
                [
                    insert(4, position: 4), root,
                    "INSERT INTO root (size, root) VALUES (9, zeroblob(32))",
                ],
                [insert(4, position: 4), root, insert(5, position: 5)],
            ]
        ),
        (
            "bytes are said to be taken out of an entry that is not there",
            [
                [
                    insert(4, position: 4), root,
                    "INSERT INTO redaction VALUES (5, '\(String(repeating: "0", count: 64))', 6)",
                ]
            ]
        ),
        (
            "a checkpoint is added only over all entries",
            [
                [
                    insert(4, position: 4), root,
                    "INSERT INTO checkpoint (size, note) VALUES (5, 'note')",
                ]
            ]
        ),
        (
            "a copy ends with the last entry",
            [[insert(4, position: 4), root, "INSERT INTO copied (upto) VALUES (99999)"]]
        ),
        (
            "a row of the ledger never changes",
            [
                [
                    insert(4, position: 4), root,
                    "INSERT INTO checkpoint (size, note) VALUES (4, 'note')",
                    "UPDATE checkpoint SET note = 'other'",
                ],
                ["DELETE FROM entry WHERE sequence > 0", insert(4, position: 4), root],
            ]
        ),
    ]

    @Test(arguments: rules) func aWrongCommitIsStopped(rule: String, commits: [[String]])
        async throws
    {
        for sql in commits {
            let (sandbox, queue) = try await SealTests.stranger()
            let before = try await SealTests.dump(queue)
            let error = await #expect(throws: DatabaseError.self, "\(sql)") {
                try await write(sql, in: queue)
            }
            #expect(error?.message == "ledger: \(rule)", "\(sql)")
            #expect(try await SealTests.dump(queue) == before)
            withExtendedLifetime(sandbox) {}
        }
    }

    /// An id that is taken already is stopped by its index.
    @Test func anIDIsStoppedByItsIndex() async throws {
        let (sandbox, queue) = try await SealTests.stranger()
        let twice = Self.insert(4, position: 4, id: "(SELECT id FROM entry LIMIT 1)")
        let error = await #expect(throws: DatabaseError.self) {
            try await write([twice, Self.root], in: queue)
        }
        #expect(error?.message.contains("UNIQUE") == true)
        withExtendedLifetime(sandbox) {}
    }

    /// Another library takes the only hook of the connection: nothing more is written.
    @Test func aHookThatIsGoneIsNoticed() async throws {
        let (sandbox, queue) = try await SealTests.stranger()
        try queue.use { database in
            let seal = WriterSeal(database)
            sqlite3_update_hook(database.handle, nil, nil)
            try database.execute("BEGIN")
            do {
                _ = try seal.begin(.ownCheck, after: 3)
                try database.execute(Self.insert(4, position: 4))
                try database.execute(Self.root)
                #expect(throws: DatabaseError.self) {
                    try seal.check(after: 3, upto: 4, in: database)
                }
            }
            try database.execute("ROLLBACK")
        }
        withExtendedLifetime(sandbox) {}
    }

    @Test func theRightCommitIsLetIn() async throws {
        let (sandbox, queue) = try await SealTests.stranger()
        try await write([Self.insert(4, position: 4), Self.root], in: queue)
        let heads = try queue.read { database in
            try Int.all(database, "SELECT head FROM stream")
        }
        #expect(heads == [4])
        withExtendedLifetime(sandbox) {}
    }

    /// A second connection of the same process meets the triggers, and so does the writer's when a
    /// redaction is recorded.
    @Test func theTriggersAreOffOnTheWritersConnectionOnly() async throws {
        let (sandbox, queue) = try await SealTests.stranger()
        let other = try Connection(path: sandbox.path("ledger.db"))
        try queue.use { database throws -> Void in
            let seal = WriterSeal(database)
            #expect(try seal.begin(.ownCheck, after: 3) == .ownCheck)
            // The triggers are off now.
            try database.execute("BEGIN")
            do {
                try database.execute("UPDATE content SET bytes = x'00'")
            }
            try database.execute("ROLLBACK")
            #expect(try seal.begin(.triggers, after: 3) == .triggers)
            #expect(throws: DatabaseError.self) {
                try database.execute("UPDATE content SET bytes = x'00'")
            }
            #expect(try seal.begin(.ownCheck, after: 3) == .ownCheck)
        }
        #expect(throws: DatabaseError.self) {
            try other.write { try $0.execute("UPDATE content SET bytes = x'00'") }
        }
    }
}
