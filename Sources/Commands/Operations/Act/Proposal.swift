public import CommandEngine
public import CommandPorts
public import Commands
public import Ledger
internal import LedgerText
public import Projections

/// A plan as it would run now: what a person sees before they decide.
public struct Proposal: Sendable {
    public let prepared: PreparedPlan
    /// The run that already waits with the same plan.
    public let waiting: RunView?
    /// The hosts that change now; `nil` for all.
    public let only: Set<HostName>?
    /// Why the plan may not run yet; `nil` if its approvals are given, or a confirmation is enough.
    public let missing: Refusal?
    /// Whether other people have given the approvals.
    public let isApproved: Bool

    public var plan: Plan { prepared.plan }
    public var value: PlannedAnswer { PlannedAnswer(plan, prepared.hash) }

    /// Records the plan, unless it is recorded already, and requests approval. Throws `Refusal` if
    /// it is too late to approve the recorded plan.
    public func record(at desk: ActingDesk) async throws -> RunView {
        if let waiting {
            let now = try await desk.recorder.now(for: waiting)
            if let late = plan.tooLate(waiting, at: now) { throw late }
            return waiting
        }
        let made = try await desk.recorder.perform(
            .plan(plan, hash: prepared.hash), in: plan.environment, keeping: prepared.contents)
        guard let run = try await desk.projector.run(made[0].id) else {
            throw Refusal(.unknownName, "unknown run")
        }
        return run
    }

    /// Records the plan and the confirmation of the person who runs it.
    public func confirm(
        _ way: Approved.Way, reason: String?, at desk: ActingDesk
    ) async throws -> RunView {
        let run = try await record(at: desk)
        try await desk.recorder.perform(
            .approve(way: way, reason: reason), in: plan.environment, run: run.id)
        return run
    }

    /// Throws the refusals of the run before anything is written, also for a dry run.
    public func refuseToRun(at desk: ActingDesk) async throws {
        try LeaseRules.refuseOccupied(try await desk.recorder.situation(in: plan.environment))
        try desk.refuseUnready(plan)
    }

    /// Throws the refusals of a bypass of the approvals before anything is written.
    public func refuseBypass(reason: String?) throws {
        guard (reason ?? "").isBlank == false else {
            throw Refusal(
                .invalid, "a bypass of the approvals requires a reason",
                hint: "add --reason \"…\"")
        }
        try ApprovalRules.refuseNoGlass(plan)
    }
}

extension ActingDesk {
    /// Throws `Refusal` if a program is missing, or if the rollback script could not be kept:
    /// later, the steps before would already be done.
    func refuseUnready(_ plan: Plan) throws {
        if plan.kind == .deploy { try parts.refuseUnkeptScript(of: plan) }
        for step in plan.steps + plan.back where plan.server(ofStep: step.number) == nil {
            for command in [step.run, step.check ?? []] {
                guard let program = command.first, !program.holds("/"),
                    let why = parts.missing(program)
                else { continue }
                throw Refusal(
                    .notPossible, "step \(step.number) (\(step.name)) cannot start",
                    cause: why,
                    hint: "install it, or correct ledger.yaml (PATH is \(parts.searchPath))")
            }
        }
    }

    /// The proposal of a prepared plan. If a run waits with the same plan, its recorded plan is
    /// taken: only that one was approved.
    func proposal(_ made: PreparedPlan, _ terms: PlanTerms) async throws -> Proposal {
        let waiting = try await waiting(made)
        let prepared = waiting?.prepared ?? made
        let plan = prepared.plan
        let now = try await recorder.now(for: waiting?.run)
        let isApproved =
            waiting.map {
                $0.run.plan == prepared.hash && ApprovalRules.isApproved($0.run, plan, at: now)
            } ?? false
        var missing: Refusal?
        if plan.approvals != nil, !isApproved {
            missing =
                waiting.flatMap { plan.tooLate($0.run, at: now) }
                ?? ApprovalRules.missing(waiting?.run, plan, at: now)
        }
        return Proposal(
            prepared: prepared, waiting: waiting?.run,
            only: plan.moves.isEmpty ? nil : try plan.selected(terms.hosts),
            missing: missing, isApproved: isApproved)
    }

    /// A waiting run of the same plan, with the recorded plan. The ledger may have learned more
    /// about the shipped commits since.
    private func waiting(
        _ made: PreparedPlan
    ) async throws -> (run: RunView, prepared: PreparedPlan)? {
        func bare(_ plan: Plan) -> Plan {
            var plan = plan
            plan.shipped = nil
            return plan
        }
        for run in try await projector.runs(in: made.plan.environment) where run.isWaiting {
            guard let plan = try await recorder.plan(of: run), bare(plan) == bare(made.plan) else {
                continue
            }
            return (run, try made.carrying(plan))
        }
        return nil
    }

    /// Observes the services of the plan. Returns the states that differ from the ledger, for
    /// example after a change by hand. Also returns the observations to record, which include
    /// services without a move. (The preflight observes containers in any case.)
    func observe(
        _ prepared: PreparedPlan
    ) async throws -> (otherwise: [ServiceName: [HostState]], told: [HostObservation]) {
        let moved = Set(prepared.plan.moves.map(\.service))
        let view = try await projector.environment(prepared.plan.environment)
        // Only a verified service can differ from its recorded state.
        let believed = prepared.bundles.filter { bundle in
            bundle.container == nil && view[bundle.release.service]?.state == .verified
        }.map(\.release.service)
        if believed.isEmpty { return ([:], []) }
        let seen = try await inspection().look(at: believed, in: view)
        let told = seen.filter { !$0.isAsExpected(in: view) || !moved.contains($0.service) }
        let otherwise = Dictionary(grouping: seen, by: \.service).filter {
            !$0.value.allSatisfy { $0.isAsExpected(in: view) }
        }
        return (otherwise.mapValues { $0.map(HostState.init) }, told)
    }

    /// The plan after the preflight of its hosts. Throws `Refusal` if the hosts differ from the
    /// ledger.
    func inspect(_ prepared: PreparedPlan, _ terms: PlanTerms) async throws -> PreparedPlan {
        let plan = prepared.plan
        let preflight = try parts.preflight(recorder.secretFilter)
        // Hosts and registry are queried concurrently, because both wait for the network.
        let looking = Task { try await preflight.look(at: plan, prepared.bundles) }
        let moved = prepared.bundles.filter { bundle in
            plan.moves.contains { $0.service == bundle.release.service }
        }
        let registries = try await parts.registries().look(at: moved) {
            Set((try? await looking.value)?.compactMap(\.platform) ?? [])
        }
        let reports = try await looking.value
        if reports.isEmpty, registries.isEmpty { return prepared }
        let drift = try Preflight.accept(
            reports, in: try await projector.environment(plan.environment), plan,
            accepted: Set(try terms.acceptedDrift.map { try HostName($0) }))
        let warnings = try RegistryCheck.judge(registries, reports, plan)
        return try prepared.adding(
            drift.map { "accepted: \($0)" } + warnings, reports, registries)
    }
}

extension Plan {
    /// The hosts that a person selected, which must belong to the plan; `nil`: all.
    func selected(_ hosts: [String]?) throws -> Set<HostName>? {
        guard let hosts else { return nil }
        if hosts.isEmpty {
            throw Refusal(
                .invalid, "no host is named", hint: "name some, or omit the selection: all change")
        }
        let names = try hosts.map { try HostName($0) }
        for name in names where !self.hosts.contains(name) {
            throw Refusal(
                .unknownName, "\(environment) does not have a host \"\(name)\"",
                cause: "known hosts: \(self.hosts.map(\.rawValue).joined(separator: ", "))",
                hint: nearest(to: name.rawValue, among: self.hosts.map(\.rawValue))
                    .map { "did you mean \($0)?" })
        }
        return Set(names)
    }
}
