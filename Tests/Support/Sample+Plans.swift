public import Commands
public import Ledger
internal import LedgerProof
public import Projections
internal import Synchronization

extension Sample {
    /// A bundle of one step for a release.
    public static func bundle(
        _ release: Release, steps: [Playbook.Template]? = nil, observed: Bool = true
    ) -> Commands.Bundle {
        let steps = steps ?? [Playbook.Template(name: "switch", run: ["true"])]
        return Commands.Bundle(
            release: release, environment: production, deploy: steps, revert: steps,
            observe: observed ? Probe(run: ["observe"], seconds: 1) : nil, health: nil, files: [],
            variables: [:], secrets: [:], volumes: [], hosts: [host])
    }

    /// The parts of a move to a release.
    public static func parts(
        _ release: Release, present: Release? = nil, steps: [Playbook.Template]? = nil
    ) throws -> MoveParts {
        let bundle = bundle(release, steps: steps)
        let before = present.map { Sample.bundle($0, steps: steps) }
        return MoveParts(
            bundle: bundle, bundleHash: try bundle.content().hash, present: before,
            presentHash: try before?.content().hash)
    }

    /// A plan to a release, made in a view.
    public static func plan(
        to release: Release, in view: EnvironmentView, kind: Plan.Kind = .deploy,
        place: Playbook.Environment = Playbook.Environment(), onFailure: Plan.OnFailure = .stop,
        present: Release? = nil, steps: [Playbook.Template]? = nil, by author: String = "alice"
    ) throws -> Plan {
        try Plan.make(
            PlanRequest(kind: kind, onFailure: onFailure), in: view, place: place,
            parts: [parts(release, present: present, steps: steps)],
            by: Author(name: author), now: Fixed.start)
    }

    /// The run of a plan, with the yes of some until a moment.
    public static func run(
        _ plan: Plan, state: RunView.State = .planned, by: String = "alice",
        approvals: [(String, Timestamp?)] = []
    ) throws -> RunView {
        let hash = try plan.content().hash
        let given: [JSONValue] = approvals.map { name, expires in
            var members: [String: JSONValue] = [
                "by": .string(name), "plan": .string(hash.rawValue), "way": "apart", "entry": 1,
            ]
            members["expires"] = expires.map { .string($0.description) }
            return .object(members)
        }
        let detail: JSONValue = .object([
            "kind": .string(plan.kind.rawValue), "plan": .string(hash.rawValue), "steps": 1,
            "approvals": .array(given),
        ])
        let row = ViewRow(
            key: EntryID(high: 1, low: 2).description,
            subject: Subject(environment: plan.environment, service: web),
            state: state.rawValue, number: 10, time: Fixed.start, by: by,
            detail: Canonical.text(detail), since: 10)
        guard let run = RunView(row) else { throw StoreProblem(.input, "no run") }
        return run
    }
}
