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
        abstract: "List the images that any environment's way back still needs",
        discussion: """
            Of every environment: what runs, what open runs name, what is pinned, and the last good releases. \
            --unused asks the hosts and prints the commands that remove the others.

            Example: ledger retain --good 5
            Example: ledger retain --unused
            """)
    @Option(help: "How many good releases of each service stay, besides the present one.")
    var good = 5
    @Flag(help: "Ask every host for the images that nobody needs.")
    var unused = false
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if good < 1 {
            throw ValidationError("--good wants at least 1: without one there is no way back")
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
                ["environment", "service", "release", "image", "why"],
                needed.map { image in
                    [
                        image.environment.rawValue, image.release.service.rawValue,
                        image.release.title, image.image, image.why,
                    ]
                }, json: .array(needed.map(json)), ifEmpty: "Nothing ran anywhere.")
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
