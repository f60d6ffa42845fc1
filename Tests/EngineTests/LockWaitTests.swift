import CommandEngine
import CommandPorts
import Commands
import Ledger
import Projections
import Support
import Testing

/// Waiting until no other run is under way.
struct LockWaitTests {
    private func begin(_ recorder: Recorder) async throws -> (run: EntryID, token: Int) {
        let plan = try Sample.plan(
            to: Sample.release(1), in: try await recorder.projector.environment(Sample.production))
        let content = try plan.content()
        let run = try await recorder.perform(
            .plan(plan, hash: content.hash), in: Sample.production, keeping: [content])[0].id
        try await recorder.perform(
            .approve(way: .flag, reason: nil), in: Sample.production, run: run)
        let lease = try await recorder.perform(
            .acquire(holder: recorder.surroundings.holder, gone: nil, takingOver: nil),
            in: Sample.production, run: run)
        let token = try #require(lease.last?.sequence)
        try await recorder.perform(.start(token: token), in: Sample.production, run: run)
        return (run, token)
    }

    @Test func aFreeEnvironmentIsNotWaitedFor() async throws {
        let recorder = memoryRecorder()
        var reports = 0
        try await LockWait(recorder).wait(in: Sample.production, atMost: 60) { _ in reports += 1 }
        #expect(reports == 0)
    }

    /// A run that was left half-way does not end by itself: waiting for it would be in vain.
    @Test func aHalfWayRunIsRefusedAtOnce() async throws {
        let recorder = memoryRecorder()
        let (run, token) = try await begin(recorder)
        try await recorder.perform(.end([], token: token), in: Sample.production, run: run)
        var reports = 0
        await #expect(throws: Refusal.self) {
            try await LockWait(recorder).wait(in: Sample.production, atMost: 1_000_000) { _ in
                reports += 1
            }
        }
        #expect(reports == 0)
    }
}
