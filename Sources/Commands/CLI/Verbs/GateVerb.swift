internal import ArgumentParser
internal import Commands
internal import Ledger
internal import Projections

/// `ledger gate`
struct GateVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "Tell a pipeline whether a release may go to an environment",
        discussion: """
            Exits 0 if it may, 3 if not, with every reason.

            Example: ledger gate -e production --tag v1.0.0
            """)
    @OptionGroup var environment: EnvironmentOption
    @Option(help: "The release's tag, revision or digest.")
    var tag: String
    @Option(name: .customLong("service"), help: "Only this service.")
    var service: String?
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.asking { projector in
            let name = try await wiring.environment(environment.environment, projector)
            let sequence = try await wiring.sequence(at.at, in: name, projector)
            let view = try await projector.environment(name, at: sequence)
            let now = wiring.now
            var releases: [Release] = []
            for service in try await wiring.services(
                service, in: name, at: sequence, projector)
            {
                let found = try await projector.release(
                    tag, of: service, for: name, at: sequence)
                if let found { releases.append(found) }
            }
            if releases.isEmpty {
                throw Refusal(
                    .unknownName, "no service has a release \(tag)",
                    hint: try await projector.hint(for: tag, in: nil))
            }
            var reasons: [String] = []
            if let freeze = view.freeze(at: now) {
                reasons.append("\(name) is frozen: \(freeze.reason) (entry \(freeze.entry))")
            }
            if let run = try await projector.runs(in: name, at: sequence).first(where: {
                $0.state == .running
            }) {
                reasons.append("run \(run.number) is under way or was left half-way in \(name)")
            }
            let ran = try await projector.deployments(of: nil, in: name, at: sequence)
            for release in releases {
                let runs = view[release.service]?.release?.runsTheSame(as: release) == true
                if !runs, let last = ran.last(where: { $0.release.runsTheSame(as: release) }),
                    let migration = try await projector.irreversible(
                        since: last, in: name, at: sequence)
                {
                    reasons.append(
                        "\(release.service) \(release.title) lies behind the irreversible "
                            + "migration \(migration)")
                }
                guard let fence = view.fence(against: release) else { continue }
                reasons.append(
                    "\(release.service) \(release.title) is fenced: \(fence.reason) "
                        + "(entry \(fence.entry))")
            }
            let json = JSONValue.object([
                "environment": .string(name.rawValue),
                "releases": .array(releases.map(StateText.json)),
                "reasons": .array(reasons.map { .string($0) }),
            ])
            if reasons.isEmpty {
                return Answer([.line("\(tag) may go to \(name)")], json: json)
            }
            return Answer(
                reasons.map { .line($0) }, json: json, exit: .refused, outcome: "refused",
                reason: "gate")
        }
    }
}
