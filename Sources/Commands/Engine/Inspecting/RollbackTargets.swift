internal import CommandPorts
public import Commands
public import Ledger
public import Projections

/// A release that ran in an environment, and whether it can be rolled back to.
public struct RollbackTarget: Sendable {
    /// The result of a check or a drill.
    public struct Finding: Hashable, Sendable {
        public let environment: EnvironmentName
        public let host: HostName?
        public let succeeded: Bool
        public let detail: String?
        public let milliseconds: Int?
        public let time: Timestamp
    }
    public let past: PastRelease
    /// Why it cannot be rolled back to, as far as the ledger alone shows.
    public let obstacle: String?
    public let bundle: Bundle?
    /// The last check on each host, by name.
    public let looks: [Finding]
    /// The last drill of it, in any environment.
    public let drill: Finding?

    /// Why it cannot be rolled back to; `nil` if it can, as far as is known.
    public var why: String? {
        if let obstacle { return obstacle }
        guard let bad = looks.first(where: { !$0.succeeded }) else { return nil }
        return "\(bad.host?.rawValue ?? "somewhere"): \(bad.detail ?? "no") (seen \(bad.time))"
    }
}

/// The rollback targets of an environment, with the obstacles.
public struct RollbackTargets: Sendable {
    let projector: Projector

    public init(_ projector: Projector) { self.projector = projector }

    /// Every release that ran there, the newest first, each once; as of a sequence.
    public func all(in name: EnvironmentName, at sequence: Int? = nil) async throws
        -> [RollbackTarget]
    {
        let view = try await projector.environment(name, at: sequence)
        let deployments = try await projector.deployments(of: nil, in: name, at: sequence)
        let checks = try await checks(at: sequence)
        var reports: [RollbackTarget] = []
        for past in deployments.reversed()
        where !reports.contains(where: { $0.past.release.runsTheSame(as: past.release) }) {
            let bundle = try await bundle(of: past.release, among: deployments)
            let mine = checks.filter { Release($0.subject)?.runsTheSame(as: past.release) == true }
            var looks: [HostName: RollbackTarget.Finding] = [:]
            for entry in mine where entry.subject.environment == name {
                guard let finding = Self.finding(entry), let host = finding.host else { continue }
                looks[host] = looks[host] ?? finding
            }
            reports.append(
                RollbackTarget(
                    past: past,
                    obstacle: try await obstacle(past, bundle, view, upto: sequence),
                    bundle: bundle,
                    looks: looks.sorted { $0.key < $1.key }.map(\.value),
                    drill: mine.first { $0.payload["rehearsed"]?.bool == true }
                        .flatMap(Self.finding)))
        }
        return reports
    }

    /// The bundle of a release, from this ledger's own last deploy of it. Entries by other tools
    /// have no bundle.
    private func bundle(
        of release: Release, among deployments: [PastRelease]
    ) async throws -> Bundle? {
        for past in deployments.reversed() where past.release.runsTheSame(as: release) {
            let entry = try await projector.store.entry(at: past.entry)
            if let found = try await projector.store.bundle(of: entry) { return found.0 }
        }
        return nil
    }

    /// All recorded checks of targets, the newest first.
    private func checks(at sequence: Int?) async throws -> [Entry] {
        var filter = EntryFilter()
        filter.kinds = [EventKind.targetChecked.rawValue]
        if let sequence { filter.limit(upto: sequence) }
        var found: [Entry] = []
        try await projector.store.each(filter, .newestFirst) { found.append($0) }
        return found
    }

    private static func finding(_ entry: Entry) -> RollbackTarget.Finding? {
        guard let environment = entry.subject.environment else { return nil }
        let payload = entry.payload
        return RollbackTarget.Finding(
            environment: environment,
            host: payload["host"]?.string.flatMap(HostName.init(rawValue:)),
            succeeded: payload["outcome"]?.string == Outcome.succeeded.rawValue,
            detail: payload["detail"]?.string, milliseconds: payload["milliseconds"]?.integer,
            time: entry.time)
    }

    /// Why a release cannot be rolled back to; `nil` if it can.
    private func obstacle(
        _ past: PastRelease, _ bundle: Bundle?, _ view: EnvironmentView, upto sequence: Int?
    ) async throws -> String? {
        if let state = view[past.release.service], state.presentRuns, let release = state.release,
            release.runsTheSame(as: past.release)
        {
            return "it is the current release"
        }
        if let fence = view.fence(against: past.release) { return "fenced: \(fence.reason)" }
        guard let bundle else { return "no bundle was kept: ledger did not run that deploy" }
        for file in bundle.files where try await projector.store.content(file.hash) == nil {
            return "\(file.path) of its bundle is missing"
        }
        return try await projector.irreversible(since: past, in: view.name, at: sequence).map {
            "the irreversible migration \($0)"
        }
    }
}
