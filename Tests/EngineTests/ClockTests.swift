import CommandEngine
import CommandPorts
import Commands
import CommandSecrets
import Ledger
import Projections
import Support
import Synchronization
import Testing

/// Clocks that are set back, or were ahead once: nothing lasts longer for it, and nothing stops.
struct ClockTests {
    private final class Clock: Sendable { let now = Mutex(Fixed.start) }

    private func clocked(_ clock: Clock) -> Recorder {
        var surroundings = Fixed.surroundings()
        surroundings.now = { clock.now.withLock(\.self) }
        return Recorder(
            store: MemoryStore(views: StoredViews.all), surroundings: surroundings,
            secretFilter: SecretFilter(variables: [:], secrets: []))
    }

    private func approved(_ recorder: Recorder) async throws -> (EntryID, Plan) {
        let plan = try Sample.plan(
            to: Sample.release(2), in: await recorder.projector.environment(Sample.production))
        let run = try await recorder.perform(
            .plan(plan, hash: try plan.content().hash), in: Sample.production,
            keeping: [try plan.content(), try Sample.bundle(Sample.release(2)).content()])[0].id
        try await recorder.perform(
            .approve(way: .flag, reason: nil), in: Sample.production, run: run)
        return (run, plan)
    }

    /// A fence that was raised when the clock was ahead can be lifted when it is right again.
    @Test func aClockThatIsSetBackKeepsNoFence() async throws {
        let clock = Clock()
        let recorder = clocked(clock)
        clock.now.withLock { $0 = $0.adding(seconds: 86_400) }
        try await recorder.perform(
            .raiseFence([Sample.release(2)], reason: "slow"), in: Sample.production)
        clock.now.withLock { $0 = Fixed.start }
        let marks = { try await recorder.projector.environment(Sample.production).marks }
        #expect(try await marks().map(\.reason) == ["slow"])
        try await recorder.perform(
            .liftFence(tag: "v0.2.0", service: nil, reason: "mended"), in: Sample.production)
        #expect(try await marks() == [])
    }

    /// What has expired stays so: the ledger knows that it was later already.
    @Test func aClockThatIsSetBackRevivesNoApproval() async throws {
        let clock = Clock()
        let recorder = clocked(clock)
        let (run, plan) = try await approved(recorder)
        clock.now.withLock { $0 = $0.adding(seconds: Double(plan.approvalSeconds) + 1) }
        _ = try await recorder.record([Fact(.noteAdded(Note(text: "later")))])
        clock.now.withLock { $0 = Fixed.start.adding(seconds: 1) }
        let refusal = await #expect(throws: Refusal.self) {
            try await recorder.perform(
                .acquire(holder: recorder.surroundings.holder, gone: nil, takingOver: nil),
                in: Sample.production, run: run)
        }
        #expect(refusal?.reason == .approvalMissing)
    }

    /// Nor does one that was far ahead, after which the ledger's own time stands still.
    @Test func anApprovalEndsAlsoWhereTheLedgersTimeStandsStill() async throws {
        let clock = Clock()
        let recorder = clocked(clock)
        clock.now.withLock { $0 = $0.adding(seconds: 10 * 365 * 86_400) }
        _ = try await recorder.record([Fact(.noteAdded(Note(text: "from the future")))])
        clock.now.withLock { $0 = Fixed.start }
        let (run, plan) = try await approved(recorder)
        clock.now.withLock { $0 = $0.adding(seconds: Double(plan.approvalSeconds) + 1) }
        let refusal = await #expect(throws: Refusal.self) {
            try await recorder.perform(
                .acquire(holder: recorder.surroundings.holder, gone: nil, takingOver: nil),
                in: Sample.production, run: run)
        }
        #expect(refusal?.reason == .approvalMissing)
    }

    /// No clock takes the lease from a process that is known to live.
    @Test func aLivingHolderKeepsItsLease() async throws {
        let clock = Clock()
        var surroundings = Fixed.surroundings()
        surroundings.now = { clock.now.withLock(\.self) }
        surroundings.isAlive = { _ in true }
        let recorder = Recorder(
            store: MemoryStore(views: StoredViews.all), surroundings: surroundings,
            secretFilter: SecretFilter(variables: [:], secrets: []))
        let (run, _) = try await approved(recorder)
        func acquire(_ reason: String?) async throws -> [String] {
            try await recorder.perform(
                .acquire(holder: surroundings.holder, gone: nil, takingOver: reason),
                in: Sample.production, run: run
            ).map(\.kind)
        }
        #expect(try await acquire(nil) == ["lease.granted"])
        let view = try await recorder.projector.environment(Sample.production)
        try await recorder.perform(
            .start(token: try #require(view.lease).token), in: Sample.production, run: run)
        clock.now.withLock { $0 = $0.adding(seconds: 2 * 86_400) }
        let refusal = await #expect(throws: Refusal.self) { try await acquire(nil) }
        #expect(refusal?.reason == .leaseHeld)
        #expect(try await acquire("it hangs") == ["lease.taken"])
    }

    /// One clock that was years ahead once: it is reported, and work goes on.
    @Test func oneClockFarAheadStopsNobody() async throws {
        let clock = Clock()
        let recorder = clocked(clock)
        clock.now.withLock { $0 = $0.adding(seconds: 10 * 365 * 86_400) }
        _ = try await recorder.record([Fact(.noteAdded(Note(text: "from the future")))])
        clock.now.withLock { $0 = Fixed.start }
        #expect(try await recorder.clockWarning()?.contains("check the clocks") == true)
        let (run, _) = try await approved(recorder)
        let lease = try await recorder.perform(
            .acquire(holder: recorder.surroundings.holder, gone: nil, takingOver: nil),
            in: Sample.production, run: run)
        #expect(lease.map(\.kind) == ["lease.granted"])
        // The lease ends by the clock here, and not ten years later.
        let view = try #require(try await recorder.projector.environment(Sample.production).lease)
        clock.now.withLock { $0 = $0.adding(seconds: Double(view.seconds) + 1) }
        let taken = try await recorder.perform(
            .acquire(holder: recorder.surroundings.holder, gone: nil, takingOver: nil),
            in: Sample.production, run: run)
        #expect(taken.map(\.kind) == ["lease.taken"])
    }
}
