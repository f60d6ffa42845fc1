import CommandEngine
import Ledger
import Projections
import Support
import Testing

/// What facts mean for an environment. Given facts, then this runs.
struct EnvironmentTests {
    private func view(_ facts: [Fact]) async throws -> EnvironmentView {
        let recorder = memoryRecorder()
        try await recorder.tell(facts)
        return try await recorder.projector.environment(Sample.production)
    }

    private func observed(
        _ release: Release?, on host: String = "a", reachable: Bool = true
    ) throws -> Fact {
        Fact(
            .hostObserved(
                HostObservation(
                    environment: Sample.production, service: Sample.web, host: try HostName(host),
                    digest: release?.digest, revision: release?.revision, reachable: reachable)))
    }

    private func started(_ release: Release) -> Fact {
        Fact(
            .deployStarted(
                RunStarted(
                    environment: Sample.production, plan: ContentHash(of: []), token: 1,
                    service: release.service, tag: release.tag)))
    }

    private func abandoned(_ release: Release) -> Fact {
        Fact(
            .deployAbandoned(
                Abandoned(
                    environment: Sample.production, reason: "x", service: release.service,
                    tag: release.tag)))
    }

    /// What was seen before a run that was given up is not what runs after it.
    @Test func oldSightingsDoNotCountAfterARunThatWasGivenUp() async throws {
        let one = Sample.release(1)
        let two = Sample.release(2)
        let begun = try [
            Sample.deployed(one), observed(one, on: "a"), observed(one, on: "b"), started(two),
        ]
        #expect(try await view(begun + [abandoned(two)])[Sample.web]?.state == .unknown)
        // Of b nobody knows.
        let half = try begun + [abandoned(two), observed(one, on: "a")]
        #expect(try await view(half)[Sample.web]?.state == .unknown)
        let seen = try begun + [observed(two, on: "a"), abandoned(two)]
        #expect(try await view(seen)[Sample.web]?.state == .unknown)
        let both = try half + [observed(one, on: "b")]
        #expect(try await view(both)[Sample.web]?.state == .verified)
    }

    /// A correction is no look.
    @Test func aCorrectionAfterARunThatWasGivenUpSeesNothing() async throws {
        let recorder = memoryRecorder()
        try await recorder.tell([
            Sample.deployed(Sample.release(1)), try observed(Sample.release(1)),
            started(Sample.release(2)), abandoned(Sample.release(2)),
        ])
        let wrong = try #require(try await recorder.store.entry(at: 1))
        _ = try await recorder.correct(wrong, with: ["tag": "v9"], reason: "typed wrongly")
        let view = try await recorder.projector.environment(Sample.production)
        #expect(view[Sample.web]?.state == .unknown)
    }

    /// Services and tags may hold slashes: their marks are two all the same.
    @Test func marksOfNamesWithSlashesAreTwo() async throws {
        func fence(_ service: String, _ tag: String) throws -> Fact {
            Fact(
                .fenceRaised(
                    Fence(
                        environment: Sample.production, service: try ServiceName(service),
                        tag: try ReleaseTag(tag), reason: "bad")))
        }
        let marks = try await view([fence("shop", "api/v1"), fence("shop/api", "v1")]).marks
        #expect(marks.count == 2)
    }

    private func failed(_ release: Release, putBack: Bool? = nil) -> Fact {
        Fact(
            .deployFailed(
                RunFailed(
                    environment: Sample.production, reason: "step 1", service: release.service,
                    tag: release.tag, putBack: putBack)))
    }

    @Test func aDeployThatWasSeenIsVerified() async throws {
        let state = try await view([Sample.deployed(Sample.release(1))])[Sample.web]
        #expect(state?.release == Sample.release(1))
        #expect(state?.state == .verified)
        #expect(state?.entry == 1)
    }

    @Test func aDeployThatNobodySawIsUnverified() async throws {
        let state = try await view([Sample.deployed(Sample.release(1), verified: false)])
        #expect(state[Sample.web]?.state == .unverified)
    }

    @Test func anObservationAfterwardsVerifies() async throws {
        let state = try await view([
            Sample.deployed(Sample.release(1), verified: false), observed(Sample.release(1)),
        ])[Sample.web]
        #expect(state?.state == .verified)
        #expect(state?.entry == 1)
        #expect(state?.since == 2)
    }

    @Test func hostsThatDifferAreMixed() async throws {
        let state = try await view([
            Sample.deployed(Sample.release(2)), observed(Sample.release(2), on: "a"),
            observed(Sample.release(1), on: "b"),
        ])[Sample.web]
        #expect(state?.state == .mixed)
        #expect(state?.hosts.map { $0.runs(Sample.release(2)) } == [true, false])
    }

    @Test func anotherImageThanTheLedgerHasIsDrift() async throws {
        let state = try await view([
            Sample.deployed(Sample.release(2)), observed(Sample.release(9)),
        ])
        #expect(state[Sample.web]?.state == .drifted)
    }

    @Test func aHostOutOfReachMakesItUnknown() async throws {
        let state = try await view([
            Sample.deployed(Sample.release(2)), observed(Sample.release(2), on: "a"),
            observed(nil, on: "b", reachable: false),
        ])
        #expect(state[Sample.web]?.state == .unknown)
    }

    @Test func aRunUnderWayIsChangingAndKeepsTheFormerRelease() async throws {
        let lease = Fact(
            .leaseGranted(Lease(environment: Sample.production, holder: "alice", seconds: 60)))
        let state = try await view([
            Sample.deployed(Sample.release(1)), lease, started(Sample.release(2)),
        ])
        #expect(state[Sample.web]?.state == .changing)
        #expect(state[Sample.web]?.release == Sample.release(1))
    }

    /// A run that rests has given its lease back: what nobody looked at since is not known.
    @Test func aRunThatRestsLeavesUnknownWhatNobodyLookedAt() async throws {
        let state = try await view([Sample.deployed(Sample.release(1)), started(Sample.release(2))])
        #expect(state[Sample.web]?.state == .unknown)
        #expect(state[Sample.web]?.presentRuns == false)
    }

    @Test func aFailedRunThatNobodyLookedAfterIsUnknown() async throws {
        let state = try await view([
            Sample.deployed(Sample.release(1)), started(Sample.release(2)),
            failed(Sample.release(2)),
        ])
        #expect(state[Sample.web]?.state == .unknown)
        #expect(state[Sample.web]?.release == Sample.release(1))
    }

    @Test func aFailedRunAfterWhichTheFormerReleaseWasSeenIsVerified() async throws {
        let state = try await view([
            Sample.deployed(Sample.release(1)), started(Sample.release(2)),
            observed(Sample.release(1)), failed(Sample.release(2)),
        ])
        #expect(state[Sample.web]?.state == .verified)
    }

    @Test func aFailedRunThatPutBackIsVerified() async throws {
        let state = try await view([
            Sample.deployed(Sample.release(1)), started(Sample.release(2)),
            failed(Sample.release(2), putBack: true),
        ])
        #expect(state[Sample.web]?.state == .verified)
    }

    @Test func aFirstDeployThatFailsLeavesNoRelease() async throws {
        let state = try await view([started(Sample.release(1)), failed(Sample.release(1))])
        #expect(state[Sample.web]?.release == nil)
        #expect(state[Sample.web]?.state == .unknown)
    }

    @Test func aCorrectionChangesWhatTheReleaseIsCalled() async throws {
        let recorder = memoryRecorder()
        let wrong = try await recorder.record([Sample.deployed(Sample.release(1))])[0]
        _ = try await recorder.record([
            Fact(
                .corrected(
                    Correction(
                        entry: wrong.id, corrects: wrong.sequence, reason: "typed wrong",
                        environment: Sample.production, service: Sample.web,
                        tag: ReleaseTag(unchecked: "v0.1.1"))))
        ])
        let now = try await recorder.projector.environment(Sample.production)
        #expect(now[Sample.web]?.release?.tag?.rawValue == "v0.1.1")
        #expect(now[Sample.web]?.release?.digest == Sample.digest(1))
        let then = try await recorder.projector.environment(Sample.production, at: 1)
        #expect(then[Sample.web]?.release?.tag?.rawValue == "v0.1.0")
        #expect(try await recorder.store.entry(at: 1)?.subject.tag?.rawValue == "v0.1.0")
    }

    /// "What did we know at 14:05" and "what was true at 14:05" are two questions.
    @Test func whatWasKnownAndWhatWasTrueAreTwoAnswers() async throws {
        let recorder = memoryRecorder()
        _ = try await recorder.record([Sample.deployed(Sample.release(1))])
        let known = try await recorder.store.head().sequence
        // Learned now, but it happened an hour before.
        var late = Sample.deployed(Sample.release(7))
        late.time = Fixed.start.adding(seconds: -3600)
        _ = try await recorder.record([late])
        let moment = Fixed.start.adding(seconds: -60)
        let projector = recorder.projector
        let was = try await projector.environment(Sample.production, trueAt: moment)
        #expect(was[Sample.web]?.release == Sample.release(7))
        let then = try await projector.environment(Sample.production, at: known)
        #expect(then[Sample.web]?.release == Sample.release(1))
    }
}
