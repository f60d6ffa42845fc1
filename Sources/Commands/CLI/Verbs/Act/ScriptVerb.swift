internal import ArgumentParser
internal import CommandEngine
internal import Commands
internal import Ledger
internal import LedgerSQLite

/// `ledger script`
struct ScriptVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "script",
        abstract: "Print a revert as one POSIX script that needs no ledger",
        discussion: """
            With everything in it: digests, hosts, files, checks, a journal of its own. One is kept with each \
            deploy, beside the ledger in scripts/. `ledger import journal` takes over what it did.

            Example: ledger script v0.9.9 -e production > back.sh
            """)
    @Argument(help: "A release that ran there, a place in its history, or previous.")
    var target: String
    @OptionGroup var environment: EnvironmentOption
    @Option(name: .customLong("service"), help: "Only this service (may be repeated).")
    var services: [String] = []
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.withStore(.reading) { store in
            let recorder = try await wiring.recorder(store)
            let name = try wiring.playbook().environment(named: environment.environment)
            var option = TargetOption()
            option.to = target
            let script = try await wiring.planner(recorder).script(
                to: option.target(wiring, recorder.projector, in: name), in: name,
                services: try services.map { try ServiceName($0) })
            return Answer(
                [.text(script.text)], json: .object(["script": .string(script.text)]))
        }
    }
}
