public import Ledger

/// The release of one service in one environment, and the evidence for it.
public struct ServiceState: Hashable, Sendable {
    /// The evidence for the running release.
    public enum State: String, CaseIterable, Sendable {
        /// Every host was observed to run the release.
        case verified
        /// The release was reported but not observed.
        case unverified
        /// Some hosts were observed to run the release, others something else.
        case mixed
        /// No host was observed to run the release.
        case drifted
        /// A run is in progress.
        case changing
        /// A run ended, or a host was unreachable, before an observation was made.
        case unknown
    }
    public let environment: EnvironmentName
    public let service: ServiceName
    /// `nil` before the first deploy finished.
    public let release: Release?
    public private(set) var state: State
    /// Since when this release is current: the time of the entry that made it current.
    public let time: Timestamp
    public let by: String
    /// The sequence of the entry that made the release current.
    public let entry: Int?
    /// The sequence of the entry that last changed this state.
    public let since: Int
    public let bundle: ContentHash?
    /// The sequence of the correction of the release.
    public let corrected: Int?
    public let hosts: [HostState]
    /// Whether a run of this ledger started last; external runs need no lease.
    private let isOfOwnRun: Bool
    /// Whether a run of this ledger started here, did not end, and is no longer active.
    public private(set) var isLeftHalfWay = false

    /// Whether the release runs according to all known facts: no later run was interrupted, and
    /// nothing else was observed.
    public var presentRuns: Bool { state == .verified || state == .unverified }

    /// Whether the reachable hosts were observed to run different releases.
    public var hostsDiffer: Bool {
        let seen = hosts.filter(\.reachable).map { host in
            Release(service: service, tag: host.tag, digest: host.digest, revision: host.revision)
        }
        return seen.dropFirst().contains { !$0.runsTheSame(as: seen[0]) }
    }

    /// The state without an active run: a paused or stopped run left the hosts as last observed.
    /// Hosts without an observation since its start are unknown.
    func resting() -> ServiceState {
        var state = self
        guard state.state == .changing else { return state }
        state.isLeftHalfWay = isOfOwnRun
        if hostsDiffer { state.state = .mixed } else if isOfOwnRun { state.state = .unknown }
        return state
    }

    /// The state that a line of the view `environment` holds.
    public init?(_ row: ViewRow) {
        guard let environment = row.subject.environment, let service = row.subject.service else {
            return nil
        }
        self.environment = environment
        self.service = service
        release = Release(row.subject)
        state = State(rawValue: row.state) ?? .unknown
        time = row.time
        by = row.by
        entry = row.number
        since = row.since
        let detail = row.detail(as: EnvironmentDetail.self)
        bundle = detail.bundle.flatMap(ContentHash.init(rawValue:))
        corrected = detail.corrected
        hosts = HostState.all(detail.hosts)
        isOfOwnRun = detail.isOwnStart
    }
}

/// The last observation of a service on one host.
public struct HostState: Hashable, Sendable {
    public let host: HostName
    public let tag: ReleaseTag?
    public let digest: ImageDigest?
    public let revision: Revision?
    public let reachable: Bool
    /// The sequence of the observation.
    public let entry: Int
    public let time: Timestamp?

    /// A new observation that is not recorded yet.
    public init(_ seen: HostObservation) {
        (host, tag, digest, revision) = (seen.host, seen.tag, seen.digest, seen.revision)
        (reachable, entry, time) = (seen.reachable, 0, nil)
    }

    private init(_ host: HostName, _ seen: SeenHost) {
        self.host = host
        tag = seen.tag.flatMap(ReleaseTag.init(rawValue:))
        digest = seen.digest.flatMap(ImageDigest.init(rawValue:))
        revision = seen.revision.flatMap(Revision.init(rawValue:))
        (reachable, entry, time) = (seen.isReachable, seen.entry, seen.time)
    }

    /// The hosts of a line's detail, by name.
    static func all(_ hosts: [String: SeenHost]) -> [HostState] {
        hosts.sorted { $0.key < $1.key }.compactMap { name, seen in
            HostName(rawValue: name).map { HostState($0, seen) }
        }
    }

    /// Whether the observed image is the release.
    public func runs(_ release: Release) -> Bool { seen(of: release).runsTheSame(as: release) }

    /// Whether the observed image is another release.
    public func runsOther(than release: Release) -> Bool {
        seen(of: release).differs(from: release)
    }

    private func seen(of release: Release) -> Release {
        Release(service: release.service, tag: tag, digest: digest, revision: revision)
    }
}

/// An active fence, pin, freeze or unreviewed bypass.
public struct Mark: Hashable, Sendable {
    /// The kind of the mark.
    public enum Kind: String, Codable, Sendable {
        case fence, pin, freeze
        /// A run bypassed its approvals, and the bypass is not reviewed yet.
        case bypass
    }
    public let kind: Kind
    public let environment: EnvironmentName
    /// `nil` for a freeze and a bypass.
    public let release: Release?
    public let reason: String
    public let until: Timestamp?
    /// The run of a bypass.
    public let run: Int?
    /// Commits that fix the fenced release.
    public let fixes: [Revision]
    public let entry: Int
    public let by: String
    public let time: Timestamp

    /// Whether it applies at a time: a freeze may end by itself.
    public func isActive(at now: Timestamp) -> Bool { until.map { now < $0 } ?? true }

    init?(_ row: ViewRow) {
        guard let kind = Kind(rawValue: row.state), let environment = row.subject.environment
        else { return nil }
        self.kind = kind
        self.environment = environment
        release = Release(row.subject)
        let terms = row.detail(as: MarkDetail.self).terms
        reason = terms.reason ?? ""
        run = terms.run
        fixes = (terms.fixedBy ?? []).compactMap(Revision.init(rawValue:))
        until = terms.until
        entry = row.number ?? row.since
        by = row.by
        time = row.time
    }
}

/// The state of an environment: services, lease and marks.
public struct EnvironmentView: Hashable, Sendable {
    public let name: EnvironmentName
    public var services: [ServiceState]
    public var marks: [Mark]
    public var lease: LeaseView?

    public init(
        name: EnvironmentName, services: [ServiceState] = [], marks: [Mark] = [],
        lease: LeaseView? = nil
    ) {
        self.name = name
        self.services = services
        self.marks = marks
        self.lease = lease
    }

    /// Creates the view from lines of the stored views.
    public init(name: EnvironmentName, rows: [ViewRow], marks: [ViewRow], lease: ViewRow?) {
        let lease = lease.flatMap(LeaseView.init)
        let services = rows.compactMap(ServiceState.init)
        self.init(
            name: name, services: lease == nil ? services.map { $0.resting() } : services,
            marks: marks.compactMap(Mark.init), lease: lease)
    }

    public subscript(service: ServiceName) -> ServiceState? {
        services.first { $0.service == service }
    }

    /// The fence on a release: on its tag, or on the same code under another tag. See also
    /// `Projector.fence(against:in:)`.
    public func fence(against release: Release) -> Mark? {
        marks.first { mark in
            guard mark.kind == .fence, let fenced = mark.release else { return false }
            return fenced.runsTheSame(as: release)
        }
    }

    /// The freeze that is active at a time.
    public func freeze(at now: Timestamp) -> Mark? {
        marks.first { $0.kind == .freeze && $0.isActive(at: now) }
    }

    /// The state that an approval refers to: releases, states and fences. It is a part of the plan,
    /// so a plan made from another state has another digest.
    public var fingerprint: JSONValue { Fingerprint(self).json }
}
