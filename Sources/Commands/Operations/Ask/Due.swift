internal import Commands
public import Ledger
public import Projections

/// List what the policies would deploy now, and what blocks the rest
///
/// For each environment with a policy in the playbook: the newest release that keeps it is due,
/// unless it runs there already. Newer releases are listed with what blocks them.
public struct Due: Query {
    /// Only this environment.
    public var environment: String?

    public init(environment: String? = nil) { self.environment = environment }

    /// The number of releases of a service that are considered: older ones are no longer due.
    private static let newest = 20

    /// A release, and whether it is due.
    public struct Candidate: Codable, Hashable, Sendable {
        /// Whether a release is to be deployed.
        public enum State: String, Codable, Sendable { case due, blocked, runs }
        public let environment: EnvironmentName
        public let release: Release
        public var state: State
        /// The reasons that block it, or the rule by which it is due.
        public var reasons: [String]
        /// Whether the policy deploys it without a person (`on-push`).
        public let automatic: Bool
    }

    public typealias Answer = [Candidate]

    public func answer(at desk: Desk) async throws -> [Candidate] {
        let playbook = try desk.playbook.get()
        var names = playbook.environments.filter { $0.value.policy != nil }.keys.sorted()
        if let environment {
            let wanted = try await desk.environment(environment)
            names = names.filter { $0 == wanted }
        }
        var found: [Candidate] = []
        for name in names {
            guard let policy = playbook.environments[name]?.policy else { continue }
            for service in playbook.services(in: name) {
                found += try await due(service, name, policy, desk)
            }
        }
        return found
    }

    /// The releases of a service, from the newest to the one that is due or runs.
    private func due(
        _ service: ServiceName, _ name: EnvironmentName, _ policy: Policy, _ desk: Desk
    ) async throws -> [Candidate] {
        let releases = try await releases(service, name, desk.projector)
        let projector = try await desk.projector.sealed(
            [name] + policy.after.map(\.environment), releases.compactMap(\.revision),
            ancestry: true)
        let view = try await projector.environment(name)
        let obstacles = Obstacles(view: view, policy: policy, now: desk.now)
        var found: [Candidate] = []
        for release in releases {
            var candidate = Candidate(
                environment: name, release: release, state: .blocked, reasons: [],
                automatic: policy.auto != nil)
            if view[service]?.release?.runsTheSame(as: release) == true {
                candidate.state = .runs
                return found + [candidate]
            }
            candidate.reasons =
                Obstacles.freezes(view, policy, desk.now)
                + (try await obstacles.against(release, projector))
            if candidate.reasons.isEmpty {
                candidate.state = .due
                candidate.reasons = [policy.auto.map { "on-push \($0)" } ?? "by hand"]
                return found + [candidate]
            }
            found.append(candidate)
        }
        return found
    }

    /// The releases of a service, the newest first.
    private func releases(
        _ service: ServiceName, _ name: EnvironmentName, _ projector: Projector
    ) async throws -> [Release] {
        var found: [Release] = []
        let rows = try await projector.tags().filter {
            $0.subject.service == service && !$0.isDeleted
                && $0.subject.tag?.isOfAReferrer != true
        }
        for row in VersionOrder.newestFirst(rows) {
            guard var release = Release(row.subject), let tag = release.tag else { continue }
            // The release that a deploy would bring: the one that ran under the tag there, if any.
            release = try await projector.release(tag.rawValue, of: service, for: name) ?? release
            guard !found.contains(where: { $0.runsTheSame(as: release) }) else { continue }
            found.append(release)
            if found.count == Self.newest { break }
        }
        return found
    }
}
