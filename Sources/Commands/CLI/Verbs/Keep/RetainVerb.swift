internal import ArgumentParser
internal import CommandEngine
internal import Commands
internal import CommandSecrets
internal import Ledger
internal import LedgerOperations
internal import Projections

/// `ledger retain`
struct RetainVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "retain",
        abstract: "List the images that rollback targets still require",
        discussion: """
            Lists for every environment the images of current releases, open runs, pins and the \
            last good releases. --unused queries the hosts and prints the commands that remove all \
            other images.

            Example: ledger retain --good 5
            Example: ledger retain --unused
            """)
    @Option(help: "The number of good releases to keep per service, besides the current release.")
    var good = 5
    @Flag(help: "Query every host for unused images.")
    var unused = false
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if good < 1 {
            throw ValidationError("--good requires at least 1, so that a rollback target is left")
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.asking { desk in
            let projector = desk.projector
            let retention = Retention(projector, good: good)
            let names = try await wiring.desk(projector).environments()
            let needed = try await retention.needed(by: names)
            if unused { return try await others(needed, retention, wiring) }
            return Answer.list(
                Answer.Grid(
                    ["environment", "service", "release", "image", Column("why", .wraps)],
                    needed.map { image in
                        [
                            image.environment.rawValue, image.release.service.rawValue,
                            image.release.title, image.image, image.why,
                        ]
                    }), json: .array(needed.map(json)), ifEmpty: "No release has run yet.")
        }
    }

    private func json(_ image: RetainedImage) -> JSONValue {
        .object([
            "environment": .string(image.environment.rawValue),
            "service": .string(image.release.service.rawValue),
            "release": .string(image.release.title), "image": .string(image.image),
            "digest": .string(image.release.digest?.rawValue ?? ""), "why": .string(image.why),
        ])
    }

    private func others(
        _ needed: [RetainedImage], _ retention: Retention, _ wiring: Wiring
    ) async throws -> Answer {
        let hosts = await retention.unused(
            besides: needed, try wiring.playbook(),
            try wiring.preflight(SecretFilter(variables: wiring.variables, secrets: [])))
        let lines = hosts.flatMap { host -> [Answer.Block] in
            if let problem = host.problem { return [.line("# \(host.host): \(problem)")] }
            return [.line(host.command ?? "# \(host.host): nothing to remove")]
        }
        let json = hosts.map { host -> JSONValue in
            var members: [String: JSONValue] = [
                "host": .string(host.host.rawValue), "engine": .string(host.engine.rawValue),
                "images": .array(host.images.map { .string($0) }),
            ]
            members["problem"] = host.problem.map { .string($0) }
            return .object(members)
        }
        let isPartial = hosts.contains { $0.problem != nil }
        return Answer(
            lines, json: .array(json), exit: isPartial ? .failed : .done,
            outcome: isPartial ? "failed" : "done", reason: isPartial ? "unreachable" : nil)
    }
}
