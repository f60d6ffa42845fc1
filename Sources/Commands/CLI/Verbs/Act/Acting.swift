internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import CommandSecrets
internal import Glibc
internal import Ledger
internal import LedgerText
internal import Projections
internal import Synchronization

extension Wiring {
    /// Shows a person the pending action. A program gets it with the answer.
    func show(_ blocks: [Answer.Block]) {
        guard options.output == .table else { return }
        renderer.print(Answer(blocks))
        console.flush()
    }
}

/// Plan → show → approve → run → report: the sequence of every verb that changes an environment.
struct Acting {
    let wiring: Wiring
    let recorder: Recorder
    var isDryRun = false
    var reason: String?
    /// A confirmation by flag; `nil` for a command without these flags.
    var yes: YesOptions?
    /// The options of break-glass; `nil` for a command without them.
    var glass: GlassOptions?
    /// The selected hosts; `nil` selects all.
    var hosts: HostsOption?
    /// The file for the receipt of the outcome.
    var proof: ReceiptOption?

    /// Set by Ctrl-C: the running step finishes, and no further step starts.
    static let stopped = Atomic<Bool>(false)
    /// Whether a live view shows that the run is stopping.
    private static let isLive = Atomic<Bool>(false)

    /// Carries out a prepared plan: shows it, runs it and reports the outcome.
    func carryOut(_ made: PreparedPlan) async throws -> Answer {
        let open = try await openRun(made)
        let prepared = open?.prepared ?? made
        let plan = prepared.plan
        let json = JSONValue.object(["plan": PlanText.json(plan, hash: prepared.hash)])
        if plan.moves.isEmpty { return try await nothingToDo(plan, json) }
        let blocks = PlanText.blocks(prepared) + selected(try hosts?.names(in: plan), plan)
        try await refuseIfHeld(plan)
        try refuseMissing(plan)
        if plan.kind == .deploy { try wiring.refuseUnkeptScript(of: plan) }
        let now = try await recorder.now(for: open?.run)
        let approved =
            open.map {
                $0.run.plan == prepared.hash && ApprovalRules.isApproved($0.run, plan, at: now)
            } ?? false
        if isDryRun {
            let isWaiting = plan.approvals != nil && !approved && glass?.breakGlass != true
            return dryRun(blocks, json, isWaiting ? waits(plan, open?.run, at: now) : nil)
        }
        wiring.console.mayStop = false
        wiring.show(blocks)
        if plan.approvals != nil, !approved {
            guard glass?.breakGlass == true else { throw waits(plan, open?.run, at: now) }
            try refuseWholeGlass(plan)
        }
        let question = Question(
            wiring: wiring, yes: yes, name: plan.environment.rawValue, isProtected: plan.protected,
            otherwise: "; or request approval by another person: ledger plan …")
        let way = approved ? nil : try question.ask(blocks)
        let run = try await lay(prepared, open?.run)
        if plan.approvals != nil, !approved {
            try await breakGlass(run, plan)
        } else if let way {
            try await recorder.perform(
                .approve(way: way, reason: reason), in: plan.environment, run: run)
        }
        return try await conduct(run, plan)
    }

    /// Throws the refusals of a bypass before anything is written.
    private func refuseWholeGlass(_ plan: Plan) throws {
        guard (reason ?? "").isBlank == false else {
            throw Refusal(
                .invalid, "--break-glass requires a reason", hint: "add --reason \"…\"")
        }
        try ApprovalRules.refuseNoGlass(plan)
    }

    /// Records that the plan runs without its approvals, as its policy allows for some persons.
    private func breakGlass(_ id: EntryID, _ plan: Plan) async throws {
        guard let key = glass?.key, let run = try await recorder.projector.run(id) else { return }
        let reason = recorder.secretFilter.redacted(reason ?? "")
        let checker = try wiring.signatures(recorder.secretFilter)
        let text = ApprovalStatement(plan, run, .bypass(reason: reason)).text
        let signature = try await checker.sign(text, key: key)
        let name = try await ApprovalSignatures(recorder: recorder, checker: checker).signer(
            of: signature, for: run, plan, .bypass(reason: reason))
        let made = try await recorder.acting(as: Author(name: name, known: .signed)).perform(
            .bypass(reason: reason, signature: signature), in: plan.environment, run: id)
        for entry in made {
            wiring.show([
                .line(
                    "entry \(entry.sequence): approvals bypassed by \(name): \(reason)")
            ])
        }
    }

    /// A dry run exits as the real command would, also if approvals are missing.
    private func dryRun(
        _ blocks: [Answer.Block], _ json: JSONValue, _ waiting: Refusal? = nil
    ) -> Answer {
        let end = Answer.Block.line("Dry run: nothing was done or recorded.")
        guard let waiting else {
            return Answer(
                blocks + [end], json: json, exit: .changes, outcome: "changes", reason: "dryRun")
        }
        return Answer(
            blocks + [.line(waiting.message), end]
                + [waiting.hint.map { .hint($0) }].compactMap(\.self),
            json: json, exit: waiting.reason.exitCode, outcome: "refused",
            reason: waiting.reason.rawValue)
    }

    private func nothingToDo(_ plan: Plan, _ json: JSONValue) async throws -> Answer {
        let view = try await recorder.projector.environment(plan.environment)
        let lines = view.services.compactMap { state -> Answer.Block? in
            guard let release = state.release, let entry = state.entry else { return nil }
            return .line(
                "\(state.service) runs \(release.title) (\(state.state.rawValue), entry \(entry), "
                    + "\(state.time) by \(state.by))")
        }
        return Answer(
            [.line("\(plan.environment): nothing to do")] + lines
                + [.hint("To run the steps again, add --again.")],
            json: json, outcome: "done", reason: "nothingToDo")
    }

    // MARK: Approval

    /// A waiting run of the same plan, with the recorded plan. The ledger may have learned more
    /// about the shipped commits since, but only the approved plan may run.
    private func openRun(
        _ made: PreparedPlan
    ) async throws -> (run: RunView, prepared: PreparedPlan)? {
        func bare(_ plan: Plan) -> Plan {
            var plan = plan
            plan.shipped = nil
            return plan
        }
        let waiting = try await recorder.projector.runs(in: made.plan.environment).filter(
            \.isWaiting)
        for run in waiting {
            guard let plan = try await recorder.plan(of: run), bare(plan) == bare(made.plan) else {
                continue
            }
            return (run, try made.carrying(plan))
        }
        return nil
    }

    private func lay(_ prepared: PreparedPlan, _ open: RunView?) async throws -> EntryID {
        if let open { return open.id }
        let made = try await recorder.perform(
            .plan(prepared.plan, hash: prepared.hash), in: prepared.plan.environment,
            keeping: prepared.contents)
        return made[0].id
    }

    /// Records the plan and requests approval.
    func layOut(_ made: PreparedPlan) async throws -> Answer {
        let waiting = try await openRun(made)
        let (open, prepared) = (waiting?.run, waiting?.prepared ?? made)
        let plan = prepared.plan
        let json = JSONValue.object(["plan": PlanText.json(plan, hash: prepared.hash)])
        if plan.moves.isEmpty { return try await nothingToDo(plan, json) }
        let only = try hosts?.names(in: plan)
        let blocks = PlanText.blocks(prepared) + selected(only, plan)
        if isDryRun { return dryRun(blocks, json) }
        if let open, let late = plan.tooLate(open, at: try await recorder.now(for: open)) {
            throw late
        }
        let id = try await lay(prepared, open)
        let number = try await recorder.projector.run(id)?.number ?? 0
        return Answer(
            blocks + [
                .next(
                    "Run \(number) requires "
                        + (plan.approvalsNeeded == 1
                            ? "1 approval" : "\(plan.approvalsNeeded) approvals"),
                    command: plan.approveCommand(number)),
                .next("Then", command: "ledger runs resume \(number)" + hosts(only)),
            ],
            json: .object([
                "plan": PlanText.json(plan, hash: prepared.hash), "run": JSONValue(number),
            ]))
    }

    /// The hosts that change now, if a person selected some.
    private func selected(_ only: Set<HostName>?, _ plan: Plan) -> [Answer.Block] {
        guard let only else { return [] }
        func names(_ hosts: [HostName]) -> String {
            hosts.map(\.rawValue).joined(separator: ", ")
        }
        let rest = plan.hosts.filter { !only.contains($0) }
        return [
            .line(
                "Only \(names(plan.hosts.filter(only.contains))) now"
                    + (rest.isEmpty ? "." : "; unchanged until the run is resumed: \(names(rest))"))
        ]
    }

    /// The option that selects these hosts.
    private func hosts(_ only: Set<HostName>?) -> String {
        guard let only else { return "" }
        return " --hosts \(shell: only.map(\.rawValue).sorted().joined(separator: ","))"
    }

    /// The refusal of a plan whose approvals are missing.
    private func waits(_ plan: Plan, _ open: RunView?, at now: Timestamp) -> Refusal {
        if let open, let late = plan.tooLate(open, at: now) { return late }
        return ApprovalRules.missing(open, plan, at: now)
    }

    /// Refuses a missing program now: later, the steps before it would already be done.
    private func refuseMissing(_ plan: Plan) throws {
        let path = wiring.variables["PATH"]
        for step in plan.steps + plan.back where plan.server(ofStep: step.number) == nil {
            for command in [step.run, step.check ?? []] {
                guard let program = command.first, !program.holds("/"),
                    let why = wiring.missing(program)
                else { continue }
                throw Refusal(
                    .notPossible, "step \(step.number) (\(step.name)) cannot start",
                    cause: why,
                    hint: "install it, or correct ledger.yaml (PATH is \(path ?? "empty"))")
            }
        }
    }

    /// Throws the refusals of the run before anything is written, also in a dry run.
    private func refuseIfHeld(_ plan: Plan) async throws {
        try LeaseRules.refuseOccupied(try await recorder.situation(in: plan.environment))
    }

    // MARK: Running

    /// Writes the script that rolls back to the deployed release, before the run starts.
    private func keepScript(_ plan: Plan) async throws {
        let script = try await wiring.planner(recorder).script(
            of: plan.moves.map(\.bundle), in: plan.environment)
        try wiring.keep(script)
    }

    /// Writes the receipt of the run's last entry. If that fails, the outcome is still reported.
    private func keepReceipt(of run: EntryID, in answer: inout Answer) async throws {
        guard let proof else { return }
        var filter = EntryFilter()
        filter.correlations = [run]
        let ends: [EventKind] = [.deployFinished, .deployFailed, .revertFinished, .revertFailed]
        filter.kinds = ends.map(\.rawValue)
        let last = try await recorder.store.page(filter, .newestFirst, after: nil, limit: 1)
        guard let entry = last.first else { return }
        do { try await proof.keep(entry, recorder.store, in: &answer) } catch let refusal as Refusal
        {
            let parts = [refusal.message, refusal.cause, refusal.hint].compactMap(\.self)
            wiring.console.error("Warning: " + parts.joined(separator: ". "))
        }
    }

    /// Runs an approved run to its end and reports.
    func conduct(
        _ id: EntryID, _ plan: Plan, assuming: [Int: Bool] = [:], takingOver: String? = nil
    ) async throws -> Answer {
        signal(SIGINT) { _ in
            Acting.stopped.store(true, ordering: .relaxed)
            if Acting.isLive.load(ordering: .relaxed) { return }
            let note = "\nStopping after the running step …\n"
            _ = note.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        }
        // Closing the terminal stops the run like Ctrl-C; later output is lost.
        for kind in [SIGTERM, SIGHUP] {
            signal(kind) { _ in Acting.stopped.store(true, ordering: .relaxed) }
        }
        wiring.console.mayStop = false
        let quiet = wiring.options.output != .table
        let steps = plan.steps.count
        let all = steps + plan.back.count
        let (console, renderer) = (wiring.console, wiring.renderer)
        let live =
            console.isLive && !quiet
            ? LiveView(
                console, hosts: plan.hosts.count, now: recorder.surroundings.now,
                isStopping: { Acting.stopped.load(ordering: .relaxed) }) : nil
        Self.isLive.store(live != nil, ordering: .relaxed)
        let conductor = try await wiring.conductor(
            recorder, for: plan, stopped: { Acting.stopped.load(ordering: .relaxed) },
            report: { progress in
                if quiet { return }
                let line = PlanText.line(progress, steps: steps, all: all).map {
                    renderer.lines($0).joined(separator: "\n")
                }
                if let live { return live.tell(progress, line: line) }
                guard let line else { return }
                console.line(line)
                console.flush()
            })
        if plan.kind == .deploy { try await keepScript(plan) }
        if !quiet { console.line("") }
        let foot = live.map { live in Task { await live.run() } }
        let ending: Result<RunOutcome, any Error>
        do {
            ending = .success(
                try await conductor.run(
                    id, in: plan.environment, assuming: assuming, takingOver: takingOver,
                    only: try hosts?.names(in: plan)))
        } catch { ending = .failure(error) }
        // Later output replaces the live view.
        foot?.cancel()
        await foot?.value
        let outcome = try ending.get()
        let number = try await recorder.projector.run(id)?.number ?? 0
        var answer = try await Report(plan: plan, run: number, recorder: recorder).answer(outcome)
        try await keepReceipt(of: id, in: &answer)
        return answer
    }
}
