import Ledger
import Projections
import Support
import Testing
@testable import Commands

/// What a plan says of its services, and what becomes of it.
struct PlanRuleTests {
    private let worker = ServiceName(unchecked: "worker")

    private static func plan(of releases: [Release], _ given: Given) throws -> Plan {
        try Plan.make(
            PlanRequest(kind: .deploy, onFailure: .stop), in: given.view,
            place: Playbook.Environment(),
            parts: try releases.map { try Sample.parts($0) },
            by: Author(name: "alice"), now: Fixed.start)
    }

    /// Where several services move, none of their digests stands for all.
    @Test func aPlanOfSeveralServicesNamesNoDigest() async throws {
        let given = try await Given([Sample.deployed(Sample.release(1))])
        let plan = try Self.plan(of: [Sample.release(2), Sample.release(2, of: worker)], given)
        let events = try given.when(.plan(plan, hash: try plan.content().hash))
        #expect(events.count == 1 && events[0].fields["digest"] == nil)
        #expect(events[0].fields["revision"] == nil)
    }

    /// Whom a run that is given up has touched: nothing before it began, its services after.
    @Test func whatIsGivenUpIsSaidOfEachServiceItTouched() async throws {
        var given = try await Given([Sample.deployed(Sample.release(1))])
        let plan = try Self.plan(of: [Sample.release(2), Sample.release(3, of: worker)], given)
        given.plan = plan
        for (state, services, tags) in [
            (RunView.State.approved, [nil], [plan.subject.tag]),
            (.running, [Sample.web, worker], [Sample.release(2).tag, Sample.release(3).tag]),
        ] {
            given.run = try Sample.run(plan, state: state)
            let events = try given.when(.abandon(reason: "too slow", gone: nil))
            #expect(events.map { $0.fields["service"]?.string } == services.map { $0?.rawValue })
            #expect(events.map { $0.fields["tag"]?.string } == tags.map { $0?.rawValue })
        }
    }
}
