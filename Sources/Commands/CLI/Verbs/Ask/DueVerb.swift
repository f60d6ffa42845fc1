internal import ArgumentParser
internal import Commands
internal import Ledger
internal import Projections

/// `ledger due`
struct DueVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "due",
        abstract: "Tell what the policies would deploy now, and why not the rest",
        discussion: """
            Looks at each environment that has a policy in the playbook: the newest release that keeps it is \
            due, if it does not run there already. Newer ones are listed with what they lack. Nothing is done.

            Example: ledger due -e staging --output json
            """)
    @OptionGroup var environment: EnvironmentOption
    @OptionGroup var shared: SharedOptions

    /// Releases of a service that are looked at: what is older is not due any more.
    private static let newest = 20

    private struct Line {
        var environment: EnvironmentName
        var release: Release
        var answer: String
        var reasons: [String]
        var isAutomatic: Bool
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        let playbook = try wiring.playbook()
        return try await wiring.asking { projector in
            var names = playbook.environments.filter { $0.value.policy != nil }.keys.sorted()
            if let name = environment.environment {
                let wanted = try await wiring.environment(name, projector)
                names = names.filter { $0 == wanted }
            }
            var lines: [Line] = []
            for name in names {
                guard let policy = playbook.environments[name]?.policy else { continue }
                for service in playbook.services(in: name) {
                    lines += try await due(service, name, policy, wiring.now, projector)
                }
            }
            let rows = lines.map { line in
                [
                    line.environment.rawValue, line.release.service.rawValue, line.release.title,
                    line.answer, line.reasons.joined(separator: "; "),
                ]
            }
            return .list(
                ["environment", "service", "release", "answer", "because"], rows,
                json: .array(lines.map(json)),
                ifEmpty: "No environment has a policy that says what is due.")
        }
    }

    /// The releases of a service from the newest to the one that is due, or runs.
    private func due(
        _ service: ServiceName, _ name: EnvironmentName, _ policy: Policy, _ now: Timestamp,
        _ projector: Projector
    ) async throws -> [Line] {
        let candidates = try await candidates(service, name, projector)
        let projector = try await projector.sealed(
            [name] + policy.after.map(\.environment), candidates.compactMap(\.revision),
            ancestry: true)
        let view = try await projector.environment(name)
        var lines: [Line] = []
        for release in candidates {
            var line = Line(
                environment: name, release: release, answer: "due", reasons: [],
                isAutomatic: policy.auto != nil)
            if view[service]?.release?.runsTheSame(as: release) == true {
                line.answer = "runs"
                return lines + [line]
            }
            line.reasons =
                PolicyRules.freezes(view, policy, now)
                + (try await PolicyRules.hindrances(to: release, in: view, policy, now, projector))
            if line.reasons.isEmpty {
                line.reasons = [policy.auto.map { "on-push \($0)" } ?? "by hand"]
                return lines + [line]
            }
            line.answer = "not"
            lines.append(line)
        }
        return lines
    }

    /// What there is of a service, the newest first.
    private func candidates(
        _ service: ServiceName, _ name: EnvironmentName, _ projector: Projector
    ) async throws -> [Release] {
        var found: [Release] = []
        let rows = try await projector.releases().filter {
            $0.subject.service == service && $0.state != "deleted"
                && $0.subject.tag?.isOfAReferrer != true
        }
        for row in VersionOrder.newestFirst(rows) {
            guard var release = Release(row.subject), let tag = release.tag else { continue }
            // What a deploy would bring: what ran under the tag there, if it did.
            release = try await projector.release(tag.rawValue, of: service, for: name) ?? release
            guard !found.contains(where: { $0.runsTheSame(as: release) })
            else { continue }
            found.append(release)
            if found.count == Self.newest { break }
        }
        return found
    }

    private func json(_ line: Line) -> JSONValue {
        .object([
            "environment": .string(line.environment.rawValue),
            "release": StateText.json(line.release), "answer": .string(line.answer),
            "automatic": .bool(line.isAutomatic),
            "reasons": .array(line.reasons.map { .string($0) }),
        ])
    }
}
