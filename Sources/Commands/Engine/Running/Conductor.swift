public import CommandPorts
public import Commands
public import Ledger
public import Projections

/// Drives a run: it writes an entry before and after every step, and believes only observations.
public struct Conductor: Sendable {
    let recorder: Recorder
    let runner: any Runner
    let context: StepContext
    /// Verifies who signed approvals.
    let checker: any SignatureChecker
    /// What a plan depends on, in its present state.
    let present: @Sendable (Plan) throws -> PlanBasis
    /// Whether the person has requested a stop.
    let stopped: @Sendable () -> Bool
    let report: @Sendable (RunProgress) -> Void

    public init(
        recorder: Recorder, runner: any Runner, context: StepContext,
        checker: any SignatureChecker,
        present: @escaping @Sendable (Plan) throws -> PlanBasis = { PlanBasis($0) },
        stopped: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (RunProgress) -> Void = { _ in }
    ) {
        self.present = present
        self.recorder = recorder
        self.runner = runner
        self.context = context
        self.checker = checker
        self.stopped = stopped
        self.report = report
    }

    /// Runs an approved plan to its end, from its present state. `assuming` has a person's
    /// statements about steps that may have run. `takingOver` is the reason for taking the lease
    /// from a holder that does not answer. `only` limits this session to some hosts.
    ///
    /// Throws `Refusal` (approval, staleness, lease) before any step runs, or when the lease was
    /// lost.
    public func run(
        _ id: EntryID, in environment: EnvironmentName, assuming: [Int: Bool] = [:],
        takingOver: String? = nil, only: Set<HostName>? = nil
    ) async throws -> RunOutcome {
        let before = try await recorder.situation(in: environment, run: id)
        guard let plan = before.plan else { throw Refusal(.unknownName, "unknown run") }
        try refuseChanged(plan, before.run)
        if let view = before.run, view.state != .running {
            try await ApprovalSignatures(recorder: recorder, checker: checker).recheck(view, plan)
        }
        // Everything that can fail here fails before the lease blocks others.
        let unpacked = try await UnpackedBundles(of: plan, self)
        let lease = try await recorder.perform(
            .acquire(
                holder: recorder.surroundings.holder,
                gone: try await recorder.goneLease(in: environment), takingOver: takingOver),
            in: environment, run: id)
        guard let token = lease.last?.sequence,
            let view = try await recorder.projector.run(id)
        else { throw Refusal(.unknownName, "unknown run") }
        var session = RunSession(
            conductor: knowing(unpacked.bundles.values.flatMap { Array($0.secrets.keys) }), id: id,
            token: token, plan: plan, unpacked: unpacked,
            run: Run(plan, steps: view.steps, assuming: assuming, only: only))
        try await recorder.perform(.start(token: token), in: environment, run: id)
        return try await session.drive()
    }

    /// Abandons a run; returns the entries. Throws `Refusal` if it is under way, or if a step that
    /// it began still runs on this machine.
    public func giveUp(
        _ run: RunView, in environment: EnvironmentName, reason: String
    ) async throws -> [Entry] {
        let plan = try await recorder.plan(of: run)
        for step in run.steps where step.state == "started" {
            let job = context.job(
                of: run.id, step: step.number, token: step.token, in: environment)
            let server = plan?.server(ofStep: step.number)
            guard await runner.look(for: job, on: server, within: 0) == .running else { continue }
            throw Refusal(
                .leaseHeld, "step \(step.number) (\(step.name)) of run \(run.number) still runs",
                cause: server.map { "on \($0.host)" }
                    ?? "its process number is in \(job.processFile)",
                hint: "wait for it or end it, then abandon the run"
                    + (server == nil
                        ? " (if you know that it has ended, in another container, delete that file)"
                        : ""))
        }
        return try await recorder.perform(
            .abandon(reason: reason, gone: try await recorder.goneLease(in: environment)),
            in: environment, run: run.id)
    }

    /// A conductor that also removes these secrets from everything it writes: an old bundle may
    /// name other secrets than the present playbook.
    private func knowing(_ secrets: [String]) -> Conductor {
        Conductor(
            recorder: recorder.knowing(secrets), runner: runner, context: context,
            checker: checker, present: present, stopped: stopped, report: report)
    }

    /// The settings that a plan depends on, and does not contain, must not change after its
    /// approval. A run that has begun continues with its own steps, whatever the playbook says now.
    private func refuseChanged(_ plan: Plan, _ run: RunView?) throws {
        var changes = PlanBasis(plan).changes(to: try present(plan))
        if run?.state == .running { changes.removeAll { $0 == PlanBasis.playbookChanged } }
        if changes.isEmpty { return }
        let number = run?.number ?? 0
        throw Refusal(
            .planStale, "the plan is stale: settings changed after it was made",
            cause: changes.joined(separator: "; "),
            hint: run?.state == .running
                ? Hint(
                    "restore the settings, or abandon the run",
                    run: "ledger runs abandon \(number) --reason …")
                : Hint(
                    "restore the settings, or make a new plan and reject this one",
                    run: "ledger reject \(number) --reason …"))
    }
}
