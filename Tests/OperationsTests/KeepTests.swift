import CommandEngine
import CommandPorts
import CommandSecrets
import Commands
import Ledger
import LedgerProof
import LedgerSQLite
import Projections
import Support
import Testing

@testable import LedgerOperations

/// The operations on a ledger as a whole: redactions, proofs, rebuilding.
struct KeepTests {
    private let sandbox: Sandbox
    private let store: SQLiteStore
    private let recorder: Recorder
    private let signer: SignatureScript

    /// Says who signed, by the text of the signature.
    private struct SignatureScript: SignatureChecker {
        func check(
            _ signature: String, over text: String, signers: String
        ) async throws -> SignatureFinding {
            ["alice", "bob", "carol"].contains(signature)
                ? .signed(by: signature) : .forged("it is not a name")
        }
    }

    init() async throws {
        sandbox = try Sandbox()
        let path = sandbox.path("ledger.db")
        try SQLiteStore.create(path: path)
        store = try SQLiteStore(
            path: path, .writing, views: StoredViews.all,
            signer: try SigningKey(name: "shop.example/ledger"))
        recorder = Recorder(
            store: store, surroundings: Fixed.surroundings(),
            secretFilter: SecretFilter(variables: [:], secrets: []))
        signer = SignatureScript()
        _ = try await recorder.record([
            Fact(.noteAdded(Note(text: "a pasted word", environment: Sample.production))),
            Fact(.noteAdded(Note(text: "a pasted word", environment: Sample.production))),
        ])
    }

    private func desk(needed: Int? = nil) throws -> RedactionDesk {
        let approval = needed.map { "{production: {approval: {needed: \($0), signers: team}}}" }
        let playbook = try Playbook(
            yaml: "environments: \(approval ?? "{production: {}}")\nservices: {}\n")
        let desk = Desk(
            projector: recorder.projector, playbook: .read(playbook),
            surroundings: Fixed.surroundings())
        return RedactionDesk(RecordingDesk(desk, recorder, checker: signer), store) { _ in "team" }
    }

    private func refusal(_ body: () async throws -> Void) async -> Refusal? {
        do {
            try await body()
            return nil
        } catch { return error as? Refusal }
    }

    @Test func aRedactionRemovesTheBytesAndNamesOtherEntriesWithThem() async throws {
        let redact = RedactEntry(1, fields: ["text"], reason: "it is private")
        let proposal = try await redact.proposal(at: try desk())
        #expect(proposal.bytes == [13] && proposal.done == nil)
        let made = try await redact.answer(at: try desk())
        #expect(made.decision == 3 && made.alsoIn == [2] && !made.wasDone)
        #expect(try await store.entry(at: 1)?.draft.payload.contains("pasted") == false)
        let again = try await redact.answer(at: try desk())
        #expect(again.wasDone && again.decision == 3)
        #expect(try await store.head().sequence == 3)
    }

    @Test func aRedactionNeedsTheSignaturesOfOthers() async throws {
        let desk = try desk(needed: 2)
        var redact = RedactEntry(1, fields: ["text"], reason: "it is private")
        func refused(_ signatures: [String]) async -> Refusal? {
            redact.signatures = signatures
            let request = redact
            return await refusal { _ = try await request.answer(at: desk) }
        }
        #expect(await refused([])?.message == "production requires 2 approvals; 0 given")
        #expect(await refused(["bob", "bob"])?.message.hasSuffix("1 given") == true)
        #expect(await refused(["bob", "forged"])?.message == "signature 2 is invalid")
        #expect(await refused(["bob", "alice"])?.message.contains("their own") == true)
        #expect(try await store.head().sequence == 2)
        redact.signatures = ["bob", "carol"]
        #expect(try await redact.answer(at: desk).decision == 3)
    }

    /// A weaker playbook, or one without the environment, does not shorten the way.
    @Test func theRulesOfTheLastRunHoldForARedaction() async throws {
        var place = Playbook.Environment()
        place.protected = true
        place.approvalsNeeded = 2
        let view = try await recorder.projector.environment(Sample.production)
        var plan = try Sample.plan(to: Sample.release(1), in: view, place: place)
        plan.signers = "bob\ncarol\n"
        let content = try plan.content()
        let run = try await recorder.perform(
            .plan(plan, hash: content.hash), in: Sample.production, keeping: [content])[0].id
        for name in ["bob", "carol"] {
            try await recorder.acting(as: Author(name: name, known: .signed)).perform(
                .approve(way: .signed, reason: nil, signature: name), in: Sample.production,
                run: run)
        }
        let lease = try await recorder.perform(
            .acquire(holder: recorder.surroundings.holder, gone: nil, takingOver: nil),
            in: Sample.production, run: run)
        try await recorder.perform(
            .start(token: lease[0].sequence), in: Sample.production, run: run)

        var redact = RedactEntry(1, fields: ["text"], reason: "it is private")
        let request = redact
        let weak = try desk()
        let refused = await refusal { _ = try await request.answer(at: weak) }
        #expect(refused?.message == "production requires 2 approvals; 0 given")
        let proposal = try await redact.proposal(at: weak)
        redact.signatures = ["bob", "carol"]
        #expect(try await redact.signed(proposal, at: weak).isProtected)

        let playbook = try Playbook(yaml: "environments: {staging: {}}\nservices: {}\n")
        let other = RedactionDesk(
            RecordingDesk(
                Desk(
                    projector: recorder.projector, playbook: .read(playbook),
                    surroundings: Fixed.surroundings()), recorder, checker: signer), store
        ) { _ in "" }
        let gone = await refusal { _ = try await request.answer(at: other) }
        #expect(gone?.reason == .policy)
        #expect(gone?.message == "the playbook does not define production")
    }

    @Test func onlySignersOfBothListsCount() {
        var rules = RedactionRules()
        #expect(rules.allowed == nil)
        rules.formerSigners = "bob\ncarol\n"
        #expect(rules.allowed == "bob\ncarol\n")
        rules.signers = "mallory\nbob\n"
        #expect(rules.allowed == "bob\n")
    }

    @Test func aReceiptProvesItsEntry() async throws {
        let desk = try desk().recording.desk
        let proof = try await ProveEntry("1").answer(at: desk)
        #expect(proof.proof.hasPrefix("c2sp.org/tlog-proof"))
        let note = try await ProveCheckpoint(size: 1).answer(at: desk)
        #expect(note.proof.hasPrefix("shop.example/ledger\n"))
        let growth = try await ProveConsistency(from: 1).answer(at: desk)
        #expect(!growth.proof.isEmpty)
    }

    @Test func whatCannotBeProvenIsRefused() async throws {
        let desk = try desk().recording.desk
        let unknown = await refusal { _ = try await ProveEntry("x").answer(at: desk) }
        #expect(unknown?.message == "entry x does not exist")
        let size = await refusal { _ = try await ProveCheckpoint(size: 99).answer(at: desk) }
        #expect(size?.message == "99 is not a size of this ledger")
        let turned = await refusal {
            _ = try await ProveConsistency(from: 2, to: 1).answer(at: desk)
        }
        #expect(turned?.message.hasPrefix("the sizes are reversed") == true)
        let origin = await refusal { _ = try await ProveEntry("1", origin: true).answer(at: desk) }
        #expect(origin?.message == "entry 1 was recorded here first")
    }

    /// A person who signs has no playbook.
    @Test func theStatementIsReadWithoutAPlaybook() async throws {
        let desk = RedactionDesk(
            RecordingDesk(
                Desk(
                    projector: recorder.projector,
                    playbook: .missing(Refusal(.notPossible, "there is no playbook")),
                    surroundings: Fixed.surroundings()), recorder, checker: signer), store
        ) { _ in "" }
        let redact = RedactEntry(1, fields: ["text"], reason: "it is private")
        #expect(try await redact.proposal(at: desk).statement.hasPrefix("ledger redaction"))
        let refused = await refusal { _ = try await redact.answer(at: desk) }
        #expect(refused?.message == "there is no playbook")
    }

    @Test func viewsAreRebuiltFromTheEntries() async throws {
        _ = try await recorder.record([
            Fact(.freezeStarted(Freeze(environment: Sample.production, reason: "sale")))
        ])
        try store.close()
        let path = sandbox.path("ledger.db")
        let said = try await Spoken.run([
            "sqlite3", path,
            "DROP TRIGGER IF EXISTS view_row_no_update; UPDATE view_row SET state = 'removed'",
        ])
        let open = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        #expect(try await Projector(open).environment(Sample.production).marks.isEmpty, "\(said)")
        #expect(try await RebuildViews().answer(at: open).entries == 3)
        #expect(try await Projector(open).environment(Sample.production).marks.count == 1)
    }
}
