internal import ArgumentParser
internal import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// `ledger explain`
struct ExplainVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say why something is so: a state, or a proof",
        discussion: """
            Example: ledger explain -e production --service web
            Example: ledger explain proof deploy.receipt
            """,
        subcommands: [ExplainStateVerb.self, ExplainProofVerb.self],
        defaultSubcommand: ExplainStateVerb.self)
}

/// `ledger explain state`
struct ExplainStateVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "state", abstract: "Name the entries that made an environment's state so",
        discussion: "Example: ledger explain -e production --service web")
    @OptionGroup var environment: EnvironmentOption
    @Option(help: "Only this service.")
    var service: String?
    @OptionGroup var at: AtOptions
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.asking { projector in
            let name = try await wiring.environment(environment.environment, projector)
            let sequence = try await wiring.sequence(at.at, in: name, projector)
            let view: EnvironmentView
            if let moment = try wiring.moment(at) {
                view = try await projector.environment(name, trueAt: moment)
            } else {
                view = try await projector.environment(name, at: sequence)
            }
            let states = view.services.filter { service == nil || $0.service.rawValue == service }
            if states.isEmpty {
                let ran = view.services.map(\.service.rawValue).joined(separator: ", ")
                throw Refusal(
                    .unknownName,
                    ran.isEmpty
                        ? "nothing ever ran in \(name)" : "\(service ?? "it") never ran in \(name)",
                    cause: ran.isEmpty ? nil : "there ran: \(ran)",
                    hint: ran.isEmpty
                        ? "deploy something: ledger deploy TAG -e \(shell: name)" : nil)
            }
            var rows: [[String]] = []
            for state in states {
                for line in Explanation(state, in: view).lines {
                    var kinds: [String] = []
                    for number in line.entries {
                        let entry = try await projector.store.entry(at: number)
                        kinds.append("\(number) \(entry?.kind ?? "")")
                    }
                    rows.append([
                        state.service.rawValue, line.field, line.value,
                        kinds.joined(separator: ", "),
                    ])
                }
            }
            return Answer(
                [.grid(Answer.Grid(["service", "field", "is", "because of entry"], rows))],
                json: .array(
                    rows.map { row in
                        .object([
                            "service": .string(row[0]), "field": .string(row[1]),
                            "value": .string(row[2]), "because": .string(row[3]),
                        ])
                    }))
        }
    }
}
