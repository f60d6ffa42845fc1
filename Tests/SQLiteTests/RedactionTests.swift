import Foundation
import Ledger
import LedgerProof
import LedgerSQLite
import Projections
import Support
import Testing

/// Bytes leave a payload by a recorded decision, and by nothing else.
struct RedactionTests {
    let sandbox: Sandbox
    private var path: String { sandbox.path("ledger.db") }
    private static let secret = "tok3n-0123456789"

    init() throws { sandbox = try Sandbox() }

    private static func note(_ text: String, _ number: UInt64 = 1) throws -> Draft {
        try draft(.noteAdded(Note(text: text)), number)
    }

    static func draft(_ event: Event, _ number: UInt64) throws -> Draft {
        try Draft(
            event, id: EntryID(high: 1, low: number), time: Fixed.start, recorded: Fixed.start,
            by: Author(name: "alice"), salt: .bits(number, 7))
    }

    static func add(_ draft: Draft, to store: any EventStore) async throws -> Entry {
        try await store.append([Append([draft], to: .general, expecting: .any)])[0]
    }

    /// A ledger of three notes, the second of which has the secret.
    private func filled(_ store: any EventStore) async throws -> Entry {
        _ = try await Self.add(Self.note("one", 1), to: store)
        let entry = try await Self.add(Self.note("see \(Self.secret) there", 2), to: store)
        _ = try await Self.add(Self.note("three", 3), to: store)
        return entry
    }

    private func redact(_ entry: Entry, in store: any EventStore) async throws -> Entry {
        let decision = try Redacted(["text"], of: entry, reason: "pasted")
        return try await Self.add(Self.draft(.redacted(decision), 9), to: store)
    }

    @Test func theProofsStillHold() async throws {
        let key = try SigningKey(name: "shop.example/ledger")
        let memory = MemoryStore(views: StoredViews.all, signer: key)
        try SQLiteStore.create(path: path)
        let file = try SQLiteStore(path: path, .writing, views: StoredViews.all, signer: key)
        for store: any EventStore in [memory, file] {
            let entry = try await filled(store)
            let receipt = try #require(try await store.receipt(for: entry))
            let before = try await store.head()
            _ = try await redact(entry, in: store)
            let left = try #require(try await store.entry(at: 2))
            #expect(left.draft.payload == #"{"text":"***"}"#)
            #expect(left.draft.redaction?.decision == 4 && left.hashes == entry.hashes)
            #expect(try await store.root(over: 3) == before.root)
            #expect(LeafHasher.header(of: left) == LeafHasher.header(of: entry))
            #expect(try receipt.proved(trusting: [key.verifier]).size == 2)
            let again = try #require(try await store.receipt(for: left, under: 4))
            #expect(try again.proved(trusting: [key.verifier]).size == 4)
        }
        let result = try file.verify()
        #expect(result.findings.isEmpty && result.redacted == 1)
    }

    @Test func theBytesAreGoneFromTheFile() async throws {
        let store = try sandbox.ledger("ledger.db", views: StoredViews.all)
        let entry = try await filled(store)
        for number in 10...200 {
            _ = try await Self.add(Self.note("filler \(number)", UInt64(number)), to: store)
        }
        _ = try await redact(entry, in: store)
        try store.scrub()
        for file in try FileManager.default.contentsOfDirectory(atPath: sandbox.folder.path) {
            let bytes = try Data(contentsOf: sandbox.folder.appending(path: file))
            #expect(bytes.range(of: Data(Self.secret.utf8)) == nil, "\(file)")
        }
        try store.close()
        let again = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        #expect(try again.verify().findings.isEmpty)
        _ = try await Self.add(Self.note("after", 300), to: again)
        #expect(try again.verify().findings.isEmpty)
    }

    /// What lies in a plan's or a run's words is taken out of the views as well.
    @Test func viewsLoseTheTextAndKeepTheirMeaning() async throws {
        let store = try sandbox.ledger("ledger.db", views: StoredViews.all)
        let fence = try Fence(
            environment: EnvironmentName("production"), service: ServiceName("web"),
            tag: ReleaseTag("v1.0.0"), reason: "leaks \(Self.secret)")
        let entry = try await Self.add(Self.draft(.fenceRaised(fence), 1), to: store)
        let before = try await Projector(store).environment(EnvironmentName("production"))
        let decision = try Redacted(["reason"], of: entry, reason: "pasted")
        _ = try await Self.add(Self.draft(.redacted(decision), 2), to: store)
        let after = try await Projector(store).environment(EnvironmentName("production"))
        #expect(before.marks.map(\.reason) == ["leaks \(Self.secret)"])
        #expect(after.marks.map(\.reason) == ["***"])
        #expect(after.marks.map(\.release) == before.marks.map(\.release))
        #expect(try store.verify().findings == [])
    }

    /// An entry that somebody has changed is evidence, and stays as it is.
    @Test func whatWasChangedIsNotTakenOut() async throws {
        let store = try sandbox.ledger("ledger.db")
        let entry = try await filled(store)
        try store.close()
        let queue = try Connection(path: path)
        let forged = #"{"text":"forged"}"#
        try queue.write { database in
            try database.execute("DROP TRIGGER entry_is_not_changed")
            try database.execute(
                "UPDATE entry SET payload = ? WHERE id = ?",
                forged, Array(entry.id.bytes))
        }
        try queue.close()
        let again = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        let changed = try #require(try await again.entry(at: 2))
        let problem = await #expect(throws: StoreProblem.self) {
            try await redact(changed, in: again)
        }
        #expect(problem?.kind == .damaged && problem?.entry == 2)
        #expect(try await again.entry(at: 2)?.draft.payload == forged)
    }

    /// A refused decision does not take the appends with it that are committed together with it.
    @Test func aRefusedDecisionLeavesNothing() async throws {
        let memory = MemoryStore(views: StoredViews.all)
        let file = try sandbox.ledger("ledger.db", views: StoredViews.all)
        for store: any EventStore in [memory, file] {
            let entry = try await filled(store)
            var decision = try Redacted(["text"], of: entry, reason: "pasted")
            decision.left = decision.payload
            await #expect(throws: StoreProblem.self) {
                try await Self.add(Self.draft(.redacted(decision), 9), to: store)
            }
            decision = try Redacted(["text"], of: entry, reason: "pasted")
            decision.entry = EntryID(high: 5, low: 5)
            await #expect(throws: StoreProblem.self) {
                try await Self.add(Self.draft(.redacted(decision), 9), to: store)
            }
            #expect(try await store.head().sequence == 3)
            #expect(try await store.entry(at: 2)?.draft == entry.draft)
        }
        #expect(try file.verify().findings.isEmpty)
    }

    /// One entry can lose bytes twice, and what was told before is known when it is told again.
    @Test func twiceAndToldAgain() async throws {
        let store = try sandbox.ledger("ledger.db", views: StoredViews.all)
        var draft = Draft(
            id: EntryID(high: 1, low: 1), kind: "note.strange", subject: Subject(),
            payload: #"{"a":"first","b":["second",7],"c":true}"#, time: Fixed.start,
            recorded: Fixed.start, by: Author(name: "alice"), salt: .bits(5, 6))
        draft.source = Source(name: "ci", id: "1")
        let entry = try await Self.add(draft, to: store)
        for (number, fields) in [["/b/0"], ["a", "c"]].enumerated() {
            let present = try #require(try await store.entry(at: 1))
            let decision = try Redacted(fields, of: present, reason: "pasted")
            _ = try await Self.add(
                Self.draft(.redacted(decision), UInt64(number + 5)), to: store)
        }
        let left = try #require(try await store.entry(at: 1))
        #expect(left.draft.payload == #"{"a":"***","b":["***",7]}"#)
        #expect(left.draft.redaction?.decision == 3)
        #expect(left.draft.payloadHash == entry.draft.payloadHash)
        let findings = try store.verify().findings
        #expect(findings == [])
        #expect(
            try await store.decisions(about: left).map(\.what.fields) == [["/b/0"], ["a", "c"]])
        draft.id = EntryID(high: 1, low: 77)
        draft.salt = .bits(8, 9)
        #expect(try await Self.add(draft, to: store).sequence == 1)
        draft.payload = #"{"a":"other"}"#
        await #expect(throws: StoreProblem.self) { try await Self.add(draft, to: store) }
    }

    /// With the file in hand and the triggers as they are, only the decision's own change goes.
    @Test(arguments: [
        "UPDATE entry SET payload = '{}' WHERE sequence = 1",
        "UPDATE entry SET payload = '{}' WHERE sequence = 2",
        "UPDATE entry SET payload = '{}' WHERE sequence = 4",
        "UPDATE entry SET payload = '{\"text\":\"***\"}', \"by\" = 'bob' WHERE sequence = 2",
        "UPDATE entry SET salt = NULL WHERE sequence = 2",
        "UPDATE entry SET salt = zeroblob(16) WHERE sequence = 2",
        "UPDATE entry SET salt = x'' WHERE sequence = 1",
        "INSERT INTO redaction VALUES (1, 'aa', 4)", "INSERT INTO redaction VALUES (2, 'aa', 5)",
        "UPDATE redaction SET decision = 3", "UPDATE redaction SET payload_hash = 'aa'",
        "UPDATE redaction SET decision = 5", "DELETE FROM redaction",
        "REPLACE INTO redaction VALUES (2, 'aa', 4)",
    ])
    func theSealAllowsNothingElse(sql: String) async throws {
        let store = try sandbox.ledger("ledger.db", views: StoredViews.all)
        _ = try await redact(filled(store), in: store)
        try store.close()
        let queue = try Connection(path: path)
        #expect(throws: DatabaseError.self, "\(sql)") {
            try queue.write { try $0.execute(sql) }
        }
    }

    /// A decision that somebody makes by SQL, with the right hashes, can blank and not rewrite; and
    /// what the ledger is checked with stays whole.
    @Test(arguments: [
        (2, #"{"text":"never said"}"#, false), (2, #"{"text":"***","more":1}"#, false),
        (2, #"{"text":"***","a word":"***"}"#, false), (2, #"{"text":"***","x":null}"#, false),
        (2, #"{"text":"***","x":[]}"#, false), (2, #"{"text":{}}"#, false),
        (2, #"{"text":"***"}"#, true), (2, "{}", true), (5, #"{"key":"***"}"#, false),
    ])
    func aDecisionMadeByHandCannotRewrite(sequence: Int, payload: String, isLetIn: Bool)
        async throws
    {
        let store = try sandbox.ledger("ledger.db", views: StoredViews.all)
        let entry = try await filled(store)
        _ = try await Self.add(Self.note("four", 4), to: store)
        let key = try await Self.add(Self.draft(.keyChanged(KeyChange(key: "k")), 5), to: store)
        try store.close()
        let target = sequence == 2 ? entry : key
        let decision = Redacted(
            entry: target.id, fields: [sequence == 2 ? "text" : "key"], reason: "forged",
            payload: target.draft.payloadHash, left: ContentHash(of: Array(payload.utf8)))
        let draft = try Self.draft(.redacted(decision), 6)
        let queue = try Connection(path: path)
        let change: @Sendable (Database) throws -> Void = { database in
            try database.execute(
                """
                INSERT INTO entry SELECT 6, ?, stream, 6, 'payload.redacted', time, recorded, "by",
                    known, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, zeroblob(32), ?,
                    NULL
                FROM entry WHERE sequence = 1
                """, Array(draft.id.bytes), draft.payload)
            try database.execute(
                "UPDATE entry SET payload = ?, salt = iif(salt IS NULL, NULL, x'') WHERE sequence = ?",
                payload, sequence)
        }
        if isLetIn {
            try queue.write(change)
        } else {
            #expect(throws: DatabaseError.self) { try queue.write(change) }
        }
    }

    /// A copy of a redacted ledger has the same root and verifies, in one append or in many.
    @Test(arguments: [true, false])
    func aCopyTakesTheGapOver(atOnce: Bool) async throws {
        let origin = MemoryStore(views: StoredViews.all)
        _ = try await redact(filled(origin), in: origin)
        var drafts: [Draft] = []
        try await origin.each { drafts.append($0.draft) }
        let copy = try sandbox.ledger("ledger.db", views: StoredViews.all)
        let parts = atOnce ? [drafts] : drafts.map { [$0] }
        for part in parts { _ = try await copy.append(part, to: .general, expecting: .any) }
        #expect(try await copy.head() == origin.head())
        let result = try copy.verify()
        #expect(result.findings.isEmpty && result.redacted == 1)
    }

    @Test func whatTheLedgerIsCheckedWithStaysWhole() async throws {
        let memory = MemoryStore(views: StoredViews.all)
        let file = try sandbox.ledger("ledger.db", views: StoredViews.all)
        for store: any EventStore in [memory, file] {
            let key = try await Self.add(
                Self.draft(.keyChanged(KeyChange(key: "k", reason: "r")), 1), to: store)
            let decision = try Redacted(["reason"], of: key, reason: "pasted")
            await #expect(throws: StoreProblem.self) {
                try await Self.add(Self.draft(.redacted(decision), 2), to: store)
            }
        }
    }

    /// Two decisions about one entry in one append: as a copy of the ledger brings them.
    @Test func twoDecisionsAtOnce() async throws {
        let memory = MemoryStore(views: StoredViews.all)
        let file = try sandbox.ledger("ledger.db", views: StoredViews.all)
        for store: any EventStore in [memory, file] {
            let draft = Draft(
                id: EntryID(high: 1, low: 1), kind: "note.strange", subject: Subject(),
                payload: #"{"a":"first","b":"second"}"#, time: Fixed.start, recorded: Fixed.start,
                by: Author(name: "alice"))
            var entry = try await Self.add(draft, to: store)
            let first = try Redacted(["a"], of: entry, reason: "pasted")
            let payloadHash = entry.draft.payloadHash
            entry.draft.payload = #"{"a":"***","b":"second"}"#
            entry.draft.redaction = Redaction(payloadHash: payloadHash, decision: 2)
            let second = try Redacted(["b"], of: entry, reason: "pasted")
            _ = try await store.append(
                [Self.draft(.redacted(first), 2), Self.draft(.redacted(second), 3)], to: .general,
                expecting: .any)
            let left = try #require(try await store.entry(at: 1))
            #expect(left.draft.payload == #"{"a":"***","b":"***"}"#)
            #expect(left.draft.redaction == Redaction(payloadHash: payloadHash, decision: 3))
        }
        #expect(try file.verify().findings.isEmpty)
    }

    /// With the triggers gone, verify names the place.
    @Test(arguments: [
        ("UPDATE entry SET payload = '{\"text\":\"never\"}' WHERE sequence = 2", 4),
        ("UPDATE entry SET payload = '{\"text\":\"never\"}' WHERE sequence = 1", 1),
        ("DELETE FROM redaction", 2), ("UPDATE redaction SET decision = 3", 2),
        ("UPDATE redaction SET decision = 9", 2),
        ("INSERT INTO redaction SELECT 5, payload_hash, 6 FROM redaction", 5),
        ("UPDATE redaction SET payload_hash = 'aa'", 2),
        (
            "INSERT INTO redaction SELECT 1, payload_hash, 4 FROM redaction", 1
        ),
        (
            "DELETE FROM redaction; UPDATE entry SET payload = '{\"text\":\"see \(secret) there\"}' "
                + "WHERE sequence = 2", 2
        ),
        (
            "DELETE FROM redaction; UPDATE entry SET payload = '{\"text\":\"see \(secret) there\"}', "
                + "salt = x'00000000000000020000000000000007' WHERE sequence = 2", 4
        ),
    ])
    func whatWasDoneByHandIsFound(sql: String, place: Int) async throws {
        let store = try sandbox.ledger("ledger.db", views: StoredViews.all)
        _ = try await redact(filled(store), in: store)
        try store.close()
        let queue = try Connection(path: path)
        try queue.write { database in
            for name in try String.all(
                database, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
            {
                try database.execute("DROP TRIGGER \(name)")
            }
            try database.execute(sql)
        }
        try queue.close()
        let reader = try SQLiteStore(path: path, .reading, views: StoredViews.all)
        #expect(try reader.verify().findings.compactMap(\.sequence).first == place)
    }

    @Test func fieldsAreFoundByNameAndByPointer() throws {
        let value: JSONValue = ["a/b": "x", "list": ["one", ["deep": "two"]], "n": 7, "~": "t"]
        func rest(_ fields: [String]) throws -> String {
            try Redaction.rest(of: value, without: fields).payload
        }
        #expect(
            try rest(["a/b"]) == #"{"a/b":"***","list":["one",{"deep":"two"}],"n":7,"~":"t"}"#)
        #expect(
            try rest(["/a~1b", "/~0"])
                == #"{"a/b":"***","list":["one",{"deep":"two"}],"n":7,"~":"***"}"#)
        #expect(
            try rest(["/list/1/deep"])
                == #"{"a/b":"x","list":["one",{"deep":"***"}],"n":7,"~":"t"}"#)
        #expect(try rest(["/list/1", "n"]) == #"{"a/b":"x","list":["one",null],"~":"t"}"#)
        for field in ["missing", "/list/2", "/list/x", "/n/a", "", "/"] {
            #expect(throws: FieldProblem.self, "\(field)") { try rest([field]) }
        }
        #expect(throws: FieldProblem.self) { try rest(["n", "n"]) }
        #expect(throws: FieldProblem.self) { try rest(["/~0", "~"]) }
    }
}
