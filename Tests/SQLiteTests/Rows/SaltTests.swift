import CommandEngine
import CommandSecrets
import Crypto
import Foundation
import Ledger
import LedgerProof
import LedgerSQLite
import LedgerText
import Projections
import Support
import Testing

/// Salts: a redacted text cannot be guessed from the hash that proves it.
struct SaltTests {
    let sandbox: Sandbox
    private var path: String { sandbox.path("ledger.db") }

    init() throws { sandbox = try Sandbox() }

    private static func hash(_ bytes: [UInt8]) -> String { ContentHash(of: bytes).rawValue }

    /// The header as docs/proof.md describes it, put together by hand.
    @Test func theHeaderHasTheHashOfSaltAndPayload() throws {
        let store = MemoryStore()
        var draft = Sample.draft(1, payload: #"{"text":"x"}"#)
        draft.salt = .bits(0x0001_0203_0405_0607, 0x0809_0A0B_0C0D_0E0F)
        let salted = Self.hash(Array(0...15) + Array(#"{"text":"x"}"#.utf8))
        let plain = Self.hash(Array(#"{"text":"x"}"#.utf8))
        var sealer = Sealer()
        let entry = sealer.seal(draft, in: .general, at: 1)
        let header = LeafHasher.header(of: entry)
        #expect(header.contains(#","salted_payload":"\#(salted)","sequence":1,"#))
        #expect(!header.contains(#""payload""#) && !header.contains(plain))
        #expect(entry.hashes == [Receipt.leaf(of: Array(header.utf8))])
        draft.salt = nil
        let old = LeafHasher.header(of: sealer.seal(draft, in: .general, at: 2))
        #expect(old.contains(#","payload":"\#(plain)","position":2,"#))
        #expect(try JSONValue(parsing: header).object?.count == 10)
        withExtendedLifetime(store) {}
    }

    @Test func everyRecordedFactHasItsOwnSalt() async throws {
        let store = try sandbox.ledger()
        let recorder = Recorder(
            store: store, surroundings: Fixed.surroundings(),
            secretFilter: SecretFilter(variables: [:], secrets: []))
        _ = try await recorder.record((0..<20).map { _ in Fact(.noteAdded(Note(text: "same"))) })
        let salts = try await store.page(EntryFilter(), .oldestFirst, after: nil, limit: 99)
            .map(\.draft.salt)
        #expect(salts.count == 20 && Set(salts).count == 20)
        #expect(salts.allSatisfy { $0 != nil && $0 != .removed })
    }

    /// Whoever has the file and its proofs cannot test a guess: nothing in them is the hash of the
    /// text alone, and the salt is gone.
    @Test func aRedactionRemovesTheSalt() async throws {
        let store = try sandbox.ledger()
        let note = try RedactionTests.draft(.noteAdded(Note(text: "hunter2")), 1)
        let entry = try await RedactionTests.add(note, to: store)
        let salt = try #require(note.salt).withBytes { Data($0) }
        let decision = try Redacted(["text"], of: entry, reason: "pasted")
        _ = try await RedactionTests.add(RedactionTests.draft(.redacted(decision), 2), to: store)
        try store.scrub()
        let left = try #require(try await store.entry(at: 1))
        #expect(left.draft.salt == .removed && left.hashes == entry.hashes)
        #expect(left.draft.payloadHash == entry.draft.payloadHash)
        try store.close()
        let guess = Array(#"{"text":"hunter2"}"#.utf8)
        let unsalted = Self.hash(guess)
        for file in try FileManager.default.contentsOfDirectory(atPath: sandbox.folder.path) {
            let bytes = try Data(contentsOf: sandbox.folder.appending(path: file))
            #expect(bytes.range(of: salt) == nil, "\(file)")
            #expect(bytes.range(of: Data(unsalted.utf8)) == nil, "\(file)")
        }
        let again = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        #expect(try again.verify().findings == [])
    }

    /// A copy as JSON has the salt, also where it is gone.
    @Test(arguments: [nil, .bits(1, .max), .removed] as [PayloadSalt?])
    func aCopyHasTheSalt(salt: PayloadSalt?) throws {
        var draft = Sample.draft(1)
        draft.salt = salt
        if salt == .removed {
            draft.redaction = Redaction(
                payloadHash: ContentHash(unchecked: String(repeating: "a", count: 64)),
                decision: 2)
        }
        var sealer = Sealer()
        let entry = sealer.seal(draft, in: .general, at: 1)
        #expect(try Entry(json: entry.json).draft == entry.draft)
    }

    @Test(arguments: ["", "00", "0g", "removed", String(repeating: "0", count: 34)])
    func aSaltOfAnotherLengthIsRefused(text: String) throws {
        var sealer = Sealer()
        let entry = sealer.seal(Sample.draft(1), in: .general, at: 1)
        var members = try #require(entry.json.object)
        members["salt"] = .string(text)
        #expect(throws: FieldProblem.self) { try Entry(json: .object(members)) }
    }

    @Test(arguments: ["zeroblob(15)", "zeroblob(17)", "'0123456789abcdef'"])
    func theTablesTakeNoOtherSalt(salt: String) async throws {
        _ = try await sandbox.ledger().append([Sample.draft(1)], to: .general, expecting: .any)
        let queue = try Connection(path: path)
        #expect(throws: DatabaseError.self) {
            try queue.write { database in
                try database.execute(
                    """
                    INSERT INTO entry (sequence, id, stream, position, kind, time, recorded, "by",
                        known, hashes, payload, salt)
                    VALUES (2, randomblob(16), 'general', 2, 'note.added', 1, 1, 'mallory',
                        'declared', zeroblob(32), '{}', \(salt))
                    """)
            }
        }
    }

    /// Nobody checks a salt against a hash that was computed with another one.
    @Test func aSaltPutBackIsFound() async throws {
        let store = try sandbox.ledger()
        let note = try RedactionTests.draft(.noteAdded(Note(text: "hunter2")), 1)
        let entry = try await RedactionTests.add(note, to: store)
        let decision = try Redacted(["text"], of: entry, reason: "pasted")
        _ = try await RedactionTests.add(RedactionTests.draft(.redacted(decision), 2), to: store)
        try store.close()
        let queue = try Connection(path: path)
        try queue.write { database in
            try database.execute(
                """
                DROP TRIGGER entry_is_not_changed; DROP TRIGGER entry_is_redacted;
                UPDATE entry SET salt = zeroblob(16) WHERE sequence = 1
                """)
        }
        try queue.close()
        let reading = try SQLiteStore(path: path, .reading, views: [])
        let finding = try reading.verify().findings.first { $0.sequence == 1 }
        #expect(finding?.what.contains("its salt, is not as it was written") == true)
    }

    /// Salt and payload together are bytes with the same hash. They are not taken for a payload.
    @Test func aSaltMovedIntoThePayloadIsFound() async throws {
        let store = try sandbox.ledger()
        _ = try await store.append([Sample.draft(1)], to: .general, expecting: .any)
        try store.close()
        let queue = try Connection(path: path)
        try queue.write { database in
            try database.execute(
                """
                DROP TRIGGER entry_is_not_changed;
                UPDATE entry SET payload = CAST(salt || CAST(payload AS BLOB) AS TEXT), salt = x''
                """)
        }
        try queue.close()
        let reading = try SQLiteStore(path: path, .reading, views: [])
        #expect(try reading.verify().findings.first?.sequence == 1)
        #expect(await problem { _ = try await reading.entry(at: 1) }?.kind == .damaged)
    }

    /// The auditors' view tells an entry without a salt from one whose salt was removed.
    @Test func theViewTellsNoSaltFromARemovedOne() async throws {
        let store = try sandbox.ledger()
        var old = try RedactionTests.draft(.noteAdded(Note(text: "old")), 1)
        old.salt = nil
        _ = try await RedactionTests.add(old, to: store)
        let note = try RedactionTests.draft(.noteAdded(Note(text: "hunter2")), 2)
        let entry = try await RedactionTests.add(note, to: store)
        let decision = try Redacted(["text"], of: entry, reason: "pasted")
        _ = try await RedactionTests.add(RedactionTests.draft(.redacted(decision), 3), to: store)
        let queue = try Connection(path: path)
        let salts = try queue.read { try $0.rows("SELECT salt FROM log ORDER BY sequence") }
        #expect(salts == ["NULL", "''", "'00000000000000030000000000000007'"])
    }

    @Test func aChangedSaltIsFound() async throws {
        let store = try sandbox.ledger()
        _ = try await store.append(
            [Sample.draft(1), Sample.draft(2)], to: .general, expecting: .any)
        try store.close()
        let queue = try Connection(path: path)
        try queue.write { database in
            try database.execute(
                """
                DROP TRIGGER entry_is_not_changed; UPDATE entry SET salt = x'' WHERE sequence = 2
                """)
        }
        try queue.close()
        let reading = try SQLiteStore(path: path, .reading, views: [])
        #expect(try reading.verify().findings.first?.sequence == 2)
    }

    /// What redactions can have left of a payload, and what not.
    @Test(arguments: [
        (#"{"a":"***"}"#, #"{"a":"x"}"#, true), (#"{"a":"***"}"#, #"{"a":"x","n":1}"#, true),
        (#"{"a":"***"}"#, #"{"a":"x","b":"y"}"#, false), (#"{"a":"***"}"#, #"{"a":7}"#, false),
        (#"{"a":"y"}"#, #"{"a":"x"}"#, false), (#"{"l":[null,"***"]}"#, #"{"l":[1,"x"]}"#, true),
        (#"{"l":[null]}"#, #"{"l":["x"]}"#, false), (#"{"l":["***"]}"#, #"{"l":["x",1]}"#, false),
        (#"{"a":"***","b":1}"#, #"{"a":"x"}"#, false),
        (#"{"o":{"a":"***"}}"#, #"{"o":{"a":"x","c":true}}"#, true),
    ])
    func whatIsLeft(rest: String, whole: String, isRest: Bool) {
        var (left, other) = (Sample.draft(1, payload: rest), Sample.draft(1, payload: whole))
        other.salt = .bits(9, 9)
        #expect(!left.isRest(of: other), "nothing was redacted")
        left.salt = .removed
        left.redaction = Redaction(
            payloadHash: ContentHash(unchecked: String(repeating: "a", count: 64)), decision: 2)
        #expect(left.isRest(of: other) == isRest)
        #expect(left.tells(theSameAs: other) == isRest)
        #expect(other.tells(theSameAs: left) == isRest)
    }
}
