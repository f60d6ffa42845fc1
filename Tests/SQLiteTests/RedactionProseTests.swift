import Ledger
import LedgerSQLite
import Projections
import Support
import Testing

/// What people alone read may be taken out; what the ledger means does not change with it.
extension RedactionTests {
    /// What decides what the ledger means stays.
    @Test func meaningIsNotTakenOut() async throws {
        let store = try sandbox.ledger("ledger.db", views: StoredViews.all)
        let seen = try HostObservation(
            environment: EnvironmentName("production"), service: ServiceName("web"),
            host: HostName("a"),
            digest: ImageDigest("sha256:" + String(repeating: "a", count: 64)), reachable: true)
        let entry = try await Self.add(Self.draft(.hostObserved(seen), 1), to: store)
        #expect(throws: FieldProblem.self) {
            try Redacted(["host"], of: entry, reason: "pasted")
        }
        #expect(throws: FieldProblem.self) {
            try Redacted(["digest"], of: entry, reason: "pasted")
        }
        // A decision that was made by hand is judged by the store itself.
        let rest = #"{"host":"***"}"#
        let forged = try Self.draft(
            .redacted(
                Redacted(
                    entry: entry.id, fields: ["host"], reason: "pasted",
                    payload: entry.draft.payloadHash, left: ContentHash(of: Array(rest.utf8)))), 2)
        await #expect(throws: StoreProblem.self) {
            try await Self.add(forged, to: store)
        }
        #expect(try await store.head().sequence == 1)
        #expect(try store.verify().findings.isEmpty)
    }

    /// What a gate asks for, or the way back, or any later look, is not prose.
    @Test(arguments: [
        (EventKind.checkFinished, "name"), (.checkFinished, "outcome"), (.checkFinished, "seconds"),
        (.reviewSubmitted, "verdict"), (.changeMerged, "author"),
        (.migrationApplied, "irreversible"),
        (.migrationApplied, "name"), (.repoPushed, "branch"), (.imageTagged, "image"),
        (.stepFinished, "migration"), (.stepFinished, "outcome"), (.leaseGranted, "holder"),
        (.deployApproved, "signature"), (.guardChecked, "files"), (.guardWaived, "rule"),
        (.deliveryReceived, "body"), (.eventCorrected, "was"), (.deployFinished, "hosts"),
    ])
    func whatSomethingFollowsFromStays(kind: EventKind, field: String) async throws {
        for store: any EventStore in [MemoryStore(), try sandbox.ledger("ledger.db")] {
            let entry = try await Self.add(Self.draft(kind.wholeExample, 1), to: store)
            try #require(entry.payload[field] != nil)
            #expect(throws: FieldProblem.self) { try Redacted([field], of: entry, reason: "x") }
            #expect(throws: FieldProblem.self) {
                try Redacted(["/\(field)"], of: entry, reason: "x")
            }
            let rest = try Redaction.rest(of: entry.payload, without: [field]).payload
            let byHand = Redacted(
                entry: entry.id, fields: [field], reason: "x", payload: entry.draft.payloadHash,
                left: ContentHash(of: Array(rest.utf8)))
            await #expect(throws: StoreProblem.self) {
                try await Self.add(Self.draft(.redacted(byHand), 2), to: store)
            }
        }
    }

    /// Nor is it believed of a copy, whose entries come as decisions have left them.
    @Test func aCopyIsNotBelievedEither() async throws {
        let check = try Self.draft(EventKind.checkFinished.wholeExample, 1)
        let entry = try await Self.add(check, to: MemoryStore())
        let rest = try Redaction.rest(of: entry.payload, without: ["outcome"]).payload
        var copied = check
        copied.payload = rest
        copied.redaction = Redaction(payloadHash: check.payloadHash, decision: 2)
        copied.salt = .removed
        let decision = Redacted(
            entry: check.id, fields: ["outcome"], reason: "x", payload: check.payloadHash,
            left: ContentHash(of: Array(rest.utf8)))
        let store = try sandbox.ledger("ledger.db")
        _ = try await store.append([
            Append(
                [copied, Self.draft(.redacted(decision), 2)], to: .general, expecting: .any)
        ])
        let found = try store.verify().findings
        #expect(found.map(\.sequence) == [2], "\(found)")
    }

    @Test(arguments: [
        (EventKind.stepFinished, "output"), (.stepStarted, "/command/0"), (.deployFailed, "reason"),
        (.checkFinished, "url"), (.repoPushed, "message"), (.hostObserved, "detail"),
        (.eventCorrected, "fields"), (.incidentOpened, "summary"), (.deliveryReceived, "reason"),
    ])
    func whatPeopleAloneReadGoes(kind: EventKind, field: String) async throws {
        let store = try sandbox.ledger("ledger.db")
        var draft = try Self.draft(kind.wholeExample, 1)
        draft.payload = draft.payload.replacing(
            #""command":[]"#, with: #""command":["login"]"#)
        let entry = try await Self.add(draft, to: store)
        let decision = try Redacted([field], of: entry, reason: "pasted")
        _ = try await Self.add(Self.draft(.redacted(decision), 2), to: store)
        #expect(try await store.entry(at: 1)?.draft.redaction != nil)
        // The body that the example of a delivery names is nowhere.
        let findings = try store.verify().findings.filter { !$0.what.contains("it references") }
        #expect(findings == [])
    }
}
