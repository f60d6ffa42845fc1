import CommandPorts
import Ledger
import Projections
import Support
import Testing
@testable import Commands

/// Rules about fences, pins and approvals that stand beside those of plans and runs.
struct MarkRuleTests {
    private func running(
        _ plan: Plan, _ state: RunView.State = .running
    ) throws -> RunView {
        try Sample.run(plan, state: state)
    }

    @Test func whatIsUnderWayNeedsNoApproval() async throws {
        var given = try await Given([Sample.deployed(Sample.release(1))], by: "bob")
        let plan = try Sample.plan(to: Sample.release(2), in: given.view)
        given.plan = plan
        given.run = try running(plan)
        let refusal = given.refusal(of: .approve(way: .apart, reason: nil))
        #expect(refusal?.reason == .notPossible)
        #expect(given.refusal(of: .reject(reason: "no"))?.reason == .notPossible)
    }

    /// LED-0004: taking a revert back fences nothing; going away again does.
    @Test(arguments: [true, nil] as [Bool?])
    func takingARevertBackFencesNothing(takesBack: Bool?) async throws {
        var given = try await Given([
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(2)),
        ])
        var plan = try Sample.plan(
            to: Sample.release(1), in: given.view, kind: .revert, present: Sample.release(2))
        plan.moves[0].takesBack = takesBack
        given.plan = plan
        given.run = try running(plan)
        let row = try #require(
            try LeaseFold().apply(
                Entry(
                    sequence: 40, stream: .general, position: 1,
                    draft: Draft(
                        .leaseGranted(
                            Lease(
                                environment: Sample.production, holder: "alice@here process 1 (1)",
                                seconds: 300)),
                        id: EntryID(high: 9, low: 9), time: Fixed.start, recorded: Fixed.start,
                        by: Author(name: "alice"), correlation: given.run?.id)), to: nil,
                key: "production"))
        given.view.lease =
            EnvironmentView(name: Sample.production, rows: [], marks: [], lease: row).lease
        let done = RunFinished(environment: Sample.production, service: Sample.web, verified: true)
        let kinds = try given.when(.end([.reverted(done)], token: 40)).map(\.kind)
        #expect(kinds.contains("fence.raised") == (takesBack == nil))
        #expect(kinds.last == "lease.released")
    }

    @Test func aPinWantsATag() async throws {
        let given = try await Given([Sample.deployed(Sample.release(1))])
        var release = Sample.release(1)
        #expect(try given.when(.setPin([release], reason: "keep")).map(\.kind) == ["pin.set"])
        release.tag = nil
        #expect(given.refusal(of: .setPin([release], reason: "keep"))?.reason == .invalid)
    }

    @Test func aPinIsTakenAwayWhereItStands() async throws {
        let pin = Pin(
            environment: Sample.production, service: Sample.web,
            tag: ReleaseTag(unchecked: "v0.1.0"), digest: Sample.digest(1), reason: "keep")
        let given = try await Given([Sample.deployed(Sample.release(1)), Fact(.pinSet(pin))])
        let removed = try given.when(.removePin(tag: "v0.1.0", service: nil, reason: "old"))
        #expect(removed.map(\.kind) == ["pin.removed"])
        let none = given.refusal(of: .removePin(tag: "v0.2.0", service: nil, reason: "old"))
        #expect(none?.reason == .unknownName)
        let empty = given.refusal(of: .removePin(tag: "v0.1.0", service: nil, reason: " "))
        #expect(empty?.reason == .invalid)
    }
}
