internal import ArgumentParser
internal import Ledger
internal import LedgerOperations

/// `ledger script`
struct ScriptVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "script", abstract: WriteScript.documentation.summary,
        discussion: """
            \(WriteScript.documentation.discussion)

            Example: ledger script v0.9.9 -e production > back.sh
            """)
    @Argument(help: WriteScript.help("target"))
    var target: String
    @OptionGroup var environment: EnvironmentOption
    @Option(
        name: .customLong("service"), help: WriteScript.help("services"),
        completion: .live(.services))
    var services: [String] = []
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let write = WriteScript(
            target, environment: environment.environment, services: services)
        let script = try await wiring.withStore(.reading) { store in
            try await write.answer(at: try wiring.actingDesk(try await wiring.recorder(store)))
        }
        return Answer([.text(script.script)], value: script)
    }
}
