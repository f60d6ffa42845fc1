public import Ledger
public import Projections

/// What an environment runs, its marks and its incidents.
public struct EnvironmentAnswer: Codable, Hashable, Sendable {
    public let environment: EnvironmentName
    public let services: [ServiceAnswer]
    /// Fences, pins, freezes and bypasses that nobody has reviewed.
    public let marks: [MarkAnswer]
    /// The run that is under way, or is half-way.
    public let run: OpenRunAnswer?

    public init(_ view: EnvironmentView, _ run: OpenRunAnswer? = nil) {
        environment = view.name
        services = view.services.map(ServiceAnswer.init)
        marks = view.marks.map(MarkAnswer.init)
        self.run = run
    }
}

/// What one service runs in one environment, and the evidence for it.
public struct ServiceAnswer: Codable, Hashable, Sendable {
    public let environment: EnvironmentName
    public let service: ServiceName
    /// `verified`, `unverified`, `mixed`, `drifted`, `changing` or `unknown`.
    public let state: String
    /// The release that should run; absent before the first deploy finished.
    public let release: Release?
    /// Since when, by whom and by which entry.
    public let time: ExactTime?
    public let by: String?
    public let entry: Int?
    /// SHA-256 of what its deploy used.
    public let bundle: ContentHash?
    public let hosts: [HostAnswer]
    /// Whether different releases were observed on its hosts.
    public let hostsDiffer: Bool

    public init(_ state: ServiceState) {
        environment = state.environment
        service = state.service
        self.state = state.state.rawValue
        release = state.release
        entry = state.entry
        time = state.entry == nil ? nil : ExactTime(state.time)
        by = state.entry == nil ? nil : state.by
        bundle = state.bundle
        hosts = state.hosts.map { HostAnswer($0, of: state) }
        hostsDiffer = state.hostsDiffer
    }
}

/// The last observation of a service on one host.
public struct HostAnswer: Codable, Hashable, Sendable {
    public let host: HostName
    public let reachable: Bool
    /// The observed release; absent if none was observed.
    public let release: Release?
    /// Whether it is the release that should run; absent if none should.
    public let asExpected: Bool?
    /// The entry of the observation.
    public let entry: Int
    public let time: ExactTime?

    init(_ seen: HostState, of state: ServiceState) {
        host = seen.host
        reachable = seen.reachable
        let isNothing = seen.tag == nil && seen.digest == nil && seen.revision == nil
        release =
            isNothing
            ? nil
            : Release(
                service: state.service, tag: seen.tag, digest: seen.digest,
                revision: seen.revision)
        asExpected = state.release.map { seen.runs($0) }
        entry = seen.entry
        time = seen.time.map(ExactTime.init)
    }
}

/// A fence, a pin, a freeze, or a bypass that nobody has reviewed.
public struct MarkAnswer: Codable, Hashable, Sendable {
    /// `fence`, `pin`, `freeze` or `bypass`.
    public let kind: String
    public let release: Release?
    public let reason: String
    /// When a freeze ends by itself.
    public let until: ExactTime?
    /// The run that a bypass was of.
    public let run: Int?
    /// Commits that fix a fenced release; absent without one.
    public let fixes: [Revision]?
    public let entry: Int
    public let by: String
    public let time: ExactTime

    public init(_ mark: Mark) {
        kind = mark.kind.rawValue
        release = mark.release
        reason = mark.reason
        until = mark.until.map(ExactTime.init)
        run = mark.run
        fixes = mark.fixes.isEmpty ? nil : mark.fixes
        entry = mark.entry
        by = mark.by
        time = ExactTime(mark.time)
    }
}

/// A run that has begun and not ended.
public struct OpenRunAnswer: Codable, Hashable, Sendable {
    /// Whether a process works on it.
    public enum State: String, Codable, Sendable {
        case underWay, halfWay
        /// It was under way at the requested moment.
        case wasUnderWay
    }
    public let run: Int
    public let state: State
    /// Who holds the environment's lease for it, and until when.
    public let holder: String?
    public let ends: ExactTime?
}

/// An incident: an alert or a report.
public struct IncidentAnswer: Codable, Hashable, Sendable {
    public let name: String
    public let environment: EnvironmentName?
    public let service: ServiceName?
    public let severity: String?
    public let summary: String?
    public let url: String?
    public let by: String
    /// When it was opened, and the entry that says so.
    public let time: ExactTime
    public let entry: Int
    /// When it was resolved; absent while it is open.
    public let resolved: ExactTime?
    /// The entry of the resolution.
    public let resolution: Int?

    init(_ incident: IncidentView) {
        resolved = incident.resolved.map(ExactTime.init)
        resolution = incident.resolution
        name = incident.name
        environment = incident.environment
        service = incident.service
        severity = incident.severity
        summary = incident.summary
        url = incident.url
        by = incident.by
        time = ExactTime(incident.time)
        entry = incident.entry
    }
}
