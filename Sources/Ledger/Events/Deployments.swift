/// Payloads of runs: plan, approval, start, steps, result and lease. A run's entries have the id of
/// its `….planned` entry as their correlation.

/// `deploy.planned`, `revert.planned`: a plan was created.
public struct Planned: Payload {
    public var environment: EnvironmentName
    public var service: ServiceName?
    public var tag: ReleaseTag?
    public var digest: ImageDigest?
    public var revision: Revision?
    /// SHA-256 of the whole plan; the ledger stores the plan under this hash.
    public var plan: ContentHash
    /// Number of steps in the plan.
    public var steps: Int
    public var reason: String?
    /// Number of required approvals by other people, if any are required.
    public var approvals: Int?
    /// True if a freeze was overridden, for the reason given.
    public var overridesFreeze: Bool?
    /// SHA-256 of the playbook that the plan was made from.
    public var playbook: ContentHash?
    /// The requirements that this playbook weakens compared with the one last used there, for the
    /// reason given.
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

/// `deploy.approved`, `revert.approved`: a named person's approval of one plan's digest.
public struct Approved: Payload {
    /// How an approval was given.
    public enum Way: String, Choice { case prompt, flag, apart, signed }
    public var environment: EnvironmentName
    public var plan: ContentHash
    /// How the approval was given: at the prompt, by a flag, or separately by another person, with
    /// or without a signature.
    public var way: Way
    public var expires: Timestamp?
    public var reason: String?
    /// The SSH signature of the approval (armored, PROTOCOL.sshsig).
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

/// `approval.bypassed`: a run continues without its required approvals (break-glass). A person whom
/// the policy lists signed the bypass.
public struct Bypass: Payload {
    public var environment: EnvironmentName
    /// The number of the run.
    public var run: Int
    public var plan: ContentHash
    public var reason: String
    public var expires: Timestamp
    /// Signature over the plan's digest and the reason (armored, PROTOCOL.sshsig).
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

/// `approval.reviewed`: another person reviewed a run after it bypassed its approvals.
public struct BypassReview: Payload {
    public var environment: EnvironmentName
    /// The number of the run.
    public var run: Int
    /// The finding of the reviewer.
    public var reason: String
    /// Signature over the plan's digest and the finding (armored, PROTOCOL.sshsig).
    public var signature: String

    public init(environment: EnvironmentName, run: Int, reason: String, signature: String) {
        self.environment = environment
        self.run = run
        self.reason = reason
        self.signature = signature
    }
}

/// `deploy.started`, `revert.started`: the run may change hosts after this entry.
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
    /// True only if every host was observed to run the release.
    public var verified: Bool?
    /// The bundle that was used; a rollback to this release needs it.
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
    /// True if the previous release was restored and observed running.
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

/// `deploy.abandoned`, `revert.abandoned`: the run will not be resumed.
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
    /// Timeout of the step in seconds: the lease lasts at least as long.
    public var seconds: Int
    /// Whether the release was observed running before the step began. If so, observing it
    /// afterwards proves nothing. Recorded where the step must not run twice and has no check.
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

/// `step.finished`: written after a step acted, or was found to be done already.
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
    /// The output of the step, redacted; at most `Limits.outputBytes`.
    public var output: String?
    /// Number of output bytes that were omitted.
    public var cut: Int?
    /// The reason for the outcome, where the exit code alone does not explain it.
    public var reason: String?
    /// The migration that the step reverted, if any.
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
    /// The holder of the lease: person, host and process.
    public var holder: String
    /// Duration of the lease in seconds after the run's last entry.
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
