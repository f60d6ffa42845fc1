internal import ArgumentParser
internal import CommandPorts
internal import Commands
internal import Foundation
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
            let now = wiring.now
            // Without a playbook there is no policy; one that cannot be read lets nothing through.
            let policy =
                FileManager.default.fileExists(atPath: try wiring.playbookFile().path)
                ? try wiring.playbook().environments[name]?.policy : nil
            // It is decided from the entries, and no index or view beside them.
            let named = try await projector.sealed([name], naming: tag)
            var releases: [Release] = []
            for service in try await wiring.services(service, in: name, at: sequence, projector) {
                let found = try await named.release(tag, of: service, for: name, at: sequence)
                if let found { releases.append(found) }
            }
            if releases.isEmpty {
                throw Refusal(
                    .unknownName, "no service has a release \(tag)",
                    hint: try await projector.hint(for: tag, in: nil))
            }
            let projector = try await projector.sealed(
                [name] + (policy?.after.map(\.environment) ?? []), releases.compactMap(\.revision),
                ancestry: true)
            let view = try await projector.environment(name, at: sequence)
            var reasons = PolicyRules.freezes(view, policy, now)
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
                let hindrances = try await PolicyRules.hindrances(
                    to: release, in: view, policy, now, projector, at: sequence)
                reasons += hindrances.map { "\(release.service) \(release.title) \($0)" }
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
