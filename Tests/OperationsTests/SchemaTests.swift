import CommandEngine
import CommandImporters
import CommandPorts
import Commands
import Foundation
import Ledger
import LedgerOperations
import Projections
import Support
import Testing

/// The answers of operations, as docs/json.md describes them: no member is undocumented.
struct SchemaTests {
    private let sandbox: Sandbox
    private let desk: Desk

    init() async throws {
        sandbox = try Sandbox()
        let recorder = memoryRecorder()
        let old = Sample.release(1)
        try await recorder.tell([
            Sample.tagged(old), Sample.deployed(old), Sample.deployed(Sample.release(2)),
            Fact(
                .hostObserved(
                    HostObservation(
                        environment: Sample.production, service: Sample.web, host: Sample.host,
                        digest: old.digest, tag: old.tag, reachable: true))),
            Fact(
                .fenceRaised(
                    Fence(
                        environment: Sample.production, service: Sample.web, tag: old.tag,
                        digest: old.digest, reason: "it loses orders"))),
        ])
        _ = try await recorder.record([
            Fact(.incidentOpened(Incident(name: "db-down", environment: Sample.production)))
        ])
        let plan = try Sample.plan(
            to: Sample.release(3),
            in: try await recorder.projector.environment(Sample.production))
        let content = try plan.content()
        try await recorder.perform(
            .plan(plan, hash: content.hash), in: Sample.production, keeping: [content])
        let playbook = try Playbook(
            yaml: """
                environments:
                  production:
                    hosts: [localhost]
                    policy: {checks: [pytest]}
                services:
                  web:
                    deploy: [{run: ["true"]}]
                    revert: [{run: ["true"]}]
                """)
        desk = Desk(
            projector: recorder.projector, playbook: .read(playbook),
            surroundings: Fixed.surroundings())
    }

    /// Validates with another program's reading of JSON Schema.
    private func validate(_ answer: some Encodable, as definition: String) async throws {
        try sandbox.write("answer.json", Canonical.text(try JSONValue(encoding: answer)))
        let schema = Shared.repository.appending(path: "docs/answers.schema.json").path
        let said = try await Spoken.run([
            "python3", "-c",
            """
            import json, sys, jsonschema
            schema = json.load(open(sys.argv[1]))
            schema["$ref"] = "#/$defs/" + sys.argv[3]
            jsonschema.Draft202012Validator(schema).validate(json.load(open(sys.argv[2])))
            """, schema, sandbox.path("answer.json"), definition,
        ])
        #expect(said.code == 0, "\(definition): \(said.error.suffix(600))")
    }

    @Test func everyAnswerFitsItsDefinition() async throws {
        let name = "production"
        try await validate(try await Status().answer(at: desk), as: "status")
        try await validate(
            try await DeployHistory(environment: name, commits: true).answer(at: desk),
            as: "history")
        try await validate(
            try await ListRollbackTargets(environment: name).answer(at: desk), as: "targets")
        try await validate(try await ListRuns().answer(at: desk), as: "runs")
        try await validate(try await Due().answer(at: desk), as: "due")
        try await validate(try await Gate("v0.1.0", environment: name).answer(at: desk), as: "gate")
        try await validate(try await Compare(from: "production~1").answer(at: desk), as: "diff")
        try await validate(
            try await ExplainState(environment: name).answer(at: desk), as: "explain")
        try await validate(try await TraceRelease("v0.1.0").answer(at: desk), as: "trace")
        try await validate(try await ListMarks(.fence).answer(at: desk), as: "marks")
        try await validate(try await ListIncidents(all: true).answer(at: desk), as: "incidents")
        try await validate(try await ShowIncident("db-down").answer(at: desk), as: "shownIncident")
        let run = try #require(try await ListRuns().answer(at: desk).first).run
        try await validate(try await ShowRun(run).answer(at: desk), as: "shownRun")
    }

    @Test func everyAnswerOfAnActionFitsItsDefinition() async throws {
        let yaml = """
            environments: {production: {hosts: [web1]}}
            services:
              web:
                deploy: [{name: switch, run: [switch]}]
                revert: [{name: switch, run: [switch]}]
                observe: {run: [observe]}
            """
        let recorder = memoryRecorder()
        _ = try await recorder.record([Sample.tagged(Sample.release(1))])
        let playbook = try Playbook(yaml: yaml)
        let desk = ActingDesk(
            RecordingDesk(
                Desk(
                    projector: recorder.projector, playbook: .read(playbook),
                    surroundings: Fixed.surroundings()), recorder, checker: NoSignatures()),
            TestParts(playbook))
        let plan = PlanDeploy("v0.1.0", environment: "production")
        try await validate(try await plan.answer(at: desk), as: "planned")
        let run = try await plan.proposal(at: desk).confirm(.flag, reason: nil, at: desk)
        try await validate(try await ResumeRun(run.number).answer(at: desk), as: "ended")
        let facts = RecordFacts([
            FactInput("note.added", ["text": "x", "environment": "production"])
        ])
        try await validate(try await facts.answer(at: desk.recording), as: "recorded")
        var batches = DeliveryBatches(recorder: recorder) { _ in }
        let raw = RawDelivery(body: Array("no JSON".utf8), place: "push.json")
        let context = DeliveryContext(now: Fixed.start, services: [:])
        let problem = #expect(throws: DeliveryProblem.self) {
            _ = try Sender.github.map(raw, context)
        }
        batches.refuse(raw.place, try #require(problem))
        try await validate(try await batches.end(), as: "deliveries")
    }

    @Test func aMemberThatIsNotDescribedIsFound() throws {
        let schema = Shared.repository.appending(path: "docs/answers.schema.json")
        let json = try JSONValue(parsing: try Data(contentsOf: schema))
        for (name, definition) in json["$defs"]?.object ?? [:]
        where definition["type"]?.string == "object" {
            #expect(definition["additionalProperties"]?.bool == false, "\(name)")
        }
    }
}
