internal import ArgumentParser
internal import Commands
internal import Ledger
internal import Projections

/// `ledger history`
struct HistoryVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show every deploy and revert of an environment, numbered",
        discussion: "Example: ledger history -e production --service web")
    @OptionGroup var environment: EnvironmentOption
    @Option(help: "Only this service.")
    var service: String?
    @Option(name: [.customShort("n"), .customLong("number")], help: "At most so many, the newest.")
    var count: Int?
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.asking { projector in
            let name = try await wiring.environment(environment.environment, projector)
            let sequence = try await wiring.sequence(at.at, in: name, projector)
            let named = try await wiring.service(service, in: name, projector)
            let all = try await projector.deployments(of: named, in: name, at: sequence).reversed()
            let shown = all.prefix(count ?? .max)
            let rows = shown.map { past in
                [
                    "\(name)#\(past.number)", past.time.description,
                    past.isRevert ? "revert" : "deploy", past.release.service.rawValue,
                    past.release.title, past.by, String(past.entry),
                    past.release.digest?.rawValue ?? past.release.revision?.rawValue ?? "",
                ]
            }
            let columns = [
                "deploy", "finished", "kind", "service", "release", "by", "entry",
                "digest or revision",
            ]
            return Answer.list(
                columns, rows,
                json: .array(
                    shown.map { past in
                        .object([
                            "number": JSONValue(past.number), "entry": JSONValue(past.entry),
                            "kind": past.isRevert ? "revert" : "deploy",
                            "time": .string(past.time.description), "by": .string(past.by),
                            "release": StateText.json(past.release),
                        ])
                    }), ifEmpty: "Nothing was deployed to \(name) yet.")
        }
    }
}
