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

    /// The run of a plan, folded from its entries: planned, approved by some until a moment, and
    /// what leads to the state.
    public static func run(
        _ plan: Plan, state: RunView.State = .planned, by: String = "alice",
        approvals: [(String, Timestamp?)] = [], number: Int = 10
    ) throws -> RunView {
        let hash = try plan.content().hash
        let isDeploy = plan.kind == .deploy
        let name = plan.environment
        let planned = Planned(
            environment: name, service: web, plan: hash, steps: plan.steps.count)
        var events: [(Event, String)] = [
            (isDeploy ? .deployPlanned(planned) : .revertPlanned(planned), by)
        ]
        for (who, expires) in approvals {
            let approved = Approved(environment: name, plan: hash, way: .apart, expires: expires)
            events.append((isDeploy ? .deployApproved(approved) : .revertApproved(approved), who))
        }
        if ![.planned, .approved].contains(state) {
            let started = RunStarted(environment: name, plan: hash, token: number + 1)
            events.append((isDeploy ? .deployStarted(started) : .revertStarted(started), by))
        }
        switch state {
        case .planned, .approved, .running: break
        case .finished:
            let done = RunFinished(environment: name, service: web)
            events.append((isDeploy ? .deployed(done) : .reverted(done), by))
        case .failed:
            let failed = RunFailed(environment: name, reason: "x", service: web)
            events.append((isDeploy ? .deployFailed(failed) : .revertFailed(failed), by))
        case .abandoned:
            let abandoned = Abandoned(environment: name, reason: "x", service: web)
            events.append(
                (isDeploy ? .deployAbandoned(abandoned) : .revertAbandoned(abandoned), by))
        }
        let id = EntryID(high: UInt64(number), low: 2)
        var replay = Replay()
        for (place, (event, who)) in events.enumerated() {
            replay.apply(
                try entry(event, number + place, by: who, of: place == 0 ? nil : id, id: id))
        }
        guard let row = replay.row("run", id.description), let run = RunView(row) else {
            throw StoreProblem(.input, "no run")
        }
        return run
    }

    /// An entry as a store would number it. A run's first entry has the run's id.
    public static func entry(
        _ event: Event, _ sequence: Int, by: String = "alice", of run: EntryID? = nil,
        id: EntryID
    ) throws -> Entry {
        let own = run == nil ? id : EntryID(high: 99, low: UInt64(sequence))
        let draft = try Draft(
            event, id: own, time: Fixed.start, recorded: Fixed.start, by: Author(name: by),
            correlation: run)
        return Entry(
            sequence: sequence, stream: .environment(production), position: sequence,
            draft: draft, hashes: [])
    }

    /// The view of production after a lease was granted to a run.
    public static func view(
        holding run: RunView, token: Int, holder: String, seconds: Int
    ) throws -> EnvironmentView {
        var replay = Replay()
        let lease = Lease(environment: production, holder: holder, seconds: seconds)
        replay.apply(try entry(.leaseGranted(lease), token, of: run.id, id: run.id))
        return EnvironmentView(
            name: production, rows: [], marks: [], lease: replay.rows("lease").first)
    }
}
