/// Payloads of observations, and of statements by people.

/// `host.observed`: the image that a host was observed to run.
public struct HostObservation: Payload {
    public var environment: EnvironmentName
    public var service: ServiceName
    public var host: HostName
    public var digest: ImageDigest?
    public var revision: Revision?
    public var tag: ReleaseTag?
    /// False if the host was not reachable.
    public var reachable: Bool
    public var detail: String?

    public init(
        environment: EnvironmentName, service: ServiceName, host: HostName,
        digest: ImageDigest? = nil, revision: Revision? = nil, tag: ReleaseTag? = nil,
        reachable: Bool, detail: String? = nil
    ) {
        self.environment = environment
        self.service = service
        self.host = host
        self.digest = digest
        self.revision = revision
        self.tag = tag
        self.reachable = reachable
        self.detail = detail
    }
}

/// `health.observed`: whether a service is healthy on a host.
public struct HealthObservation: Payload {
    public var environment: EnvironmentName
    public var service: ServiceName
    public var host: HostName
    public var healthy: Bool
    public var attempts: Int?
    public var detail: String?

    public init(
        environment: EnvironmentName, service: ServiceName, host: HostName, healthy: Bool,
        attempts: Int? = nil, detail: String? = nil
    ) {
        self.environment = environment
        self.service = service
        self.host = host
        self.healthy = healthy
        self.attempts = attempts
        self.detail = detail
    }
}

/// `incident.opened`, `incident.resolved`: an alert or a report.
public struct Incident: Payload {
    public var name: String
    public var environment: EnvironmentName?
    public var service: ServiceName?
    public var severity: String?
    public var summary: String?
    public var url: String?
    /// The id that the sender gives the incident, if several incidents with the same name can be
    /// open. A resolution must have the same id.
    public var incident: String?

    public init(
        name: String, environment: EnvironmentName? = nil, service: ServiceName? = nil,
        severity: String? = nil, summary: String? = nil, url: String? = nil,
        incident: String? = nil
    ) {
        self.incident = incident
        self.name = name
        self.environment = environment
        self.service = service
        self.severity = severity
        self.summary = summary
        self.url = url
    }
}

/// `target.checked`: whether a rollback to a release is possible, checked by observation or by a
/// drill.
public struct TargetCheck: Payload {
    public var environment: EnvironmentName
    public var service: ServiceName
    public var outcome: Outcome
    public var tag: ReleaseTag?
    public var digest: ImageDigest?
    public var revision: Revision?
    /// The host that was checked; a drill concerns all hosts.
    public var host: HostName?
    /// True if the rollback was executed (a drill); otherwise it was only checked.
    public var rehearsed: Bool?
    /// Duration of the drill, from the first step to the last observation.
    public var milliseconds: Int?
    /// The finding, in words.
    public var detail: String?

    public init(
        environment: EnvironmentName, service: ServiceName, outcome: Outcome,
        tag: ReleaseTag? = nil, digest: ImageDigest? = nil, revision: Revision? = nil,
        host: HostName? = nil, rehearsed: Bool? = nil, milliseconds: Int? = nil,
        detail: String? = nil
    ) {
        self.environment = environment
        self.service = service
        self.outcome = outcome
        self.tag = tag
        self.digest = digest
        self.revision = revision
        self.host = host
        self.rehearsed = rehearsed
        self.milliseconds = milliseconds
        self.detail = detail
    }
}

/// `fence.raised`, `fence.lifted`: a release must not be deployed again; this is no longer
/// forbidden.
public struct Fence: Payload {
    public var environment: EnvironmentName
    public var service: ServiceName
    public var tag: ReleaseTag?
    public var digest: ImageDigest?
    public var revision: Revision?
    public var reason: String
    /// Commits that fix the release. Its descendants are fenced too, unless they contain one of
    /// these commits.
    public var fixedBy: [Revision]?

    public init(
        environment: EnvironmentName, service: ServiceName, tag: ReleaseTag? = nil,
        digest: ImageDigest? = nil, revision: Revision? = nil, reason: String,
        fixedBy: [Revision]? = nil
    ) {
        self.fixedBy = fixedBy
        self.environment = environment
        self.service = service
        self.tag = tag
        self.digest = digest
        self.revision = revision
        self.reason = reason
    }
}

/// `pin.set`, `pin.removed`: a release is kept as a rollback target, or no longer.
public struct Pin: Payload {
    public var environment: EnvironmentName
    public var service: ServiceName
    public var tag: ReleaseTag
    public var digest: ImageDigest?
    public var reason: String

    public init(
        environment: EnvironmentName, service: ServiceName, tag: ReleaseTag,
        digest: ImageDigest? = nil, reason: String
    ) {
        self.environment = environment
        self.service = service
        self.tag = tag
        self.digest = digest
        self.reason = reason
    }
}

/// `freeze.started`, `freeze.ended`: deploys to an environment are suspended, or resumed.
public struct Freeze: Payload {
    public var environment: EnvironmentName
    public var reason: String
    public var until: Timestamp?

    public init(environment: EnvironmentName, reason: String, until: Timestamp? = nil) {
        self.environment = environment
        self.reason = reason
        self.until = until
    }
}

/// `guard.checked`: the files of a revision were linted.
public struct GuardVerdict: Payload {
    public var revision: Revision
    public var outcome: Outcome
    public var service: ServiceName?
    public var rules: String?
    public var findings: Int?
    /// Number of findings that waivers suppressed.
    public var waived: Int?
    public var files: [CheckedFile]?

    /// A file that was read, and the hash of its content.
    public struct CheckedFile: Codable, Hashable, Sendable {
        /// Relative to the checked folder.
        public var path: String
        public var hash: ContentHash

        public init(path: String, hash: ContentHash) {
            self.path = path
            self.hash = hash
        }
    }

    public init(
        revision: Revision, outcome: Outcome, service: ServiceName? = nil, rules: String? = nil,
        findings: Int? = nil, waived: Int? = nil, files: [CheckedFile]? = nil
    ) {
        self.waived = waived
        self.files = files
        self.revision = revision
        self.outcome = outcome
        self.service = service
        self.rules = rules
        self.findings = findings
    }
}

/// `guard.waived`: a lint rule is suppressed until a time.
public struct GuardWaiver: Payload {
    public var rule: String
    public var reason: String
    public var owner: String
    public var until: Timestamp?
    public var revision: Revision?
    public var service: ServiceName?

    public init(
        rule: String, reason: String, owner: String, until: Timestamp? = nil,
        revision: Revision? = nil, service: ServiceName? = nil
    ) {
        self.rule = rule
        self.reason = reason
        self.owner = owner
        self.until = until
        self.revision = revision
        self.service = service
    }
}

/// `note.added`: a remark.
public struct Note: Payload {
    public var text: String
    public var about: EntryID?
    public var environment: EnvironmentName?
    public var service: ServiceName?
    public var tag: ReleaseTag?

    public init(
        text: String, about: EntryID? = nil, environment: EnvironmentName? = nil,
        service: ServiceName? = nil, tag: ReleaseTag? = nil
    ) {
        self.text = text
        self.about = about
        self.environment = environment
        self.service = service
        self.tag = tag
    }
}

/// `event.corrected`: corrects an earlier entry. Both entries stay.
public struct Correction: Payload {
    /// The id of the entry that was wrong.
    public var entry: EntryID
    /// The sequence of that entry.
    public var corrects: Int
    public var reason: String
    public var environment: EnvironmentName?
    public var service: ServiceName?
    public var tag: ReleaseTag?
    public var digest: ImageDigest?
    public var revision: Revision?
    /// The corrected values of the other fields.
    public var fields: JSONValue?
    /// The kind of the entry that was wrong; absent for a failed build, which names no release.
    public var of: String?
    /// The previous values of the corrected subject fields.
    public var was: JSONValue?

    public init(
        entry: EntryID, corrects: Int, reason: String, environment: EnvironmentName? = nil,
        service: ServiceName? = nil, tag: ReleaseTag? = nil, digest: ImageDigest? = nil,
        revision: Revision? = nil, fields: JSONValue? = nil,
        of: String? = nil, was: JSONValue? = nil
    ) {
        self.of = of
        self.was = was
        self.entry = entry
        self.corrects = corrects
        self.reason = reason
        self.environment = environment
        self.service = service
        self.tag = tag
        self.digest = digest
        self.revision = revision
        self.fields = fields
    }
}
