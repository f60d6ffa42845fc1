import Foundation
import Ledger
import LedgerProof
import LedgerSQLite
import Projections
import Support
import Testing

/// Checkpoints over each commit, and what is proved with them.
struct CheckpointTests {
    private let key: SigningKey
    private let sandbox: Sandbox

    init() throws {
        key = try SigningKey(name: "shop.example/ledger")
        sandbox = try Sandbox()
    }

    private func store(_ name: String = "ledger.db", signer: SigningKey?) throws -> SQLiteStore {
        let path = sandbox.path(name)
        if !FileManager.default.fileExists(atPath: path) { try SQLiteStore.create(path: path) }
        return try SQLiteStore(path: path, .writing, views: StoredViews.all, signer: signer)
    }

    private func add(_ numbers: ClosedRange<Int>, to store: any EventStore) async throws -> [Entry]
    {
        try await store.append(
            numbers.map { Sample.draft($0) }, to: .general, expecting: .any)
    }

    /// Each commit has a checkpoint; every entry is proved under it and under every later one, and
    /// every later ledger goes on from every earlier one.
    private func provesItself(_ store: any EventStore) async throws {
        var entries: [Entry] = []
        var at = 1
        for count in [1, 1, 5, 2, 8, 1, 13] {
            entries += try await add(at...at + count - 1, to: store)
            at += count
        }
        let newest = try #require(try await store.checkpoint(covering: nil))
        #expect(try newest.signers(among: [key.verifier]) == [key.verifier])
        let head = try await store.head()
        let checkpoint = try Checkpoint(newest.text)
        #expect(checkpoint.size == head.sequence && checkpoint.root == head.root)
        for entry in entries {
            for size in [nil, 9, head.sequence] {
                let made = try await store.receipt(for: entry, under: size)
                let receipt = try Receipt(Array(try #require(made).description.utf8))
                let proved = try receipt.proved(trusting: [key.verifier])
                #expect(proved.size >= max(entry.sequence, size ?? 0))
                #expect(receipt.index + 1 == entry.sequence && receipt.isAbout(entry))
                // What an entry says counts, and not the hash that is kept of it.
                var forged = entry
                forged.draft.payload = #"{"text":"forged"}"#
                #expect(!receipt.isAbout(forged))
                #expect(Receipt.leaf(of: receipt.header ?? []) == entry.hashes[0])
            }
        }
        for earlier in 1...head.sequence {
            let proof = try #require(try await store.consistency(from: earlier))
            let old = Checkpoint(
                origin: "shop.example/ledger", size: earlier,
                root: try await store.root(over: earlier))
            #expect(try proof.proved(from: old, trusting: [key.verifier]) == checkpoint)
        }
        #expect(try await store.checkpoint(covering: head.sequence + 1) == nil)
        #expect(try await store.consistency(from: head.sequence + 1) == nil)
    }

    @Test func theReferenceStoreProvesItself() async throws {
        try await provesItself(MemoryStore(signer: key))
    }

    @Test func theFileProvesItself() async throws {
        let store = try store(signer: key)
        try await provesItself(store)
        #expect(try store.verify().findings == [])
        try store.close()
    }

    /// Without a key nothing is signed; with one, what stands already is covered by the next
    /// checkpoint.
    @Test func aKeyThatComesLaterCoversWhatStands() async throws {
        let bare = try store(signer: nil)
        let first = try await add(1...3, to: bare)[0]
        #expect(try await bare.receipt(for: first) == nil)
        try bare.close()
        let signed = try store(signer: key)
        _ = try await add(4...4, to: signed)
        let receipt = try #require(try await signed.receipt(for: first))
        #expect(try receipt.proved(trusting: [key.verifier]).size == 4)
        #expect(try signed.verify().findings == [])
        // A known fact is not written again, and signs nothing.
        let again = try await signed.append([], to: .general, expecting: .any)
        #expect(again.isEmpty)
        #expect(try await Checkpoint(#require(signed.checkpoint(covering: nil)).text).size == 4)
        try signed.close()
    }

    @Test func whatWasSignedStaysAsItIs() async throws {
        let store = try store(signer: key)
        _ = try await add(1...3, to: store)
        try store.close()
        let file = try Connection(path: sandbox.path("ledger.db"))
        for sql in [
            "UPDATE checkpoint SET note = ''", "DELETE FROM checkpoint",
            "INSERT INTO checkpoint VALUES (3, '')", "INSERT INTO checkpoint VALUES (4, '')",
            "INSERT OR REPLACE INTO checkpoint VALUES (3, '')",
        ] {
            #expect(throws: DatabaseError.self, "\(sql)") {
                try file.write { try $0.execute(sql) }
            }
        }
        try file.close()
    }

    /// Whoever takes the guard away and changes a checkpoint is found.
    @Test(arguments: ["another", "nothing"])
    func aCheckpointOfAnotherTreeIsFound(what: String) async throws {
        let store = try store(signer: key)
        _ = try await add(1...3, to: store)
        try store.close()
        let other = try key.checkpoint(over: KeptTree(3).tree).description
        let file = try Connection(path: sandbox.path("ledger.db"))
        try file.write { database in
            let trigger = try String.first(
                database,
                "SELECT sql FROM sqlite_master WHERE name = 'checkpoint_is_not_changed'")
            try database.execute("DROP TRIGGER checkpoint_is_not_changed")
            try database.execute(
                "UPDATE checkpoint SET note = ?",
                what == "another" ? other : "nothing")
            try database.execute(trigger ?? "")
        }
        try file.close()
        let reader = try SQLiteStore(
            path: sandbox.path("ledger.db"), .reading, views: StoredViews.all)
        let findings = try reader.verify().findings
        #expect(findings.count == 1 && findings[0].sequence == 3)
        let words =
            what == "another"
            ? "its stored checkpoint does not match the tree"
            : "its stored checkpoint is invalid"
        #expect(findings.first?.what.contains(words) == true)
    }

    // MARK: Keys

    @Test func aKeyIsReadAgain() throws {
        let again = try SigningKey(key.description)
        #expect(again.verifier == key.verifier)
        let text = Array("text".utf8)
        #expect(key.verifier.verifies(try again.signature(of: text), of: text))
        // As the tools for signed notes print theirs (golang.org/x/mod/sumdb/note, its example).
        let published = try SigningKey(
            "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")
        #expect(
            published.verifier.description
                == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    }

    @Test(arguments: ["", "PRIVATE+KEY+", "PRIVATE+KEY+a+00000000+AQ==", "a+00000000+AQ=="])
    func whatIsNoKeyIsRefusedAndNotRepeated(text: String) {
        let problem = #expect(throws: ProofProblem.self) { try SigningKey(text) }
        #expect(problem?.reason.contains("begins with PRIVATE+KEY+") == true)
    }

    @Test func aKeysNameHasNoSpaces() {
        for name in ["", "a b", "a+b"] {
            #expect(throws: ProofProblem.self) { try SigningKey(name: name) }
        }
    }
}
