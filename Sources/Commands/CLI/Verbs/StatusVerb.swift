internal import ArgumentParser
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

            Example: ledger status -e production --at v0.9.9
            """)
    @OptionGroup var environment: EnvironmentOption
    @OptionGroup var at: AtOptions
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.asking { projector in
            if environment.environment == nil, at.at == nil, at.trueAt == nil {
                var branches: [Undeployable] = []
                if let playbook = try? wiring.playbook() {
                    branches = try await PolicyRules.undeployable(playbook, projector)
                }
                return answer(try await projector.views(), wiring, branches)
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
            return answer(views, wiring)
        }
    }

    private func answer(
        _ views: [EnvironmentView], _ wiring: Wiring, _ branches: [Undeployable] = []
    ) -> Answer {
        let rows = views.flatMap { $0.services.map(StateText.row) }
        // Thousands of services take their time as a value: it is made when somebody wants it.
        let json: JSONValue =
            shared.output == .table || shared.output == .csv
            ? .null
            : .object([
                "environments": .array(views.map(StateText.json)),
                "undeployable": .array(branches.map(\.json)),
            ])
        if rows.isEmpty {
            return Answer(
                [
                    .grid(Answer.Grid(StateText.columns, rows)),
                    .hint("Nothing has been deployed yet, as far as the ledger knows."),
                    .hint(
                        "Next: ledger deploy TAG -e ENVIRONMENT, or ledger record deploy.finished …"
                    ),
                ], json: json)
        }
        let remarks =
            branches.map(\.text) + views.flatMap { StateText.remarks($0, wiring.surroundings) }
        return Answer(
            [.grid(Answer.Grid(StateText.columns, rows))] + remarks.map { .hint($0) }, json: json)
    }
}
