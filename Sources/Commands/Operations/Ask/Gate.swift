internal import CommandPorts
internal import Commands
public import Ledger
public import Projections

/// Check whether a release may be deployed to an environment
///
/// Fences, freezes, the policy, half-way runs and irreversible migrations are checked. All reasons
/// against it are listed.
public struct Gate: Query {
    /// The environment. Default: the only one.
    public var environment: String?
    /// The release's tag, revision or digest.
    public var release: String
    /// Only this service.
    public var service: String?
    /// As of an entry, a time, a tag or a deploy.
    public var at: String?

    public init(
        _ release: String, environment: String? = nil, service: String? = nil, at: String? = nil
    ) {
        self.release = release
        self.environment = environment
        self.service = service
        self.at = at
    }

    /// The reasons that block the release; none means that it may be deployed.
    public struct Answer: Codable, Hashable, Sendable {
        public let environment: EnvironmentName
        public let releases: [Release]
        public let reasons: [String]
        public var mayGo: Bool { reasons.isEmpty }
    }

    public func answer(at desk: Desk) async throws -> Answer {
        let name = try await desk.environment(environment)
        let sequence = try await desk.sequence(at, in: name)
        // Without a playbook there is no policy. If the playbook cannot be read, every release is
        // blocked.
        let policy = try desk.playbook.ifPresent()?.environments[name]?.policy
        let releases = try await releases(desk, name, sequence)
        // The decision uses only entries, and no index or view.
        let projector = try await desk.projector.sealed(
            [name] + (policy?.after.map(\.environment) ?? []), releases.compactMap(\.revision),
            ancestry: true)
        let view = try await projector.environment(name, at: sequence)
        var reasons = Obstacles.freezes(view, policy, desk.now)
        if let run = try await projector.runs(in: name, at: sequence).first(where: {
            $0.state == .running
        }) {
            reasons.append("run \(run.number) is under way or half-way in \(name)")
        }
        let ran = try await projector.deployments(of: nil, in: name, at: sequence)
        for release in releases {
            let title = "\(release.service) \(release.title)"
            let runs = view[release.service]?.release?.runsTheSame(as: release) == true
            if !runs, let last = ran.last(where: { $0.release.runsTheSame(as: release) }),
                let migration = try await projector.irreversible(
                    since: last, in: name, at: sequence)
            {
                reasons.append("\(title) is older than the irreversible migration \(migration)")
            }
            let obstacles = try await Obstacles(view: view, policy: policy, now: desk.now)
                .against(release, projector, at: sequence)
            reasons += obstacles.map { "\(title) \($0)" }
        }
        return Answer(environment: name, releases: releases, reasons: reasons)
    }

    private func releases(
        _ desk: Desk, _ name: EnvironmentName, _ sequence: Int?
    ) async throws -> [Release] {
        let named = try await desk.projector.sealed([name], naming: release)
        var releases: [Release] = []
        for service in try await desk.services(service, in: name, at: sequence) {
            let found = try await named.release(release, of: service, for: name, at: sequence)
            if let found { releases.append(found) }
        }
        if releases.isEmpty {
            throw Refusal(
                .unknownName, "unknown release \"\(release)\"",
                hint: try await desk.projector.hint(for: release, in: nil))
        }
        return releases
    }
}
