internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// The options of a command that runs its plan; `nil` where a command does not have them.
struct RunOptions {
    var yes: YesOptions?
    var glass: GlassOptions?
    var hosts: HostsOption?
    var wait: WaitOption?
    var proof: ReceiptOption?
}

/// The options of a deploy or revert. `plan` and the command itself prepare the plan alike.
protocol PlanRequestOptions: ParsableArguments {
    var environment: EnvironmentOption { get }
    var options: PlanOptions { get }
    /// Makes the plan. `seen` holds the observed states of services that differ from the ledger.
    func plan(
        _ wiring: Wiring, _ recorder: Recorder, in environment: EnvironmentName,
        seeing seen: [ServiceName: [HostState]]
    ) async throws -> PreparedPlan
}

extension PlanRequestOptions {
    /// Prepares the plan and passes it to `body`.
    func prepared(
        _ wiring: Wiring, _ run: RunOptions = RunOptions(),
        _ body: (Acting, PreparedPlan) async throws -> Answer
    ) async throws -> Answer {
        try await run.proof?.refuseUnsigned(wiring)
        return try await wiring.recording { recorder in
            let name = try wiring.playbook().environment(named: environment.environment)
            try await run.wait?.wait(wiring, recorder, in: name)
            let believed = try await plan(wiring, recorder, in: name, seeing: [:])
            let look = try await look(at: believed, wiring, recorder)
            let planned =
                look.otherwise.isEmpty
                ? believed : try await plan(wiring, recorder, in: name, seeing: look.otherwise)
            // Recorded only now: the observations must not change which release `previous` names.
            if !options.dryRun {
                _ = try await recorder.record(look.told.map { Fact(.hostObserved($0)) })
            }
            let prepared = try await looked(at: planned, wiring, recorder)
            let acting = Acting(
                wiring: wiring, recorder: recorder, isDryRun: options.dryRun,
                reason: options.reason, yes: run.yes, glass: run.glass, hosts: run.hosts,
                proof: run.proof)
            return try await body(acting, prepared)
        }
    }
}

extension PlanRequestOptions {
    /// Observes the services of the plan. Returns the states that differ from the ledger, for
    /// example after a change by hand. Also returns the observations to record, which include
    /// services without a move. (The preflight observes containers in any case.)
    private func look(
        at prepared: PreparedPlan, _ wiring: Wiring, _ recorder: Recorder
    ) async throws -> (otherwise: [ServiceName: [HostState]], told: [HostObservation]) {
        let moved = Set(prepared.plan.moves.map(\.service))
        let view = try await recorder.projector.environment(prepared.plan.environment)
        // Only a verified service can differ from its recorded state.
        let believed = prepared.bundles.filter { bundle in
            bundle.container == nil && view[bundle.release.service]?.state == .verified
        }.map(\.release.service)
        if believed.isEmpty { return ([:], []) }
        let seen = try await wiring.inspection(recorder).look(at: believed, in: view)
        let told = seen.filter { !$0.isAsExpected(in: view) || !moved.contains($0.service) }
        let otherwise = Dictionary(grouping: seen, by: \.service).filter {
            !$0.value.allSatisfy { $0.isAsExpected(in: view) }
        }
        return (otherwise.mapValues { $0.map(HostState.init) }, told)
    }

    /// The plan after the preflight of its hosts. Throws `Refusal` if the hosts differ from the
    /// ledger.
    func looked(
        at prepared: PreparedPlan, _ wiring: Wiring, _ recorder: Recorder
    ) async throws -> PreparedPlan {
        let plan = prepared.plan
        let preflight = try wiring.preflight(recorder.secretFilter)
        // Hosts and registry are queried concurrently, because both wait for the network.
        let looking = Task { try await preflight.look(at: plan, prepared.bundles) }
        let moved = prepared.bundles.filter { bundle in
            plan.moves.contains { $0.service == bundle.release.service }
        }
        let registries = try await wiring.registries().look(at: moved) {
            Set((try? await looking.value)?.compactMap(\.platform) ?? [])
        }
        let reports = try await looking.value
        if reports.isEmpty, registries.isEmpty { return prepared }
        let drift = try Preflight.accept(
            reports, in: try await recorder.projector.environment(plan.environment), plan,
            accepted: Set(try options.drift.map { try HostName($0) }))
        let warnings = try RegistryCheck.judge(registries, reports, plan)
        return try prepared.adding(
            drift.map { "accepted: \($0)" } + warnings, reports, registries)
    }
}

struct DeployOptions: PlanRequestOptions {
    @Argument(help: "A tag, revision or digest (or its first digits).", completion: .live(.tags))
    var tag: String
    @OptionGroup var environment: EnvironmentOption
    @Flag(help: "If it fails, roll back and exit 7. Same as --on-failure back.")
    var revertOnFailure = false
    @OptionGroup var options: PlanOptions

    func plan(
        _ wiring: Wiring, _ recorder: Recorder, in environment: EnvironmentName,
        seeing seen: [ServiceName: [HostState]]
    ) async throws -> PreparedPlan {
        var request = options.request(.deploy)
        request.seen = seen
        if revertOnFailure, options.onFailure == .stop {
            throw Refusal(
                .invalid, "--revert-on-failure contradicts --on-failure stop",
                hint: "give one of them")
        }
        if revertOnFailure { request.onFailure = .back }
        return try await wiring.planner(recorder).deploy(
            tag, to: environment, services: options.names, request)
    }
}

struct RevertOptions: PlanRequestOptions {
    @OptionGroup var target: TargetOption
    @OptionGroup var environment: EnvironmentOption
    @OptionGroup var options: PlanOptions

    func plan(
        _ wiring: Wiring, _ recorder: Recorder, in environment: EnvironmentName,
        seeing seen: [ServiceName: [HostState]]
    ) async throws -> PreparedPlan {
        var request = options.request(.revert)
        request.seen = seen
        return try await wiring.planner(recorder).revert(
            to: target.target(wiring, recorder.projector, in: environment),
            in: environment, services: options.names, request)
    }
}

/// The rollback target of a revert.
struct TargetOption: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A release that ran there (v0.9.9), a deploy in its history (production~2, "
                + "production#42), a time, or previous. Without it the targets are listed.",
            valueName: "target"), completion: .live(.tags))
    var place: String?
    @Option(
        name: .customLong("to"),
        help: ArgumentHelp("The rollback target, as an option.", valueName: "target"),
        completion: .live(.tags))
    var option: String?

    func validate() throws {
        if place != nil, option != nil {
            throw ValidationError("name the target once: as an argument, or with --to")
        }
    }

    /// Throws `Refusal` that lists the targets if none is named.
    private func named(
        _ projector: Projector, in environment: EnvironmentName
    ) async throws -> String {
        if let to = place ?? option { return to }
        let all = try await RollbackTargets(projector).all(in: environment)
        let possible = all.filter { $0.why == nil }.map(\.past.release.title)
        throw Refusal(
            .invalid, "no rollback target is named",
            cause: possible.isEmpty
                ? "\(environment) has no rollback target"
                : "possible targets, the newest first: \(possible.joined(separator: ", "))",
            hint: possible.first.map {
                "ledger revert \(shell: $0) -e \(shell: environment)"
            } ?? "ledger targets -e \(shell: environment)")
    }

    func target(
        _ wiring: Wiring, _ projector: Projector, in environment: EnvironmentName
    ) async throws -> Target {
        try await Self.target(named(projector, in: environment), wiring, projector, in: environment)
    }

    /// What a name refers to in the history of an environment.
    static func target(
        _ to: String, _ wiring: Wiring, _ projector: Projector, in environment: EnvironmentName
    ) async throws -> Target {
        if to == "previous" { return .previous }
        // A release that ran there takes precedence, even if its name looks like a number or date.
        let ran = try await projector.deployments(of: nil, in: environment)
        if ran.contains(where: { $0.release.tag?.rawValue == to }) {
            return .reference(.release(to))
        }
        let reference = try await wiring.desk(projector).reference(to)
        if let other = reference.environment, other != environment {
            throw Refusal(
                .invalid, "\(to) is in the history of \(other), not of \(environment)",
                hint: "to deploy the same release here, use its tag")
        }
        return .reference(reference)
    }
}

extension PlanOptions {
    func request(_ kind: Plan.Kind) -> PlanRequest {
        var request = PlanRequest(
            kind: kind, onFailure: onFailure == .back ? .back : .stop, reason: reason,
            accepted: accepted, again: again)
        request.overridesFreeze = overridesFreeze
        request.without = without
        return request
    }
}
