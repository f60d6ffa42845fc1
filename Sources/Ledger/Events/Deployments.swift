/// Payloads of runs: what was planned, approved, started, done, and by whom the right to run was
/// held. A run's entries bear the id of its `….planned` entry as their correlation.

/// `deploy.planned`, `revert.planned`: a way from one state to another was laid out.
public struct Planned: Payload {
    public var environment: EnvironmentName
    public var service: ServiceName?
    public var tag: ReleaseTag?
    public var digest: ImageDigest?
    public var revision: Revision?
    /// SHA-256 of the whole plan, which the ledger keeps under this hash.
    public var plan: ContentHash
    /// How many steps the plan has.
    public var steps: Int
    public var reason: String?
    /// How many others have to approve, if somebody else has to.
    public var approvals: Int?
    /// True if a freeze was overridden, for the reason given.
    public var overridesFreeze: Bool?
    /// SHA-256 of the playbook that it was made from.
    public var playbook: ContentHash?
    /// What that playbook asks less of than the one last used there, for the reason given.
    public var weaker: [String]?

    public init(
        environment: EnvironmentName, service: ServiceName? = nil, tag: ReleaseTag? = nil,
        digest: ImageDigest? = nil, revision: Revision? = nil, plan: ContentHash, steps: Int,
        reason: String? = nil, approvals: Int? = nil, overridesFreeze: Bool? = nil,
        playbook: ContentHash? = nil, weaker: [String]? = nil
    ) {
        self.playbook = playbook
        self.weaker = weaker
        self.overridesFreeze = overridesFreeze
        self.approvals = approvals
        self.environment = environment
        self.service = service
        self.tag = tag
        self.digest = digest
        self.revision = revision
        self.plan = plan
        self.steps = steps
        self.reason = reason
    }
}

/// `deploy.approved`, `revert.approved`: a named person's yes to one plan's digest.
public struct Approved: Payload {
    /// How a yes was given.
    public enum Way: String, Choice { case prompt, flag, apart, signed }
    public var environment: EnvironmentName
    public var plan: ContentHash
    /// How it was given: at the prompt, by a flag, or apart from the run by somebody else, with or
    /// without a signature.
    public var way: Way
    public var expires: Timestamp?
    public var reason: String?
    /// The SSH signature that proves it (armored, PROTOCOL.sshsig).
    public var signature: String?

    public init(
        environment: EnvironmentName, plan: ContentHash, way: Way, expires: Timestamp? = nil,
        reason: String? = nil, signature: String? = nil
    ) {
        self.signature = signature
        self.environment = environment
        self.plan = plan
        self.way = way
        self.expires = expires
        self.reason = reason
    }
}

/// `approval.bypassed`: a run goes on without the approvals that it needs (break-glass), by the
/// signature of somebody whom the policy lists.
public struct Bypass: Payload {
    public var environment: EnvironmentName
    /// The number of the run.
    public var run: Int
    public var plan: ContentHash
    public var reason: String
    public var expires: Timestamp
    /// Over the plan's digest and the reason (armored, PROTOCOL.sshsig).
    public var signature: String

    public init(
        environment: EnvironmentName, run: Int, plan: ContentHash, reason: String,
        expires: Timestamp, signature: String
    ) {
        self.environment = environment
        self.run = run
        self.plan = plan
        self.reason = reason
        self.expires = expires
        self.signature = signature
    }
}

/// `approval.reviewed`: somebody else has looked afterwards at a run that went without its
/// approvals.
public struct BypassReview: Payload {
    public var environment: EnvironmentName
    /// The number of the run.
    public var run: Int
    /// What they found.
    public var reason: String
    /// Over the plan's digest and what they found (armored, PROTOCOL.sshsig).
    public var signature: String

    public init(environment: EnvironmentName, run: Int, reason: String, signature: String) {
        self.environment = environment
        self.run = run
        self.reason = reason
        self.signature = signature
    }
}

/// `deploy.started`, `revert.started`: from here on things may change.
public struct RunStarted: Payload {
    public var environment: EnvironmentName
    public var plan: ContentHash
    /// The fencing token: the sequence that granted the lease.
    public var token: Int
    public var service: ServiceName?
    public var tag: ReleaseTag?
    public var digest: ImageDigest?
    public var revision: Revision?
    public var hosts: [HostName]?
    public var from: ReleaseTag?

    public init(
        environment: EnvironmentName, plan: ContentHash, token: Int, service: ServiceName? = nil,
        tag: ReleaseTag? = nil, digest: ImageDigest? = nil, revision: Revision? = nil,
        hosts: [HostName]? = nil, from: ReleaseTag? = nil
    ) {
        self.environment = environment
        self.plan = plan
        self.token = token
        self.service = service
        self.tag = tag
        self.digest = digest
        self.revision = revision
        self.hosts = hosts
        self.from = from
    }
}

/// `deploy.finished`, `revert.finished`: the release runs, for one service.
public struct RunFinished: Payload {
    public var environment: EnvironmentName
    public var service: ServiceName
    public var tag: ReleaseTag?
    public var digest: ImageDigest?
    public var revision: Revision?
    /// True only if the release was seen running on every host.
    public var verified: Bool?
    /// The bundle that was used: the way back to this release.
    public var bundle: ContentHash?
    public var hosts: [HostName]?
    public var from: ReleaseTag?
    public var url: String?

    public init(
        environment: EnvironmentName, service: ServiceName, tag: ReleaseTag? = nil,
        digest: ImageDigest? = nil, revision: Revision? = nil, verified: Bool? = nil,
        bundle: ContentHash? = nil, hosts: [HostName]? = nil, from: ReleaseTag? = nil,
        url: String? = nil
    ) {
        self.environment = environment
        self.service = service
        self.tag = tag
        self.digest = digest
        self.revision = revision
        self.verified = verified
        self.bundle = bundle
        self.hosts = hosts
        self.from = from
        self.url = url
    }
}

/// `deploy.failed`, `revert.failed`: the run ended without the release running as planned.
public struct RunFailed: Payload {
    public var environment: EnvironmentName
    public var reason: String
    public var service: ServiceName?
    public var tag: ReleaseTag?
    public var digest: ImageDigest?
    public var revision: Revision?
    /// The number of the step that failed, from 1.
    public var step: Int?
    /// True if the release that ran before was put back, and seen running.
    public var putBack: Bool?
    public var url: String?

    public init(
        environment: EnvironmentName, reason: String, service: ServiceName? = nil,
        tag: ReleaseTag? = nil, digest: ImageDigest? = nil, revision: Revision? = nil,
        step: Int? = nil, putBack: Bool? = nil, url: String? = nil
    ) {
        self.environment = environment
        self.reason = reason
        self.service = service
        self.tag = tag
        self.digest = digest
        self.revision = revision
        self.step = step
        self.putBack = putBack
        self.url = url
    }
}

/// `deploy.abandoned`, `revert.abandoned`: nobody will go on with this run.
public struct Abandoned: Payload {
    public var environment: EnvironmentName
    public var reason: String
    public var service: ServiceName?
    public var tag: ReleaseTag?

    public init(
        environment: EnvironmentName, reason: String, service: ServiceName? = nil,
        tag: ReleaseTag? = nil
    ) {
        self.environment = environment
        self.reason = reason
        self.service = service
        self.tag = tag
    }
}

/// `step.started`: written before a step acts.
public struct StepStarted: Payload {
    public var environment: EnvironmentName
    public var service: ServiceName
    public var host: HostName
    public var step: Int
    public var name: String
    public var token: Int
    public var attempt: Int
    public var command: [String]
    /// Seconds after which the step is stopped: the lease lasts at least as long.
    public var seconds: Int
    /// Whether the release was seen running before the step began; only then does seeing it
    /// afterwards say nothing. Asked where the step must not run twice and has no check.
    public var ran: Bool?

    public init(
        environment: EnvironmentName, service: ServiceName, host: HostName, step: Int,
        name: String, token: Int, attempt: Int, command: [String], seconds: Int, ran: Bool? = nil
    ) {
        self.ran = ran
        self.environment = environment
        self.service = service
        self.host = host
        self.step = step
        self.name = name
        self.token = token
        self.attempt = attempt
        self.command = command
        self.seconds = seconds
    }
}

/// `step.finished`: written after a step acted, or was found done.
public struct StepFinished: Payload {
    public var environment: EnvironmentName
    public var service: ServiceName
    public var host: HostName
    public var step: Int
    public var name: String
    public var token: Int
    public var outcome: Outcome
    public var exitCode: Int?
    public var signal: Int?
    public var milliseconds: Int?
    /// What it printed, redacted; at most `Limits.outputBytes`.
    public var output: String?
    /// How many bytes of output were left out.
    public var cut: Int?
    /// Why the outcome is what it is, where the exit code alone does not say.
    public var reason: String?
    /// The migration that it took back, if it did.
    public var migration: String?

    public init(
        environment: EnvironmentName, service: ServiceName, host: HostName, step: Int,
        name: String, token: Int, outcome: Outcome, exitCode: Int? = nil, signal: Int? = nil,
        milliseconds: Int? = nil, output: String? = nil, cut: Int? = nil, reason: String? = nil,
        migration: String? = nil
    ) {
        self.migration = migration
        self.environment = environment
        self.service = service
        self.host = host
        self.step = step
        self.name = name
        self.token = token
        self.outcome = outcome
        self.exitCode = exitCode
        self.signal = signal
        self.milliseconds = milliseconds
        self.output = output
        self.cut = cut
        self.reason = reason
    }
}

/// `lease.granted`, `lease.taken`, `lease.released`: who may run in an environment.
public struct Lease: Payload {
    public var environment: EnvironmentName
    /// Who holds it: person, host and process.
    public var holder: String
    /// Seconds it lasts after the run's last entry.
    public var seconds: Int?
    public var reason: String?

    public init(
        environment: EnvironmentName, holder: String, seconds: Int? = nil, reason: String? = nil
    ) {
        self.environment = environment
        self.holder = holder
        self.seconds = seconds
        self.reason = reason
    }
}
