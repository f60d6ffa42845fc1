import CommandEngine
import CommandPorts
import Commands
import Ledger
import Projections
import Support
import Testing

/// The run that was started in an environment and has not ended, without reading every run.
struct HalfWayRunTests {
    private func perform(_ recorder: Recorder, planning release: Release) async throws -> EntryID {
        let plan = try Sample.plan(
            to: release, in: try await recorder.projector.environment(Sample.production))
        let content = try plan.content()
        let made = try await recorder.perform(
            .plan(plan, hash: content.hash), in: Sample.production, keeping: [content])
        return made[0].id
    }

    private func begin(_ recorder: Recorder, _ run: EntryID) async throws -> Int {
        try await recorder.perform(
            .approve(way: .flag, reason: nil), in: Sample.production, run: run)
        let lease = try await recorder.perform(
            .acquire(holder: recorder.surroundings.holder, gone: nil, takingOver: nil),
            in: Sample.production, run: run)
        let token = try #require(lease.last?.sequence)
        try await recorder.perform(.start(token: token), in: Sample.production, run: run)
        return token
    }

    @Test func aRunIsHalfWayFromItsStartToItsEnd() async throws {
        let recorder = memoryRecorder()
        let run = try await perform(recorder, planning: Sample.release(1))
        #expect(try await recorder.projector.halfWayRun(in: Sample.production) == nil)
        let token = try await begin(recorder, run)
        #expect(try await recorder.projector.halfWayRun(in: Sample.production)?.id == run)
        let before = try await recorder.store.head().sequence
        try await recorder.perform(
            .end(
                [
                    .deployFailed(
                        RunFailed(environment: Sample.production, reason: "x", service: Sample.web))
                ], token: token), in: Sample.production, run: run)
        #expect(try await recorder.projector.halfWayRun(in: Sample.production) == nil)
        #expect(
            try await recorder.projector.halfWayRun(in: Sample.production, at: before)?.id == run)
    }

    /// What another system reports about a run of this ledger does not end it.
    @Test func anExternalEndDoesNotEndARunOfThisLedger() throws {
        let fold = HalfWayFold()
        let planned = EntryID(high: 1, low: 1)
        func entry(_ kind: EventKind, source: Source?, _ sequence: Int) throws -> Entry {
            let draft = try Draft(
                kind: kind.rawValue, fields: ["environment": "production"],
                id: EntryID(high: 2, low: UInt64(sequence)),
                time: Fixed.start, recorded: Fixed.start, by: Author(name: "alice"),
                correlation: planned, source: source)
            return Entry(
                sequence: sequence, stream: .environment(Sample.production), position: sequence,
                draft: draft, hashes: [])
        }
        let other = Source(name: "other", id: "1")
        var row = fold.apply(try entry(.deployStarted, source: nil, 1), to: nil, key: "production")
        row = fold.apply(try entry(.deployFinished, source: other, 2), to: row, key: "production")
        #expect(row?.state == "running")
        row = fold.apply(try entry(.deployFinished, source: nil, 3), to: row, key: "production")
        #expect(row?.state == "none")
        // A run of another ledger ends with that ledger's entry.
        row = fold.apply(try entry(.deployStarted, source: other, 4), to: row, key: "production")
        #expect(row?.state == "running")
        row = fold.apply(try entry(.deployFailed, source: other, 5), to: row, key: "production")
        #expect(row?.state == "none")
    }
}
