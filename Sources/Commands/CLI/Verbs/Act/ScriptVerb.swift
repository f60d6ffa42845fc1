internal import ArgumentParser
internal import CommandEngine
internal import Commands
internal import Ledger

/// `ledger script`
struct ScriptVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "script",
        abstract: "Print a revert as a POSIX script that runs without the ledger",
        discussion: """
            The script contains digests, hosts, files and checks, and writes its own journal. Each \
            deploy stores one in scripts/, beside the ledger. `ledger import journal` imports its \
            results.

            Example: ledger script v0.9.9 -e production > back.sh
            """)
    @Argument(help: "An earlier release, a point in the environment's history, or previous.")
    var target: String
    @OptionGroup var environment: EnvironmentOption
    @Option(
        name: .customLong("service"), help: "Only this service (may be repeated).",
        completion: .live(.services))
    var services: [String] = []
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.withStore(.reading) { store in
            let recorder = try await wiring.recorder(store)
            let name = try wiring.playbook().environment(named: environment.environment)
            let place = try await TargetOption.target(
                target, wiring, recorder.projector, in: name)
            let script = try await wiring.planner(recorder).script(
                to: place, in: name,
                services: try services.map { try ServiceName($0) })
            return Answer(
                [.text(script.text)], json: .object(["script": .string(script.text)]))
        }
    }
}
