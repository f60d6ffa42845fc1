internal import ArgumentParser
internal import CommandEngine
internal import Commands
internal import Ledger
internal import Projections

/// `ledger status`
struct StatusVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what each environment runs, now or at any earlier moment",
        discussion: """
            State: verified (every host was seen running it), unverified (nobody looked), mixed, drifted, \
            changing (a run is under way), unknown.

            --check looks at every host first, with the probe that was kept with what runs there, and \
            records what it saw: exit code 2 if anything is not as the ledger had it.

            Example: ledger status -e production --at v0.9.9
            Example: ledger status -e production --check
            """)
    @OptionGroup var environment: EnvironmentOption
    @Flag(help: "Look at the hosts now, and record it.")
    var check = false
    @OptionGroup var at: AtOptions
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if check, at.at != nil || at.trueAt != nil {
            throw ValidationError("--check looks at what is so now, not at a time")
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        if !check { return try await told(wiring) }
        let seen = try await wiring.recording { try await look($0, wiring) }
        var answer = try await told(wiring)
        // Whoever asked for a look, and got none, must not take what is told for what was seen.
        if seen.isEmpty {
            answer.blocks.append(
                .hint(
                    "Nothing was looked at: no service that runs has a probe (observe: in the playbook)."
                ))
            (answer.exit, answer.outcome) = (.notAsPlanned, "unverified")
        }
        if seen.contains(false) { (answer.exit, answer.outcome) = (.changes, "changes") }
        return answer
    }

    /// Looks at all that runs, and records it; for each host whether it was as the ledger had it.
    private func look(_ recorder: Recorder, _ wiring: Wiring) async throws -> [Bool] {
        let playbook = try wiring.playbook()
        let names =
            try environment.environment.map { [try playbook.environment(named: $0)] }
            ?? playbook.environments.keys.sorted()
        let inspection = try await wiring.inspection(recorder)
        var all: [Bool] = []
        for name in names {
            let view = try await recorder.projector.environment(name)
            let seen = try await inspection.look(at: view.services.map(\.service), in: view)
            _ = try await recorder.record(seen.map { Fact(.hostObserved($0)) })
            all += seen.map { $0.isAsExpected(in: view) }
        }
        return all
    }

    private func told(_ wiring: Wiring) async throws -> Answer {
        try await wiring.asking { projector in
            if environment.environment == nil, at.at == nil, at.trueAt == nil {
                var branches: [Undeployable] = []
                if let playbook = try? wiring.playbook() {
                    branches = try await PolicyRules.undeployable(playbook, projector)
                }
                let views = try await projector.views()
                return answer(
                    views, wiring, branches, try await projector.openIncidents(),
                    try await open(views, projector, at: nil))
            }
            var names = try await projector.environments()
            if let name = environment.environment {
                names = [try await wiring.environment(name, projector)]
            }
            var views: [EnvironmentView] = []
            let sequence = try await wiring.sequence(
                at.at, in: names.count == 1 ? names.first : nil, projector)
            let moment = try wiring.moment(at)
            for name in names {
                if let moment {
                    views.append(try await projector.environment(name, trueAt: moment))
                } else {
                    views.append(try await projector.environment(name, at: sequence))
                }
            }
            // What was open by the times at which things happened is not answered.
            let open = moment == nil ? try await projector.openIncidents(at: sequence) : nil
            return answer(
                views, wiring, [], open?.filter { $0.environment.map(names.contains) ?? true },
                moment == nil ? try await self.open(views, projector, at: sequence) : [:])
        }
    }

    /// The run that each environment waits for, or that is under way there.
    private func open(
        _ views: [EnvironmentView], _ projector: Projector, at: Int?
    ) async throws -> [EnvironmentName: RunView] {
        var open: [EnvironmentName: RunView] = [:]
        for view in views
        where view.lease != nil || view.services.contains(where: \.isLeftHalfWay) {
            open[view.name] = try await projector.runs(in: view.name, at: at).first {
                $0.state == .running
            }
        }
        return open
    }

    private func answer(
        _ views: [EnvironmentView], _ wiring: Wiring, _ branches: [Undeployable],
        _ incidents: [OpenIncident]?, _ runs: [EnvironmentName: RunView]
    ) -> Answer {
        let rows = views.flatMap { $0.services.map(StateText.row) }
        // Thousands of services take their time as a value: it is made when somebody wants it.
        var json = JSONValue.null
        if shared.output == .json || shared.output == .jsonl {
            var members: [String: JSONValue] = [
                "environments": .array(views.map { StateText.json($0, runs[$0.name]) }),
                "undeployable": .array(branches.map(\.json)),
            ]
            members["incidents"] = incidents.map { .array($0.map(StateText.json)) }
            json = .object(members)
        }
        let remarks =
            (incidents ?? []).map(StateText.remark) + branches.map(\.text)
            + views.flatMap { view in
                StateText.remarks(
                    view, runs[view.name], isPresent: at.at == nil, wiring.surroundings)
            }
        var hints = remarks.map { Answer.Block.hint($0) }
        if rows.isEmpty {
            hints =
                [
                    .hint("Nothing has been deployed yet, as far as the ledger knows."),
                    .hint(
                        "Next: ledger deploy TAG -e ENVIRONMENT, or ledger record deploy.finished …"
                    ),
                ] + hints
        }
        return Answer([.grid(Answer.Grid(StateText.columns, rows))] + hints, json: json)
    }
}
