import Commands
import Ledger
import LedgerOperations
import Projections
import Support
import Testing

/// Requests as JSON, as a server or a tool receives them: what has a default may be absent.
struct RequestTests {
    private func read<T: Operation>(_ json: JSONValue, as type: T.Type = T.self) throws -> T {
        try json.decoded()
    }

    @Test func onlyWhatIsRequiredIsRequired() throws {
        let deploy = try read(["tag": "v1"], as: PlanDeploy.self)
        #expect(deploy.tag == "v1" && deploy.terms.onFailure == .stop && !deploy.terms.dryRun)
        #expect(try read([:], as: PlanRevert.self).target == nil)
        #expect(try read([:], as: ResumeRun.self).assumeDone.isEmpty)
        #expect(try read(["target": "v1"], as: WriteScript.self).services.isEmpty)
        #expect(try read([:], as: ReadLog.self).selection.kinds.isEmpty)
        #expect(try read(["entry": "7"], as: ProveEntry.self).origin == false)
        #expect(try read([:], as: ReconcileRegistry.self).record == false)
        #expect(try read(["run": 7], as: ApproveRun.self).purpose == .approval)
        #expect(try read(["run": 7], as: ReadPlan.self).purpose == .approval)
        #expect(try read([:], as: DeployHistory.self).commits == false)
        #expect(try read([:], as: ListIncidents.self).all == false)
        #expect(try read([:], as: ListRuns.self).open == false)
        #expect(try read(["tag": "v1", "reason": "slow"], as: RaiseFence.self).fixes.isEmpty)
        let redact = try read(
            ["entry": 1, "fields": ["text"], "reason": "private"], as: RedactEntry.self)
        #expect(redact.signatures.isEmpty)
        _ = try read([:], as: Status.self)
        _ = try read([:], as: ObserveEnvironments.self)
        _ = try read(["fact": ["kind": "note.added", "fields": [:]]], as: RecordFact.self)
    }

    @Test func aMissingRequiredMemberIsNamed() {
        let problem = #expect(throws: FieldProblem.self) { try read([:], as: PlanDeploy.self) }
        #expect(problem?.field == "tag")
    }

    @Test func aRequestIsTheSameAfterJSON() throws {
        var terms = PlanTerms()
        (terms.services, terms.hosts, terms.again) = (["web"], ["web1"], true)
        let json = try JSONValue(encoding: PlanDeploy("v1", environment: "staging", terms: terms))
        #expect(try JSONValue(encoding: read(json, as: PlanDeploy.self)) == json)
    }
}
