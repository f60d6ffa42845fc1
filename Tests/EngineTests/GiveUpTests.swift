import CommandEngine
import CommandPorts
import Commands
import Ledger
import Projections
import Support
import Testing
@testable import CommandRunners

/// Giving up and rejecting: given a run and a lease, then it is let go or refused.
struct GiveUpTests {
    /// A run under way (or approved only), whose lease was granted by entry 7 and ends in a minute.
    private func given(_ state: RunView.State) async throws -> Given {
        var given = try await Given([Sample.deployed(Sample.release(1))])
        let plan = try Sample.plan(to: Sample.release(2), in: given.view)
        given.plan = plan
        let run = try Sample.run(plan, state: state, number: 5)
        given.run = run
        given.view = try Sample.view(
            holding: run, token: 7, holder: "bob@there process 2 (1)", seconds: 60)
        return given
    }

    @Test func aRunUnderWayIsNotGivenUp() async throws {
        let given = try await given(.running)
        #expect(given.refusal(of: .abandon(reason: "x", gone: nil))?.reason == .leaseHeld)
        #expect(given.refusal(of: .abandon(reason: "x", gone: 6))?.reason == .leaseHeld)
    }

    @Test func aRunWhoseHolderIsGoneIsGivenUpAndItsLeaseEnds() async throws {
        let events = try await given(.running).when(.abandon(reason: "x", gone: 7))
        #expect(events.map(\.kind) == ["deploy.abandoned", "lease.released"])
    }

    @Test func aRunWhoseLeaseEndedByItselfIsGivenUp() async throws {
        var given = try await given(.running)
        given.now = Fixed.start.adding(seconds: 60)
        #expect(try given.when(.abandon(reason: "x", gone: nil)).count == 2)
    }

    @Test func whatHasBegunIsNotRejected() async throws {
        #expect(try await given(.running).refusal(of: .reject(reason: "x"))?.reason == .notPossible)
        var waiting = try await given(.planned)
        waiting.view.lease = nil
        #expect(try waiting.when(.reject(reason: "x")).map(\.kind) == ["deploy.abandoned"])
    }

    @Test func givingUpWantsAReason() async throws {
        let given = try await given(.running)
        #expect(given.refusal(of: .abandon(reason: " ", gone: 7))?.reason == .invalid)
    }

    /// What another machine's or container's process does cannot be told from here.
    @Test func onlyAProcessOfOursIsKnownToBeGone() throws {
        let mine = try #require(ProcessTable.mark(1))
        #expect(ProcessTable.lives(1, mark: mine) == true)
        let parts = mine.split(separator: "-").map(String.init)
        #expect(ProcessTable.lives(1, mark: "0-\(parts[1])-\(parts[2])") == false)
        #expect(ProcessTable.lives(1, mark: "\(parts[0])-\(parts[1])-1") == nil)
        #expect(ProcessTable.lives(1, mark: "\(parts[0])-ffffffff-\(parts[2])") == nil)
    }

    /// What was begun in another container of this boot may run on; another boot ended it.
    @Test func whatCannotBeSeenMayRunUntilTheMachineStartsAnew() throws {
        let mine = try #require(ProcessTable.mark(1))
        let parts = mine.split(separator: "-").map(String.init)
        #expect(ProcessTable.mayRun(1, mark: mine))
        #expect(!ProcessTable.mayRun(1, mark: "0-\(parts[1])-\(parts[2])"))
        #expect(ProcessTable.mayRun(1, mark: "0-\(parts[1])-1"))
        #expect(!ProcessTable.mayRun(1, mark: "\(parts[0])-ffffffff-\(parts[2])"))
    }

    /// A clock elsewhere that was years ahead must not make a lease last for years.
    @Test func aWrongClockElsewhereMakesNoLeaseLonger() async throws {
        let recorder = memoryRecorder()
        let later = Fixed.start.adding(seconds: 1e8)
        _ = try await recorder.store.append(
            [
                try Draft(
                    kind: "note.added", fields: ["text": "x"], id: recorder.surroundings.newID(),
                    time: later, recorded: later, by: Author(name: "bob"))
            ], to: .general, expecting: .any)
        #expect(try await recorder.clockWarning()?.contains("entry 1") == true)
        try await recorder.tell([
            Fact(
                .leaseGranted(
                    Lease(
                        environment: Sample.production, holder: "bob@there process 2 (1)",
                        seconds: 60)))
        ])
        let lease = try await recorder.projector.environment(Sample.production).lease
        #expect(try #require(lease).ends < Fixed.start.adding(seconds: 120))
        #expect(try #require(try await recorder.store.entry(at: 2)).recorded == later)
    }
}
