internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerOperations
internal import Projections

/// What a deploy or a revert is asked with; laid out or carried out, it is prepared in one way.
protocol PlanRequestOptions: ParsableArguments {
    var environment: EnvironmentOption { get }
    var options: PlanOptions { get }
    /// Plans it, with some services that were seen running something else than the ledger has.
    func plan(
        _ wiring: Wiring, _ recorder: Recorder, in environment: EnvironmentName,
        seeing seen: [ServiceName: [HostState]]
    ) async throws -> PreparedPlan
}

extension PlanRequestOptions {
    /// Prepares the plan and hands it to `body`.
    func prepared(
        _ wiring: Wiring, yes: YesOptions? = nil, glass: GlassOptions? = nil,
        hosts: HostsOption? = nil, _ proof: ReceiptOption? = nil,
        _ body: (Acting, PreparedPlan) async throws -> Answer
    ) async throws -> Answer {
        try await proof?.refuseUnsigned(wiring)
        return try await wiring.recording { recorder in
            let name = try wiring.playbook().environment(named: environment.environment)
            let believed = try await plan(wiring, recorder, in: name, seeing: [:])
            let look = try await look(at: believed, wiring, recorder)
            let planned =
                look.otherwise.isEmpty
                ? believed : try await plan(wiring, recorder, in: name, seeing: look.otherwise)
            // Recorded only now: where `previous` leads does not follow from what was found.
            if !options.dryRun {
                _ = try await recorder.record(look.told.map { Fact(.hostObserved($0)) })
            }
            let prepared = try await looked(at: planned, wiring, recorder)
            let acting = Acting(
                wiring: wiring, recorder: recorder, isDryRun: options.dryRun,
                reason: options.reason, yes: yes, glass: glass, hosts: hosts, proof: proof)
            return try await body(acting, prepared)
        }
    }
}

extension PlanRequestOptions {
    /// What is seen of services that do not run what the ledger has: somebody may have changed them
    /// by hand; and what of it is to be recorded, with what was seen of a service that would have
    /// nothing to do. (Of containers the plan's hosts are asked anyway.)
    private func look(
        at prepared: PreparedPlan, _ wiring: Wiring, _ recorder: Recorder
    ) async throws -> (otherwise: [ServiceName: [HostState]], told: [HostObservation]) {
        let moved = Set(prepared.plan.moves.map(\.service))
        let view = try await recorder.projector.environment(prepared.plan.environment)
        // Nobody is surprised by a service of which nothing is believed.
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

    /// The plan once its hosts were looked at; throws `Refusal` if they are not as the ledger has
    /// them.
    func looked(
        at prepared: PreparedPlan, _ wiring: Wiring, _ recorder: Recorder
    ) async throws -> PreparedPlan {
        let plan = prepared.plan
        let preflight = try wiring.preflight(recorder.secretFilter)
        // Hosts and registry are asked beside each other: each waits for a network.
        let looking = Task { try await preflight.look(at: plan, prepared.bundles) }
        let moved = prepared.bundles.filter { bundle in
            plan.moves.contains { $0.service == bundle.release.service }
        }
        let registries = try await wiring.registries().look(at: moved) {
            Set((try? await looking.value)?.compactMap(\.platform) ?? [])
        }
        let reports = try await looking.value
        if reports.isEmpty { return prepared }
        let drift = try Preflight.accept(
            reports, in: try await recorder.projector.environment(plan.environment), plan,
            accepted: Set(try options.drift.map { try HostName($0) }))
        let warnings = try RegistryCheck.judge(registries, reports, plan)
        return try prepared.adding(
            drift.map { "accepted: \($0)" } + warnings, reports, registries)
    }
}

struct DeployOptions: PlanRequestOptions {
    @Argument(help: "A tag, revision or digest (or its first digits).")
    var tag: String
    @OptionGroup var environment: EnvironmentOption
    @Flag(help: "If it fails, put back what ran before, and exit 7: as --on-failure back.")
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
                .invalid, "--revert-on-failure and --on-failure stop say two things",
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

/// Where a revert leads.
struct TargetOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A release that ran there (v0.9.9), a place in history (production~2, production#42, a time), "
                + "or previous.", valueName: "reference"))
    var to: String

    func target(
        _ wiring: Wiring, _ projector: Projector, in environment: EnvironmentName
    ) async throws -> Target {
        if to == "previous" { return .previous }
        // What ran there under this name is meant, also if the name could be a number or a date.
        let ran = try await projector.deployments(of: nil, in: environment)
        if ran.contains(where: { $0.release.tag?.rawValue == to }) {
            return .reference(.release(to))
        }
        let reference = try await wiring.desk(projector).reference(to)
        if let other = reference.environment, other != environment {
            throw Refusal(
                .invalid, "\(to) is a place in the history of \(other), not of \(environment)",
                hint: "to bring the same release here, deploy it by its tag")
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
