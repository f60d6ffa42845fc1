import CommandEngine
import Commands
import Ledger
import LedgerOperations
import Projections
import Support
import Testing

/// What happened decides, and not when it was told: of each kind of fact the case that went wrong.
struct LateFactTests {
    private let recorder = memoryRecorder()

    private var production: EnvironmentView {
        get async throws { try await recorder.projector.environment(Sample.production) }
    }

    private func past(_ reference: Reference) async throws -> Release? {
        try await recorder.projector.past(reference).last?.release
    }

    /// Told by somebody, so many seconds before or after the start.
    private func told(_ event: Event, at seconds: Double, by name: String = "ci") -> Fact {
        Fact(
            event, time: Fixed.start.adding(seconds: seconds),
            source: Source(name: name, id: "\(event.kind) \(seconds)"))
    }

    private func deployed(_ number: Int, in name: EnvironmentName = Sample.production) -> Event {
        let release = Sample.release(number)
        return .deployed(
            RunFinished(
                environment: name, service: release.service, tag: release.tag,
                digest: release.digest, revision: release.revision))
    }

    /// A clock of somebody else's runs ahead: what this ledger itself did last runs all the same,
    /// in every answer.
    @Test func ownDeploysCameAfterAllThatWasKnown() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(2))])
        _ = try await recorder.record([told(deployed(3), at: 300)])
        try await recorder.tell([Sample.deployed(Sample.release(4))])
        #expect(try await production[Sample.web]?.release == Sample.release(4))
        let all = try await recorder.projector.deployments(of: Sample.web, in: Sample.production)
        #expect(all.map(\.release) == [2, 3, 4].map { Sample.release($0) })
        #expect(try await past(.ago(Sample.production, 0)) == Sample.release(4))
        let attempts = try await Attempts(recorder.projector).attempts(
            of: nil, in: Sample.production)
        #expect(attempts.last?.release == Sample.release(4))
    }

    /// A deploy that was told late has a place in the history, and at no entry was it what runs.
    @Test func aLateDeployIsNamedByItsPlaceInTheHistory() async throws {
        for (number, seconds) in [(1, -300.0), (3, -100), (2, -200)] {
            _ = try await recorder.record([told(deployed(number), at: seconds)])
        }
        let late = Reference.ago(Sample.production, 1)
        #expect(try await past(late) == Sample.release(2))
        #expect(try await past(.deployment(Sample.production, 3)) == Sample.release(2))
        let projector = recorder.projector
        await #expect {
            _ = try await projector.sequence(of: late, in: nil)
        } throws: {
            ($0 as? ReferenceProblem)?.hint?.description.contains("--true-at") == true
        }
        #expect(try await projector.sequence(of: .ago(Sample.production, 2), in: nil) == 1)
        await #expect {
            _ = try await projector.sequence(of: .ago(Sample.production, 3), in: nil)
        } throws: {
            "\($0)".contains("has only 3 deploys")
        }
    }

    /// Late is what came after something newer of the same service.
    @Test func anotherServiceMakesNoDeployLate() async throws {
        let api = Sample.release(1, of: ServiceName(unchecked: "api"))
        _ = try await recorder.record([
            told(deployed(1), at: -100),
            told(
                .deployed(
                    RunFinished(
                        environment: Sample.production, service: api.service, tag: api.tag)),
                at: -200),
        ])
        let attempts = try await Attempts(recorder.projector).attempts(
            of: nil, in: Sample.production)
        #expect(attempts.map(\.isLate) == [false, false])
    }

    @Test func aMigrationOfBeforeStandsBetweenNothing() async throws {
        func migration(_ name: String) -> Event {
            .migrationApplied(
                Migration(
                    environment: Sample.production, service: Sample.web, name: name,
                    irreversible: true))
        }
        _ = try await recorder.record([
            told(deployed(1), at: -100), told(migration("old"), at: -200),
        ])
        let projector = recorder.projector
        let first = try #require(
            try await projector.deployments(of: Sample.web, in: Sample.production).first)
        #expect(try await projector.irreversible(since: first, in: Sample.production) == nil)
        // One that came between is found, though it was told before the deploy was.
        let other = memoryRecorder()
        _ = try await other.record([
            told(migration("between"), at: -50), told(deployed(1), at: -100),
        ])
        let late = try #require(
            try await other.projector.deployments(of: Sample.web, in: Sample.production).first)
        #expect(
            try await other.projector.irreversible(since: late, in: Sample.production) == "between")
    }

    @Test func anImageThatCameBackIsNotDeleted() async throws {
        let release = Sample.release(1)
        func deletion(_ tag: String?) -> Event {
            .imageDeleted(
                ImageDeletion(
                    service: Sample.web, digest: release.digest,
                    tag: tag.map(ReleaseTag.init(unchecked:))))
        }
        func isDeleted() async throws -> Bool {
            try await recorder.projector.deletion(of: release) != nil
        }
        let tagging = ImageTagging(
            service: Sample.web, tag: ReleaseTag(unchecked: "v0.1.0"), digest: Sample.digest(1))
        _ = try await recorder.record([
            told(.imageTagged(tagging), at: -100), told(deletion(nil), at: -200),
            told(deletion("latest"), at: -50),
        ])
        #expect(try await !isDeleted())
        _ = try await recorder.record([told(deletion("v0.1.0"), at: -40)])
        #expect(try await isDeleted())
    }

    /// What a tag names is what it was set to last; that it ran elsewhere says what it named there.
    @Test func whatRanElsewhereDoesNotNameTheTag() async throws {
        let tag = ReleaseTag(unchecked: "v4")
        func tagging(_ digest: Int) -> Event {
            .imageTagged(
                ImageTagging(service: Sample.web, tag: tag, digest: Sample.digest(digest)))
        }
        let staging = EnvironmentName(unchecked: "staging")
        _ = try await recorder.record([
            told(tagging(4), at: -300), told(tagging(5), at: -200),
            told(
                .deployed(
                    RunFinished(
                        environment: staging, service: Sample.web, tag: tag,
                        digest: Sample.digest(4))), at: -100),
        ])
        let projector = recorder.projector
        let named = try await projector.release("v4", of: Sample.web, for: Sample.production)
        #expect(named?.digest == Sample.digest(5))
        let ran = try await projector.release("v4", of: Sample.web, for: staging)
        #expect(ran?.digest == Sample.digest(4))
    }

    // MARK: Times that were wrong

    private func correct(_ entry: Int, to seconds: Double) async throws {
        let wrong = try #require(try await recorder.store.entry(at: entry))
        let time = Fixed.start.adding(seconds: seconds).description
        _ = try await recorder.correct(wrong, with: ["time": time], reason: "typed wrongly")
    }

    private func order() async throws -> [String] {
        try await recorder.projector.deployments(of: Sample.web, in: Sample.production)
            .map(\.release.title)
    }

    /// A deploy that was told of with a wrong time stood before the one that runs.
    @Test func aTimeThatIsPutRightGivesThePresentBack() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        _ = try await recorder.record([told(deployed(2), at: 200)])
        #expect(try await production[Sample.web]?.release == Sample.release(2))
        try await correct(2, to: -100)
        let state = try #require(try await production[Sample.web])
        #expect(state.release == Sample.release(1) && state.state == .verified && state.entry == 1)
        #expect(try await order() == ["v0.2.0", "v0.1.0"])
        let attempts = try await Attempts(recorder.projector).attempts(
            of: nil, in: Sample.production)
        #expect(attempts.map(\.release) == [Sample.release(2), Sample.release(1)])
        let then = try await recorder.projector.environment(
            Sample.production, trueAt: Fixed.start.adding(seconds: -50))
        #expect(then[Sample.web]?.release == Sample.release(2))
        // What is put right of it later leaves its time as it is.
        let wrong = try #require(try await recorder.store.entry(at: 2))
        _ = try await recorder.correct(wrong, with: ["tag": "v0.2.1"], reason: "and its tag")
        #expect(try await order() == ["v0.2.1", "v0.1.0"])
        #expect(try await production[Sample.web]?.release == Sample.release(1))
    }

    @Test func aTimeThatIsPutRightMakesADeployTheLast() async throws {
        for (number, seconds) in [(1, -300.0), (3, -100), (2, -200)] {
            _ = try await recorder.record([told(deployed(number), at: seconds)])
        }
        try await correct(3, to: -50)
        #expect(try await production[Sample.web]?.release == Sample.release(2))
        #expect(try await order() == ["v0.1.0", "v0.3.0", "v0.2.0"])
        try await correct(3, to: -150)
        #expect(try await production[Sample.web]?.release == Sample.release(3))
        #expect(try await order() == ["v0.1.0", "v0.2.0", "v0.3.0"])
        try await correct(2, to: -90)
        #expect(try await production[Sample.web]?.release == Sample.release(3))
    }

    /// Only times that somebody told, and none of after they were told.
    @Test func otherTimesStay() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        _ = try await recorder.record([
            Fact(.noteAdded(Note(text: "x"))), told(deployed(2), at: -9),
        ])
        for (entry, seconds) in [(1, -100.0), (2, -100), (3, 5000)] {
            await #expect(throws: (any Error).self) { try await correct(entry, to: seconds) }
        }
    }

    // MARK: What was seen

    private func seen(_ number: Int, at seconds: Double, on host: String = "a") -> Fact {
        told(
            .hostObserved(
                HostObservation(
                    environment: Sample.production, service: Sample.web,
                    host: HostName(unchecked: host), digest: Sample.digest(number),
                    reachable: true)), at: seconds, by: host)
    }

    private func stays(of number: Int) async throws -> [[Double?]] {
        try await recorder.projector.eligibility(
            of: Sample.release(number), in: [Sample.production]
        ).stays.map { stay in
            [stay.from, stay.until].map { $0?.seconds(since: Fixed.start) }
        }
    }

    /// A release that was seen not to run there was not tried there at that time.
    @Test func aStayEndsWhenSomethingElseIsSeen() async throws {
        _ = try await recorder.record([
            told(deployed(1), at: -100), seen(1, at: -99), seen(1, at: -98, on: "b"),
        ])
        #expect(try await stays(of: 1) == [[-100, nil]])
        _ = try await recorder.record([seen(9, at: -60), seen(1, at: -50, on: "b")])
        #expect(try await stays(of: 1) == [[-100, -60]])
        _ = try await recorder.record([seen(1, at: -40)])
        #expect(try await stays(of: 1) == [[-100, -60], [-40, nil]])
        _ = try await recorder.record([
            told(
                .deployFailed(
                    RunFailed(environment: Sample.production, reason: "no", service: Sample.web)),
                at: -30), seen(1, at: -20),
        ])
        #expect(try await stays(of: 1) == [[-100, -60], [-40, -30]])
        _ = try await recorder.record([seen(1, at: -10, on: "b"), told(deployed(2), at: -5)])
        #expect(try await stays(of: 1) == [[-100, -60], [-40, -30], [-10, -5]])
    }

    /// A deploy of a commit, and a look that tells a digest: they cannot be compared.
    @Test func whatCannotBeComparedIsNoDrift() async throws {
        var blind = Sample.release(1)
        (blind.digest, blind.tag) = (nil, nil)
        _ = try await recorder.record([
            told(
                .deployed(
                    RunFinished(
                        environment: Sample.production, service: Sample.web,
                        revision: blind.revision)), at: -100), seen(1, at: -50),
        ])
        #expect(try await production[Sample.web]?.state == .unverified)
    }

    // MARK: Marks

    @Test func aFreezeLeavesAPlanAsItIs() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        let before = try await production.fingerprint
        _ = try await recorder.record([
            Fact(.freezeStarted(Freeze(environment: Sample.production, reason: "fair")))
        ])
        #expect(try await production.fingerprint == before)
        try await recorder.perform(
            .raiseFence([Sample.release(2)], reason: "slow"), in: Sample.production)
        #expect(try await production.fingerprint != before)
    }

    /// Another ledger's word lifts its own fences, and none that was raised here.
    @Test func aLiftFromElsewhereLiftsNoFenceOfThisLedger() async throws {
        func fence(_ reason: String) -> Fence {
            Fence(
                environment: Sample.production, service: Sample.web,
                tag: Sample.release(2).tag, digest: Sample.release(2).digest, reason: reason)
        }
        func reasons() async throws -> [String] { try await production.marks.map(\.reason) }
        try await recorder.tell([told(.fenceRaised(fence("theirs")), at: -20, by: "laptop")])
        #expect(try await reasons() == ["theirs"])
        try await recorder.tell([told(.fenceLifted(fence("mended")), at: -10, by: "laptop")])
        #expect(try await reasons() == [])
        try await recorder.perform(
            .raiseFence([Sample.release(2)], reason: "ours"), in: Sample.production)
        try await recorder.tell([told(.fenceLifted(fence("mended")), at: 500, by: "laptop")])
        #expect(try await reasons() == ["ours"])
        try await recorder.perform(
            .liftFence(tag: "v0.2.0", service: nil, reason: "mended"), in: Sample.production)
        #expect(try await reasons() == [])
    }
}
