internal import ArgumentParser
internal import Ledger
internal import LedgerOperations
internal import LedgerText

/// `ledger explain`
struct ExplainVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explain a state or a proof",
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
        commandName: "state", abstract: ExplainState.documentation.summary,
        discussion: "Example: ledger explain -e production --service web")
    @OptionGroup var environment: EnvironmentOption
    @Option(help: ExplainState.help("service"), completion: .live(.services))
    var service: String?
    @OptionGroup var at: AtOptions
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let explain = ExplainState(
            environment: environment.environment, service: service, at: at.at, trueAt: at.trueAt)
        let found = try await wiring.answer(explain)
        let rows = found.map { line in
            [
                line.service.rawValue, line.field, line.value,
                line.because.map { "\($0.entry) \($0.kind)" }.joined(separator: ", "),
            ]
        }
        return Answer(
            [
                .grid(
                    Answer.Grid(
                        [
                            "service", "field", Column("is", .wraps),
                            Column("because of entry", .wraps),
                        ],
                        rows))
            ],
            value: found)
    }
}
