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
            for service in try await wiring.services(service, in: name, projector) {
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
            for release in releases {
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
