public import Ledger

/// What one service runs in one environment, and how that is known.
public struct ServiceState: Hashable, Sendable {
    /// How it is known what runs.
    public enum State: String, CaseIterable, Sendable {
        /// Every host was seen running the release.
        case verified
        /// Somebody said so; nobody looked.
        case unverified
        /// Some hosts were seen running the release, others something else.
        case mixed
        /// No host was seen running the release.
        case drifted
        /// A run is under way.
        case changing
        /// A run ended, or a host was out of reach, before anybody could look.
        case unknown
    }
    public let environment: EnvironmentName
    public let service: ServiceName
    /// `nil` before the first deploy finished.
    public let release: Release?
    public private(set) var state: State
    /// Since when this release is the one: the time of the entry that made it so.
    public let time: Timestamp
    public let by: String
    /// The sequence of the entry that made the release so.
    public let entry: Int?
    /// The sequence of the entry that last changed anything here.
    public let since: Int
    public let bundle: ContentHash?
    /// The sequence of the correction that put the release right.
    public let corrected: Int?
    public let hosts: [HostState]
    /// Whether a run of this ledger began last; others need no lease for theirs.
    private let isOfOwnRun: Bool
    /// Whether a run of this ledger began here, did not end, and nobody is at work on it.
    public private(set) var isLeftHalfWay = false

    /// Whether the release is what runs, as far as anybody knows: no later run was left half-way,
    /// and nothing else was seen.
    public var presentRuns: Bool { state == .verified || state == .unverified }

    /// Whether hosts were seen running different things, as far as they could be asked.
    public var hostsDiffer: Bool {
        let seen = hosts.filter(\.reachable).map { host in
            Release(service: service, tag: host.tag, digest: host.digest, revision: host.revision)
        }
        return seen.dropFirst().contains { !$0.runsTheSame(as: seen[0]) }
    }

    /// Nobody is at work: a run that rests, or was stopped, left the hosts as they were last seen,
    /// and what nobody looked at since it began is not known.
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
        let details = row.detail == nil ? nil : row.details
        bundle = details?["bundle"]?.string.flatMap(ContentHash.init(rawValue:))
        corrected = details?["corrected"]?.integer
        hosts = details.map(HostState.all) ?? []
        isOfOwnRun = details?["own"]?.bool ?? false
    }
}

/// What was last seen of a service on one host.
public struct HostState: Hashable, Sendable {
    public let host: HostName
    public let tag: ReleaseTag?
    public let digest: ImageDigest?
    public let revision: Revision?
    public let reachable: Bool
    /// The sequence of the observation.
    public let entry: Int
    public let time: Timestamp?

    /// What was seen just now, and is no entry yet.
    public init(_ seen: HostObservation) {
        (host, tag, digest, revision) = (seen.host, seen.tag, seen.digest, seen.revision)
        (reachable, entry, time) = (seen.reachable, 0, nil)
    }

    private init(
        host: HostName, tag: ReleaseTag?, digest: ImageDigest?, revision: Revision?,
        reachable: Bool, entry: Int, time: Timestamp?
    ) {
        (self.host, self.tag, self.digest, self.revision) = (host, tag, digest, revision)
        (self.reachable, self.entry, self.time) = (reachable, entry, time)
    }

    /// The hosts that a line's detail tells of, by name.
    static func all(in details: JSONValue) -> [HostState] {
        guard let hosts = details["hosts"]?.object else { return [] }
        return hosts.keys.sorted().compactMap { name in
            guard let host = HostName(rawValue: name), let seen = hosts[name] else { return nil }
            return HostState(
                host: host, tag: seen["tag"]?.string.flatMap(ReleaseTag.init(rawValue:)),
                digest: seen["digest"]?.string.flatMap(ImageDigest.init(rawValue:)),
                revision: seen["revision"]?.string.flatMap(Revision.init(rawValue:)),
                reachable: seen["reachable"]?.bool ?? true,
                entry: seen["entry"]?.integer ?? 0,
                time: seen["time"]?.string.flatMap { Timestamp($0) })
        }
    }

    /// Whether what was seen is the release.
    public func runs(_ release: Release) -> Bool { seen(of: release).runsTheSame(as: release) }

    /// Whether what was seen is another one.
    public func runsOther(than release: Release) -> Bool {
        seen(of: release).differs(from: release)
    }

    private func seen(of release: Release) -> Release {
        Release(service: release.service, tag: tag, digest: digest, revision: revision)
    }
}

/// A fence, a pin or a freeze that stands.
public struct Mark: Hashable, Sendable {
    /// What the mark does.
    public enum Kind: String, Sendable {
        case fence, pin, freeze
        /// A run went without its approvals, and nobody has reviewed that.
        case bypass
    }
    public let kind: Kind
    public let environment: EnvironmentName
    /// `nil` for a freeze and a bypass.
    public let release: Release?
    public let reason: String
    public let until: Timestamp?
    /// The run that a bypass was of.
    public let run: Int?
    /// Commits that mend what a fence keeps out.
    public let fixes: [Revision]
    public let entry: Int
    public let by: String
    public let time: Timestamp

    init?(_ row: ViewRow) {
        guard let kind = Kind(rawValue: row.state), let environment = row.subject.environment
        else { return nil }
        self.kind = kind
        self.environment = environment
        release = Release(row.subject)
        reason = row.details["reason"]?.string ?? ""
        run = row.details["run"]?.integer
        fixes = (row.details["fixedBy"]?.array ?? []).compactMap {
            $0.string.flatMap(Revision.init(rawValue:))
        }
        until = row.details["until"]?.string.flatMap { Timestamp($0) }
        entry = row.number ?? row.since
        by = row.by
        time = row.time
    }
}

/// The right to run in an environment.
public struct LeaseView: Hashable, Sendable {
    /// The fencing token: the sequence that granted it.
    public let token: Int
    public let holder: String
    public let run: EntryID
    /// When the run was last heard of.
    public let heard: Timestamp
    /// Seconds that it lasts from then.
    public let seconds: Int

    init?(_ row: ViewRow) {
        let detail = row.details
        guard let token = row.number, let run = detail["run"]?.string.flatMap(EntryID.init) else {
            return nil
        }
        self.token = token
        self.run = run
        holder = detail["holder"]?.string ?? ""
        seconds = detail["seconds"]?.integer ?? 0
        heard = row.time
    }

    /// When it ends by itself.
    public var ends: Timestamp { heard.adding(seconds: Double(seconds)) }
}

/// What an environment runs, who may run in it, and what must not come back.
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

    /// The view that lines of the stored views make.
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

    /// The fence on a release: on its tag, or on the same code under another. See also
    /// `Projector.fence(against:in:)`.
    public func fence(against release: Release) -> Mark? {
        marks.first { mark in
            guard mark.kind == .fence, let fenced = mark.release else { return false }
            return fenced.runsTheSame(as: release)
        }
    }

    /// The freeze that stands at a moment.
    public func freeze(at now: Timestamp) -> Mark? {
        marks.first { $0.kind == .freeze && ($0.until.map { now < $0 } ?? true) }
    }

    /// What an approval was given for: releases, states and fences. It is a part of the plan, so
    /// that a plan made from another state has another digest.
    public var fingerprint: JSONValue { Fingerprint(self).json }
}
