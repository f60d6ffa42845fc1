import Foundation
import Ledger
import LedgerSQLite
import Support
import Testing

/// Contents are kept compressed where that makes them fewer bytes.
struct ContentTests {
    private static let text = Array(
        String(repeating: #"{"ref":"refs/heads/main"}"#, count: 400).utf8)

    private static func random(_ count: Int) -> [UInt8] {
        var seeded = Seeded(7)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: seeded.next()) }
    }

    private func kept(_ bytes: [UInt8], in sandbox: Sandbox) async throws -> (Int, Int) {
        let store = try sandbox.ledger()
        let content = Content(bytes)
        _ = try await store.append([
            Append([Sample.draft(1)], to: .general, expecting: .any, keeping: [content, content])
        ])
        #expect(try await store.content(content.hash) == bytes)
        #expect(try store.verify().findings == [])
        try store.close()
        let queue = try Connection(path: sandbox.path("ledger.db"))
        return try queue.read { database in
            (
                try Int.first(database, "SELECT length(bytes) FROM content") ?? -1,
                try Int.first(database, "SELECT size FROM content") ?? -1
            )
        }
    }

    @Test func whatRepeatsTakesLess() async throws {
        let (kept, size) = try await kept(Self.text, in: Sandbox())
        #expect(size == Self.text.count && kept * 20 < size)
    }

    @Test(arguments: [0, 1, 100, 255, 256, 70_000])
    func whatIsShortOrRandomStaysAsItIs(count: Int) async throws {
        let bytes = Self.random(count)
        let (kept, size) = try await kept(bytes, in: Sandbox())
        #expect(kept == count && size == count)
    }

    /// Whoever has nothing but the shell `sqlite3` can read it, as schema.sql says.
    @Test func theShellReadsIt() async throws {
        let sandbox = try Sandbox()
        _ = try await kept(Self.text, in: sandbox)
        let said = try await Spoken.run([
            "sqlite3", sandbox.path("ledger.db"),
            "SELECT sqlar_uncompress(bytes, size) FROM content",
        ])
        #expect(said.output == String(decoding: Self.text, as: UTF8.self) + "\n", "\(said.error)")
    }

    /// A forged size makes the program ask for no memory, and read nothing else.
    @Test(arguments: [
        "size = 9000000000000000000", "size = -1", "size = size + 1", "size = size - 1",
        "size = NULL", "size = length(bytes)", "bytes = x'789c'", "bytes = x'', size = 5",
        "bytes = substr(bytes, 1, length(bytes) - 9)", "bytes = CAST(bytes || x'00' AS BLOB)",
    ])
    func aForgedRowIsFound(change: String) async throws {
        let sandbox = try Sandbox()
        _ = try await kept(Self.text, in: sandbox)
        let queue = try Connection(path: sandbox.path("ledger.db"))
        try queue.write { database in
            try database.execute(
                "DROP TRIGGER content_is_not_changed; UPDATE content SET \(change)")
        }
        try queue.close()
        let store = try SQLiteStore(path: sandbox.path("ledger.db"), .reading, views: [])
        let hash = Content(Self.text).hash
        #expect(await problem { _ = try await store.content(hash) }?.kind == .damaged)
        #expect(try store.verify().findings.contains { $0.what.contains("\(hash) was changed") })
    }
}
