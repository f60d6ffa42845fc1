internal import ArgumentParser
internal import LedgerOperations

/// `ledger gate`
struct GateVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: Gate.documentation.summary,
        discussion: """
            \(Gate.documentation.discussion)

            Exit code: 0 if the deploy is allowed, 3 if not.

            Example: ledger gate -e production --tag v1.0.0
            """)
    @OptionGroup var environment: EnvironmentOption
    @Option(help: Gate.help("release"), completion: .live(.tags))
    var tag: String
    @Option(name: .customLong("service"), help: Gate.help("service"), completion: .live(.services))
    var service: String?
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let gate = Gate(tag, environment: environment.environment, service: service, at: at.at)
        let found = try await wiring.answer(gate)
        if found.mayGo {
            return Answer([.line("\(tag) may be deployed to \(found.environment)")], value: found)
        }
        return Answer(
            found.reasons.map { .line($0) }, value: found, exit: .refused, outcome: "refused",
            reason: "gate")
    }
}
