import Foundation
import Ledger
import LedgerProof
import LedgerSQLite
import Projections
import Support

/// Somebody with full access to the file, the schema and the key, who wants another past.
struct Malice {
    private static let entries = 200
    private let room: Room
    private let path: String
    private let key: SigningKey
    private let whole: Data
    /// What was handed out before.
    private var checkpoints: [Checkpoint] = []
    private var receipts: [Receipt] = []

    init() async throws {
        room = try Room()
        path = room.path("ledger.db")
        key = try SigningKey(name: "faults.example/ledger")
        try SQLiteStore.create(path: path)
        let store = try SQLiteStore(path: path, .writing, views: StoredViews.all, signer: key)
        for number in 1...Self.entries {
            let (draft, stream) = Load.entry(number)
            let entry = try await store.append([draft], to: stream, expecting: .any)[0]
            guard number % 50 == 0 else { continue }
            if let note = try await store.checkpoint(covering: nil) {
                checkpoints.append(try Checkpoint(note.text))
            }
            if let receipt = try await store.receipt(for: entry) { receipts.append(receipt) }
        }
        try store.close()
        whole = try Data(contentsOf: URL(filePath: path))
    }

    /// What is done to the file by SQL, about an entry.
    private static let byHand: [(name: String, sql: @Sendable (Int) -> String)] = [
        (
            "payload changed",
            { #"UPDATE entry SET payload = '{"text":"other"}' WHERE sequence = \#($0)"# }
        ),
        ("author changed", { "UPDATE entry SET \"by\" = 'mallory' WHERE sequence = \($0)" }),
        ("time moved back", { "UPDATE entry SET time = time - 1 WHERE sequence = \($0)" }),
        ("deleted", { "DELETE FROM entry WHERE sequence = \($0)" }),
        (
            "deleted with its hash, the rest renumbered",
            {
                "DELETE FROM entry WHERE sequence = \($0); UPDATE entry SET sequence = -sequence WHERE "
                    + "sequence > \($0); UPDATE entry SET sequence = -sequence - 1 WHERE sequence < 0"
            }
        ),
        (
            "two swapped",
            {
                "UPDATE entry SET sequence = -1 WHERE sequence = \($0); UPDATE entry SET sequence = \($0) "
                    + "WHERE sequence = \($0 + 1); UPDATE entry SET sequence = \($0 + 1) WHERE sequence = -1"
            }
        ),
        (
            "leaf and content changed together",
            {
                "UPDATE entry SET \"by\" = 'mallory', hashes = zeroblob(length(hashes)) WHERE sequence = \($0)"
            }
        ),
        ("salt changed", { "UPDATE entry SET salt = randomblob(16) WHERE sequence = \($0)" }),
        ("salt removed", { "UPDATE entry SET salt = x'' WHERE sequence = \($0)" }),
        ("root changed", { "UPDATE root SET root = zeroblob(32) WHERE size = \($0)" }),
        (
            "checkpoint of another size",
            {
                "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = \($0 + 1)) WHERE size "
                    + "= \($0)"
            }
        ),
        (
            "stored view changed",
            { "UPDATE view_row SET state = 'verified', tag = 'v9' WHERE since <= \($0)" }
        ),
        ("stream head changed", { "UPDATE stream SET head = head + \($0)" }),
        (
            "taken out without a decision",
            {
                "INSERT INTO redaction SELECT sequence, '\(String(repeating: "0", count: 64))', sequence FROM "
                    + "entry WHERE sequence = \($0)"
            }
        ),
        (
            "taken out of what is not there yet",
            {
                "INSERT INTO redaction SELECT max(sequence) + \($0), '\(String(repeating: "0", count: 64))', "
                    + "max(sequence) + \($0) + 1 FROM entry"
            }
        ),
        (
            "added before the first entry",
            {
                """
                INSERT INTO entry SELECT -sequence, randomblob(16), 'before', 1, kind, time, recorded, "by",
                    known, cause, correlation, NULL, NULL, environment, service, tag, digest, revision, hashes,
                    payload, salt FROM entry WHERE sequence = \($0);
                INSERT INTO stream VALUES ('before', 1)
                """
            }
        ),
    ]

    /// Another past that is written anew, hashes, roots and signatures and all.
    private static let anew: [(name: String, change: @Sendable (inout [Item], Int) -> Void)] = [
        ("changed", { $0[$1].draft.payload = #"{"text":"other"}"# }),
        ("told by another", { $0[$1].draft.by = Author(name: "mallory") }),
        ("left out", { $0.remove(at: $1) }),
        ("inserted", { $0.insert(Item(draft: Load.note(50_000 + $1), stream: .general), at: $1) }),
        ("two swapped", { $0.swapAt($1, $1 + 1) }),
        ("end cut off", { $0.removeLast($0.count - $1) }),
        (
            "middle forged, both ends right",
            { items, place in
                for index in place / 2...place { items[index].draft.by = Author(name: "mallory") }
            }
        ),
        (
            "recorded as of another time",
            { items, place in
                items[place].draft.recorded = items[place].draft.recorded.adding(seconds: 0.000_001)
            }
        ),
    ]

    fileprivate struct Item {
        var draft: Draft
        let stream: StreamName
    }

    func run(_ times: Int, seed: UInt64) async throws -> Tally {
        var chance = Seeded(seed)
        var tally = Tally()
        while tally.tries < times {
            let place = Int.random(in: 2...Self.entries - 2, using: &chance)
            for (name, sql) in Self.byHand {
                try lay()
                try await tamper(sql(place))
                await judge("by hand: \(name) at \(place)", &tally)
            }
            for (name, change) in Self.anew {
                for key in [key, try SigningKey(name: "faults.example/ledger")] {
                    try await rewrite(signing: key) { change(&$0, place) }
                    await judge("written anew: \(name) at \(place)", &tally)
                }
            }
        }
        return tally
    }

    private func lay() throws {
        try room.clear()
        try whole.write(to: URL(filePath: path))
    }

    private func tamper(_ sql: String) async throws {
        let queue = try Connection(path: path)
        try queue.use { database in
            let guards = try String.all(
                database, "SELECT sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
            )
            for name in try String.all(
                database, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
            {
                try database.execute("DROP TRIGGER \(name)")
            }
            try database.execute(sql)
            // The guard is put back, so that it does not tell.
            for sql in guards { try database.execute(sql) }
        }
        try queue.close()
    }

    private func rewrite(
        signing key: SigningKey, _ change: (inout [Item]) -> Void
    ) async throws {
        try lay()
        var items: [Item] = []
        let old = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        try await old.each { items.append(Item(draft: $0.draft, stream: $0.stream)) }
        try old.close()
        change(&items)
        try room.clear()
        try SQLiteStore.create(path: path)
        let store = try SQLiteStore(path: path, .writing, views: StoredViews.all, signer: key)
        for item in items {
            _ = try await store.append([item.draft], to: item.stream, expecting: .any)
        }
        try store.close()
    }

    private func judge(_ name: String, _ tally: inout Tally) async {
        tally.tries += 1
        if await isFound() { tally.found += 1 } else { tally.wrong.append("\(name) is not found") }
    }

    /// By `verify`, by a checkpoint or by a receipt that was handed out before.
    private func isFound() async -> Bool {
        do {
            let store = try SQLiteStore(path: path, .reading, views: StoredViews.all)
            defer { try? store.close() }
            if try !store.verify(threads: 1).findings.isEmpty { return true }
            let head = try await store.head().sequence
            for checkpoint in checkpoints {
                guard checkpoint.size <= head,
                    try await store.root(over: checkpoint.size) == checkpoint.root
                else { return true }
            }
            for receipt in receipts {
                guard let entry = try await store.entry(at: receipt.index + 1),
                    receipt.isAbout(entry)
                else { return true }
            }
            return false
        } catch let problem as StoreProblem {
            return [.damaged, .notALedger, .older, .newer].contains(problem.kind)
        } catch { return false }
    }
}
