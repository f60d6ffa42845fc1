import CommandEngine
import Commands
import CommandSecrets
import Ledger
import LedgerSQLite
import Projections
import Support
import Testing

/// Decisions are made from the entries: indexes and views are not sealed.
struct SealedDecisionTests {
    private let sandbox: Sandbox
    private let recorder: Recorder

    init() async throws {
        sandbox = try Sandbox()
        recorder = Recorder(
            store: try sandbox.ledger(), surroundings: Fixed.surroundings(),
            secretFilter: SecretFilter(variables: [:], secrets: []))
        let release = Sample.release(2)
        _ = try await recorder.record([
            Sample.deployed(Sample.release(1)),
            Fact(
                .checkFinished(
                    CheckResult(
                        name: "test", outcome: .failed, revision: try #require(release.revision)))),
        ])
        try await recorder.perform(
            .raiseFence([release], reason: "bad"), in: Sample.production)
        // The index has to hold them.
        _ = try await recorder.record((0..<400).map { Fact(.noteAdded(Note(text: "n\($0)"))) })
    }

    private func sql(_ text: String) async throws {
        let said = try await Spoken.run(["sqlite3", sandbox.path("ledger.db"), text])
        try #require(said.code == 0, "\(said)")
    }

    @Test func anIndexThatWasChangedHidesNoCheck() async throws {
        let revision = try #require(Sample.release(2).revision)
        try await sql(
            """
            INSERT INTO search (search, rowid, words)
            SELECT 'delete', sequence, 's' || stream || ' k' || kind || ' b' || "by"
                || coalesce(' e' || environment, '') || coalesce(' v' || service, '')
                || coalesce(' t' || tag, '') || coalesce(' d' || substr(digest, 8, 24), '')
                || coalesce(' r' || substr(revision, 1, 24), '')
                || coalesce(' c' || lower(hex(correlation)), '')
            FROM entry WHERE kind = 'check.finished'
            """)
        var filter = EntryFilter()
        filter.revisions = [revision.rawValue]
        let found = try await recorder.store.page(filter, .oldestFirst, after: nil, limit: 9)
        #expect(found.allSatisfy { $0.kind != "check.finished" }, "the attack hides it")
        let sealed = try await recorder.projector.sealed([Sample.production], [revision])
        let eligibility = try await sealed.eligibility(of: Sample.release(2), in: [])
        #expect(eligibility.checks["test"]?.outcome == .failed)
        let store = try SQLiteStore(
            path: sandbox.path("ledger.db"), .reading, views: StoredViews.all)
        #expect(try !store.verify().findings.isEmpty)
    }

    @Test(arguments: [
        "DELETE FROM view_row WHERE view = 'mark'",
        "UPDATE view_row SET state = 'pin' WHERE view = 'mark'",
        "UPDATE view_row SET tag = 'v9' WHERE view = 'environment'",
    ])
    func aViewThatWasChangedLiftsNoFence(change: String) async throws {
        try await sql(change)
        let error = await #expect(throws: StoreProblem.self) {
            try await recorder.projector.sealed([Sample.production])
        }
        #expect(
            error?.kind == .damaged && error?.hint?.description.contains("ledger rebuild") == true)
        let store = try SQLiteStore(
            path: sandbox.path("ledger.db"), .reading, views: StoredViews.all)
        #expect(try !store.verify().findings.isEmpty)
    }

    /// A plan takes what a tag names, and what came between, from the entries.
    @Test func anIndexThatIsEmptyNamesNoOtherImage() async throws {
        let moved = ImageTagging(
            service: Sample.web, tag: try #require(Sample.release(2).tag),
            digest: Sample.digest(9))
        _ = try await recorder.record([
            Sample.tagged(Sample.release(7)), Sample.tagged(Sample.release(2)),
            Fact(.imageTagged(moved)),
            Fact(
                .migrationApplied(
                    Migration(
                        environment: Sample.production, service: Sample.web, name: "drop",
                        irreversible: true))),
        ])
        _ = try await recorder.record((0..<400).map { Fact(.noteAdded(Note(text: "m\($0)"))) })
        try await sql("INSERT INTO search (search) VALUES ('delete-all')")
        let elsewhere = EnvironmentName(unchecked: "elsewhere")
        let believed = try await recorder.projector.release(
            "v0.2.0", of: Sample.web, for: elsewhere)
        #expect(believed?.digest != Sample.digest(9), "the attack hides it")
        let sealed = try await recorder.projector.sealed([Sample.production], naming: "v0.2.0")
        let named = try await sealed.release("v0.2.0", of: Sample.web, for: elsewhere)
        #expect(named?.digest == Sample.digest(9))
        let ran = try #require(
            try await sealed.deployments(of: Sample.web, in: Sample.production).first)
        #expect(try await sealed.irreversible(since: ran, in: Sample.production) == "drop")
    }
}
