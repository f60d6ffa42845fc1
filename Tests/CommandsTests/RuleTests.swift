import CommandPorts
import Ledger
import Projections
import Support
import Testing
@testable import Commands

/// Every rule as given, when, then.
struct RuleTests {
    private func lease(_ token: Int, run: EntryID = EntryID(high: 10, low: 2), heard: Double = 0)
        throws -> LeaseView
    {
        let entry = Entry(
            sequence: token, stream: .general, position: 1,
            draft: try Draft(
                .leaseGranted(
                    Lease(
                        environment: Sample.production, holder: "bob@there process 9 (1)",
                        seconds: 300)),
                id: EntryID(high: 9, low: 9), time: Fixed.start,
                recorded: Fixed.start.adding(seconds: heard), by: Author(name: "bob"),
                correlation: run))
        let row = try #require(LeaseFold().apply(entry, to: nil, key: "production"))
        let view = EnvironmentView(name: Sample.production, rows: [], marks: [], lease: row)
        return try #require(view.lease)
    }

    private func acquire(gone: Int? = nil, takingOver: String? = nil) -> Command {
        .acquire(
            holder: Holder(person: "alice", host: "here", process: 1, began: "1"),
            gone: gone, takingOver: takingOver)
    }

    // MARK: Plans

    @Test func aPlanThatFitsTheStateIsLaidOut() async throws {
        let given = try await Given([Sample.deployed(Sample.release(1))])
        let plan = try Sample.plan(to: Sample.release(2), in: given.view)
        let events = try given.when(.plan(plan, hash: try plan.content().hash))
        #expect(events.map(\.kind) == ["deploy.planned"])
        #expect(events.first?.fields["digest"]?.string == Sample.digest(2).rawValue)
        #expect(events.first?.fields["revision"]?.string == Sample.release(2).revision?.rawValue)
    }

    /// Mistake 12: approve one plan, apply another.
    @Test func mistake12_aPlanMadeFromAnotherStateIsStale() async throws {
        let before = try await Given([Sample.deployed(Sample.release(1))])
        let plan = try Sample.plan(to: Sample.release(3), in: before.view)
        var given = try await Given([
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(2)),
        ])
        given.plan = plan
        given.run = try Sample.run(plan, approvals: [("bob", nil)])
        for command in [
            .plan(plan, hash: try plan.content().hash), acquire(),
            .approve(way: .apart, reason: nil),
        ] as [Command] {
            let refusal = given.refusal(of: command)
            #expect(refusal?.reason == .planStale)
            #expect(refusal?.cause == "expected web v0.1.0 (entry 1), now web v0.2.0 (entry 2)")
            #expect(refusal?.hint?.description.hasPrefix("plan again: ledger plan deploy") == true)
        }
        given.run = try Sample.run(plan, state: .running, approvals: [("bob", nil)])
        let hint = given.refusal(of: acquire())?.hint
        #expect(hint?.description.hasPrefix("the run has started; abandon it first") == true)
    }

    @Test func theDigestIsOverEverythingAndTheSamePlanHasTheSame() async throws {
        let given = try await Given([Sample.deployed(Sample.release(1))])
        let plan = try Sample.plan(to: Sample.release(2), in: given.view)
        let again = try Sample.plan(to: Sample.release(2), in: given.view)
        #expect(try plan.content().hash == again.content().hash)
        #expect(try Plan(content: plan.content().bytes) == plan)
        var other = plan
        other.reason = "because"
        #expect(try plan.content().hash != other.content().hash)
        let moved = try await Given([
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(1)),
        ])
        let later = try Sample.plan(to: Sample.release(2), in: moved.view)
        #expect(try plan.content().hash != later.content().hash)
    }

    @Test func whatRunsAndWasSeenIsNotDeployedAgain() async throws {
        let given = try await Given([Sample.deployed(Sample.release(1))])
        #expect(try Sample.plan(to: Sample.release(1), in: given.view).moves.isEmpty)
        let unseen = try await Given([Sample.deployed(Sample.release(1), verified: false)])
        #expect(try !Sample.plan(to: Sample.release(1), in: unseen.view).moves.isEmpty)
    }

    /// Mistake 10: what was reverted comes back by itself.
    @Test func mistake10_aFencedReleaseStaysOutUnderEveryName() async throws {
        let bad = Sample.release(2)
        let given = try await Given([
            Sample.deployed(Sample.release(1)),
            Fact(
                .fenceRaised(
                    Fence(
                        environment: Sample.production, service: Sample.web, tag: bad.tag,
                        digest: bad.digest, reason: "leaks"))),
        ])
        var renamed = bad
        renamed.tag = ReleaseTag(unchecked: "v2-again")
        for release in [bad, renamed] {
            #expect {
                try Sample.plan(to: release, in: given.view)
            } throws: { ($0 as? Refusal)?.reason == .fenced }
        }
    }

    @Test func nothingGoesToAFrozenEnvironmentUntilTheFreezeEnds() async throws {
        let end = Fixed.start.adding(seconds: 60)
        let given = try await Given([
            Fact(
                .freezeStarted(Freeze(environment: Sample.production, reason: "audit", until: end)))
        ])
        #expect { try Sample.plan(to: Sample.release(1), in: given.view) } throws: {
            ($0 as? Refusal)?.reason == .frozen
        }
        #expect(given.view.freeze(at: end) == nil)
        // The way back stays open, and says so.
        let back = try Sample.plan(to: Sample.release(1), in: given.view, kind: .revert)
        #expect(back.warnings.contains { $0.contains("audit") })
    }

    @Test func aRevertOverAnIrreversibleMigrationWantsItAcceptedByNameAndWithAReason() async throws
    {
        let given = try await Given([
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(2)),
        ])
        let fact = try Draft(
            .migrationApplied(
                Migration(
                    environment: Sample.production, service: Sample.web, name: "0042",
                    irreversible: true)),
            id: EntryID(high: 1, low: 1), time: Fixed.start, recorded: Fixed.start,
            by: Author(name: "ci"))
        var parts = try Sample.parts(Sample.release(1))
        parts.migrations = [Entry(sequence: 9, stream: .general, position: 1, draft: fact)]
        func plan(_ request: PlanRequest) -> Refusal? {
            do {
                _ = try Plan.make(
                    request, in: given.view, place: Playbook.Environment(), parts: [parts],
                    by: Author(name: "alice"), now: Fixed.start)
                return nil
            } catch { return error }
        }
        #expect(plan(PlanRequest(kind: .revert))?.reason == .irreversible)
        #expect(plan(PlanRequest(kind: .revert, accepted: ["0042"]))?.reason == .irreversible)
        #expect(
            plan(PlanRequest(kind: .revert, reason: "works", accepted: ["0041"]))?.reason
                == .irreversible)
        #expect(plan(PlanRequest(kind: .revert, reason: "works", accepted: ["0042"])) == nil)
        // A deploy of what ran before leads over it too.
        #expect(plan(PlanRequest(kind: .deploy))?.reason == .irreversible)
        parts.migrations = []
        #expect(plan(PlanRequest(kind: .deploy)) == nil)
    }

    @Test func aRevertSaysOfEachThingWhetherItComesBack() async throws {
        let given = try await Given([
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(2)),
        ])
        var parts = try Sample.parts(Sample.release(1), present: Sample.release(2))
        parts.bundle.variables = ["PORT": "11", "MODE": "22"]
        parts.hashes = ["PORT": "11", "MODE": "33"]
        let plan = try Plan.make(
            PlanRequest(kind: .revert), in: given.view, place: Playbook.Environment(),
            parts: [parts],
            by: Author(name: "alice"), now: Fixed.start)
        let fates = Dictionary(uniqueKeysWithValues: plan.returns.map { ($0.what, $0.fate) })
        #expect(
            fates == [
                "image": .comesBack, "scripts and files": .unchanged, "settings": .unknown,
                "secrets": .unchanged, "volumes": .unchanged, "schema": .unknown,
                "hosts": .unchanged,
            ])
        #expect(plan.returns.first { $0.what == "settings" }?.why.contains("MODE") == true)
    }

    // MARK: Approvals

    @Test func whoAskedForAProtectedPlanCannotApproveItApart() async throws {
        var given = try await Given([Sample.deployed(Sample.release(1))])
        let plan = try Sample.plan(
            to: Sample.release(2), in: given.view, place: Playbook.Environment(protected: true))
        given.plan = plan
        given.run = try Sample.run(plan)
        #expect(given.refusal(of: .approve(way: .apart, reason: nil))?.reason == .approvalMissing)
        let refusal = given.refusal(of: .approve(way: .apart, reason: nil))
        #expect(refusal?.cause == "production is protected")
        given.author = Author(name: "bob")
        // An unsigned yes holds from the moment it is given. Only where a plan says how many have
        // to give theirs, one person's counts once.
        for (seconds, approvals) in [(60.0, []), (90.0, [("bob", Timestamp?.none)])] {
            given.now = Fixed.start.adding(seconds: seconds)
            given.run = try Sample.run(plan, approvals: approvals)
            guard
                case .deployApproved(let approved) =
                    try given.when(.approve(way: .apart, reason: nil)).first
            else {
                Issue.record("it is not approved")
                continue
            }
            #expect(approved.expires == given.now.adding(seconds: Double(plan.approvalSeconds)))
        }
    }

    @Test func withoutAnApprovalNothingRuns() async throws {
        var given = try await Given([Sample.deployed(Sample.release(1))])
        let plan = try Sample.plan(to: Sample.release(2), in: given.view)
        given.plan = plan
        given.run = try Sample.run(plan)
        #expect(given.refusal(of: acquire())?.reason == .approvalMissing)
        given.run = try Sample.run(
            plan, state: .approved, approvals: [("bob", Fixed.start.adding(seconds: -1))])
        #expect(given.refusal(of: acquire())?.cause?.contains("expired") == true)
        given.run = try Sample.run(
            plan, state: .approved, approvals: [("bob", Fixed.start.adding(seconds: 1))])
        #expect(try given.when(acquire()).map(\.kind) == ["lease.granted"])
    }

    @Test func aRunThatIsOverIsOver() async throws {
        var given = try await Given([Sample.deployed(Sample.release(1))])
        let plan = try Sample.plan(to: Sample.release(2), in: given.view)
        given.plan = plan
        for state in [RunView.State.finished, .failed, .abandoned] {
            given.run = try Sample.run(plan, state: state, approvals: [("bob", nil)])
            for command in [
                acquire(), .approve(way: .apart, reason: nil), .abandon(reason: "x", gone: nil),
            ] {
                #expect(given.refusal(of: command)?.reason == .notPossible)
            }
        }
    }

    // MARK: The lease

    /// A lease must not end while its holder rightly waits.
    @Test(arguments: [
        (10, 1.0, 1.0, nil, 300), (400, 1.0, 1.0, nil, 800), (10, 3600.0, 1.0, nil, 3600),
        (10, 600.0, 600.0, nil, 1200), (10, 1.0, 1.0, 900.0, 900),
    ])
    func aLeaseOutlastsTheLongestWait(
        step: Int, health: Double, every: Double, pause: Double?, atLeast: Int
    ) async throws {
        var given = try await Given([Sample.deployed(Sample.release(1))])
        var plan = try Sample.plan(
            to: Sample.release(2), in: given.view,
            steps: [Playbook.Template(name: "slow", run: ["slow"], seconds: step)])
        plan.moves[0].health = HealthCheck(
            probe: Probe(run: ["healthy"], seconds: 5), successes: 1, every: every,
            deadline: health)
        plan.pause = pause
        given.plan = plan
        given.run = try Sample.run(plan, approvals: [("bob", nil)])
        guard case .leaseGranted(let lease) = try given.when(acquire()).first else {
            Issue.record("no lease")
            return
        }
        let seconds = try #require(lease.seconds)
        #expect((atLeast..<(atLeast + 400)).contains(seconds))
    }

    /// Mistake 6: locks without an end.
    @Test func mistake06_aLeaseEndsByItself() async throws {
        var given = try await Given([Sample.deployed(Sample.release(1))])
        let plan = try Sample.plan(to: Sample.release(2), in: given.view)
        given.plan = plan
        given.run = try Sample.run(plan, state: .running)
        given.view.lease = try lease(40)
        #expect(given.refusal(of: acquire())?.reason == .leaseHeld)
        #expect(try given.when(acquire(gone: 40)).map(\.kind) == ["lease.taken"])
        #expect(
            try given.when(acquire(takingOver: "bob is on holiday")).map(\.kind) == ["lease.taken"])
        given.now = Fixed.start.adding(seconds: 301)
        guard case .leaseTaken(let taken) = try given.when(acquire()).first else {
            Issue.record("no lease was taken")
            return
        }
        #expect(taken.reason?.contains("expired at") == true)
    }

    @Test func aLeaseOutlastsTheLongestStep() async throws {
        var given = try await Given([Sample.deployed(Sample.release(1))])
        let steps = [Playbook.Template(name: "slow", run: ["true"], seconds: 4000)]
        let plan = try Sample.plan(to: Sample.release(2), in: given.view, steps: steps)
        given.plan = plan
        given.run = try Sample.run(plan, state: .approved, approvals: [("bob", nil)])
        guard case .leaseGranted(let lease) = try given.when(acquire()).first else {
            Issue.record("no lease was granted")
            return
        }
        #expect(lease.seconds ?? 0 > 4000)
    }

    @Test func anotherRunsDeadLeaseIsSettledFirst() async throws {
        var given = try await Given([Sample.deployed(Sample.release(1))])
        let plan = try Sample.plan(to: Sample.release(2), in: given.view)
        given.plan = plan
        let other = try Sample.run(plan, state: .running)
        given.run = try Sample.run(
            plan, state: .approved, approvals: [("bob", nil)], number: 20)
        given.halfWay = other
        #expect(given.refusal(of: acquire(gone: 40))?.message.contains("unfinished") == true)
    }

    @Test func anOlderTokenIsRefused() async throws {
        var given = try await Given([Sample.deployed(Sample.release(1))])
        let plan = try Sample.plan(to: Sample.release(2), in: given.view)
        given.plan = plan
        given.run = try Sample.run(plan, state: .running)
        given.view.lease = try lease(40)
        let event = Event.noteAdded(Note(text: "step"))
        #expect(try given.when(.progress([event], token: 40)) == [event])
        for command in [.progress([event], token: 39), .end([event], token: 39), .start(token: 39)]
            as [Command]
        {
            #expect(given.refusal(of: command)?.reason == .tokenTooOld)
        }
        given.view.lease = nil
        #expect(given.refusal(of: .progress([event], token: 40))?.reason == .tokenTooOld)
    }

    @Test func aRevertFencesWhatItLeaves() async throws {
        var given = try await Given([
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(2)),
        ])
        let plan = try Sample.plan(
            to: Sample.release(1), in: given.view, kind: .revert, present: Sample.release(2))
        given.plan = plan
        given.run = try Sample.run(plan, state: .running)
        given.view.lease = try lease(40)
        let done = RunFinished(environment: Sample.production, service: Sample.web, verified: true)
        let events = try given.when(.end([.reverted(done)], token: 40))
        #expect(events.map(\.kind) == ["revert.finished", "fence.raised", "lease.released"])
        guard case .fenceRaised(let fence) = events[1] else { return }
        #expect(fence.tag == Sample.release(2).tag)
        #expect(
            try given.when(.end([.deployed(done)], token: 40)).map(\.kind)
                == ["deploy.finished", "lease.released"])
    }

    // MARK: Marks

    @Test func fencesAndPinsWantAReasonAndCanBeTakenAway() async throws {
        var given = try await Given()
        let release = Sample.release(1)
        #expect(given.refusal(of: .raiseFence([release], reason: " "))?.reason == .invalid)
        #expect(
            try given.when(.raiseFence([release], reason: "bad")).map(\.kind) == ["fence.raised"])
        #expect(
            given.refusal(of: .liftFence(tag: "v0.1.0", service: nil, reason: "x"))?.reason
                == .unknownName)
        given = try await Given([
            Fact(
                .fenceRaised(
                    Fence(
                        environment: Sample.production, service: Sample.web, tag: release.tag,
                        digest: release.digest, reason: "bad")))
        ])
        #expect(given.refusal(of: .raiseFence([release], reason: "bad"))?.reason == .notPossible)
        #expect(
            given.refusal(of: .liftFence(tag: "v0.1.1", service: nil, reason: "x"))?.hint
                == "did you mean v0.1.0?")
        #expect(
            try given.when(.liftFence(tag: "v0.1.0", service: nil, reason: "x")).map(\.kind) == [
                "fence.lifted"
            ])
        #expect(try given.when(.setPin([release], reason: "known good")).map(\.kind) == ["pin.set"])
    }

    // MARK: Environments

    /// Mistake 15: a wrong environment name falls through to production.
    @Test func mistake15_anEnvironmentIsNeverGuessed() {
        let one = Playbook(environments: [Sample.production: Playbook.Environment()])
        let two = Playbook(environments: [
            Sample.production: Playbook.Environment(),
            EnvironmentName(unchecked: "staging"): Playbook.Environment(),
        ])
        #expect(throws: Never.self) { try one.environment(named: nil) }
        for name in [nil, "prod", "Production", "productio"] {
            #expect(throws: Refusal.self) { try two.environment(named: name) }
        }
        #expect { try two.environment(named: "stagin") } throws: {
            ($0 as? Refusal)?.hint == "did you mean staging?"
        }
    }
}
