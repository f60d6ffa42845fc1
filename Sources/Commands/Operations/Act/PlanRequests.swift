public import CommandEngine
public import Commands
public import Ledger
internal import LedgerText
public import Projections

/// The terms of a plan, which deploys and reverts share.
public struct PlanTerms: OperationPart {
    /// Only this service (may be repeated).
    public var services: [String] = []
    /// If a step fails: stop (the default), or restore the previous release (back).
    public var onFailure: Plan.OnFailure = .stop
    /// The reason.
    public var reason: String?
    /// Run the steps even if the release already runs.
    public var again = false
    /// Roll back past this irreversible migration (requires a reason).
    public var acceptedMigrations: [String] = []
    /// Continue without this volume of the current release (requires a reason).
    public var withoutVolumes: [String] = []
    /// Continue although this host runs an unrecorded release (may be repeated).
    public var acceptedDrift: [String] = []
    /// Deploy during a freeze (requires a reason); the plan's entry records it.
    public var overridesFreeze = false
    /// The hosts that are shown as changing now. The run is given the same ones.
    public var hosts: [String]?
    /// If another run is under way, wait for its end, at most this long: 90s, 10min.
    public var wait: String?
    /// Show the plan only; nothing is recorded.
    public var dryRun = false

    public init() {}

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        services = try members.decodeIfPresent([String].self, forKey: .services) ?? []
        onFailure = try members.decodeIfPresent(Plan.OnFailure.self, forKey: .onFailure) ?? .stop
        reason = try members.decodeIfPresent(String.self, forKey: .reason)
        again = try members.decodeIfPresent(Bool.self, forKey: .again) ?? false
        acceptedMigrations =
            try members.decodeIfPresent([String].self, forKey: .acceptedMigrations) ?? []
        withoutVolumes = try members.decodeIfPresent([String].self, forKey: .withoutVolumes) ?? []
        acceptedDrift = try members.decodeIfPresent([String].self, forKey: .acceptedDrift) ?? []
        overridesFreeze = try members.decodeIfPresent(Bool.self, forKey: .overridesFreeze) ?? false
        hosts = try members.decodeIfPresent([String].self, forKey: .hosts)
        wait = try members.decodeIfPresent(String.self, forKey: .wait)
        dryRun = try members.decodeIfPresent(Bool.self, forKey: .dryRun) ?? false
    }

    func request(
        _ kind: Plan.Kind, seeing seen: [ServiceName: [HostState]] = [:]
    ) -> PlanRequest {
        var request = PlanRequest(
            kind: kind, onFailure: onFailure, reason: reason, accepted: acceptedMigrations,
            again: again)
        request.overridesFreeze = overridesFreeze
        request.without = withoutVolumes
        request.seen = seen
        return request
    }

    var names: [ServiceName] {
        get throws { try services.map { try ServiceName($0) } }
    }
}

/// A plan, and the run that requests approval for it.
public struct PlanAnswer: Codable, Hashable, Sendable {
    public let plan: PlannedAnswer
    /// The run's number; absent if nothing was recorded.
    public let run: Int?

    public init(_ plan: PlannedAnswer, run: Int?) {
        self.plan = plan
        self.run = run
    }
}

/// A plan with its hash.
public struct PlannedAnswer: Codable, Hashable, Sendable {
    public let plan: Plan
    /// SHA-256 of the plan: what an approval refers to.
    public let digest: ContentHash

    public init(_ plan: Plan, _ digest: ContentHash) {
        self.plan = plan
        self.digest = digest
    }

    private enum Key: String, CodingKey { case digest }

    public init(from decoder: any Decoder) throws {
        plan = try Plan(from: decoder)
        digest = try decoder.container(keyedBy: Key.self).decode(ContentHash.self, forKey: .digest)
    }

    /// The members of the plan, and `digest`.
    public func encode(to encoder: any Encoder) throws {
        try plan.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(digest, forKey: .digest)
    }
}

/// A request for a plan.
public protocol PlanAction: Action where Answer == PlanAnswer {
    var environment: String? { get }
    var terms: PlanTerms { get }
    /// Makes the plan. `seen` holds the observed states of services that differ from the ledger.
    func prepare(
        at desk: ActingDesk, in name: EnvironmentName, seeing seen: [ServiceName: [HostState]]
    ) async throws -> PreparedPlan
}

extension PlanAction {
    public static var right: Right { .plan }

    /// Makes the plan and records it, so that it can be approved.
    public func answer(at desk: ActingDesk) async throws -> PlanAnswer {
        let proposal = try await proposal(at: desk)
        if proposal.plan.moves.isEmpty || terms.dryRun {
            return PlanAnswer(proposal.value, run: nil)
        }
        let run = try await proposal.record(at: desk)
        return PlanAnswer(proposal.value, run: run.number)
    }

    /// The plan as it would run now. Only observations are recorded.
    public func proposal(at desk: ActingDesk) async throws -> Proposal {
        let name = try desk.planned(environment)
        try await desk.wait(terms.wait, in: name)
        let believed = try await prepare(at: desk, in: name, seeing: [:])
        let look = try await desk.observe(believed)
        let planned =
            look.otherwise.isEmpty
            ? believed : try await prepare(at: desk, in: name, seeing: look.otherwise)
        // Recorded only now: the observations must not change which release `previous` names.
        if !terms.dryRun {
            _ = try await desk.recorder.record(look.told.map { Fact(.hostObserved($0)) })
        }
        return try await desk.proposal(try await desk.inspect(planned, terms), terms)
    }
}

/// Plan a deploy, and request approval
public struct PlanDeploy: PlanAction {
    /// A tag, revision or digest (or its first digits).
    public var tag: String
    /// The environment. Default: the only one.
    public var environment: String?
    /// The terms that deploys and reverts share.
    public var terms: PlanTerms

    public init(_ tag: String, environment: String? = nil, terms: PlanTerms = PlanTerms()) {
        self.tag = tag
        self.environment = environment
        self.terms = terms
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        tag = try members.decode(String.self, forKey: .tag)
        environment = try members.decodeIfPresent(String.self, forKey: .environment)
        terms = try members.decodeIfPresent(PlanTerms.self, forKey: .terms) ?? PlanTerms()
    }

    /// Makes the plan from the kept bundles and the playbook.
    public func prepare(
        at desk: ActingDesk, in name: EnvironmentName, seeing seen: [ServiceName: [HostState]]
    ) async throws -> PreparedPlan {
        try await desk.planner().deploy(
            tag, to: name, services: terms.names, terms.request(.deploy, seeing: seen))
    }
}

/// Plan a revert, and request approval
public struct PlanRevert: PlanAction {
    /// A release that ran there (v0.9.9), a deploy in its history (production~2, production#42), a
    /// time, or previous.
    public var target: String?
    /// The environment. Default: the only one.
    public var environment: String?
    /// The terms that deploys and reverts share.
    public var terms: PlanTerms

    public init(
        _ target: String?, environment: String? = nil, terms: PlanTerms = PlanTerms()
    ) {
        self.target = target
        self.environment = environment
        self.terms = terms
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        target = try members.decodeIfPresent(String.self, forKey: .target)
        environment = try members.decodeIfPresent(String.self, forKey: .environment)
        terms = try members.decodeIfPresent(PlanTerms.self, forKey: .terms) ?? PlanTerms()
    }

    /// Makes the plan from the kept bundles and the playbook.
    public func prepare(
        at desk: ActingDesk, in name: EnvironmentName, seeing seen: [ServiceName: [HostState]]
    ) async throws -> PreparedPlan {
        try await desk.planner().revert(
            to: desk.desk.target(target, in: name), in: name, services: terms.names,
            terms.request(.revert, seeing: seen))
    }
}

/// Print a revert as a POSIX script that runs without the ledger
///
/// The script contains digests, hosts, files and checks, and writes its own journal. Each deploy
/// stores one in scripts/, beside the ledger. `ledger import journal` imports its results.
public struct WriteScript: Action {
    public static var right: Right { .plan }

    /// An earlier release, a point in the environment's history, or previous.
    public var target: String
    /// The environment. Default: the only one.
    public var environment: String?
    /// Only this service (may be repeated).
    public var services: [String]

    public init(_ target: String, environment: String? = nil, services: [String] = []) {
        self.target = target
        self.environment = environment
        self.services = services
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        target = try members.decode(String.self, forKey: .target)
        environment = try members.decodeIfPresent(String.self, forKey: .environment)
        services = try members.decodeIfPresent([String].self, forKey: .services) ?? []
    }

    /// The script.
    public struct Answer: Codable, Hashable, Sendable {
        /// Its text.
        public let script: String
    }

    public func answer(at desk: ActingDesk) async throws -> Answer {
        let name = try desk.planned(environment)
        let script = try await desk.planner().script(
            to: desk.desk.target(target, in: name), in: name,
            services: services.map { try ServiceName($0) })
        return Answer(script: script.text)
    }
}
