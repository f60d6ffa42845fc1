internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import CommandSecrets
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

extension Wiring {
    /// Shows a person the pending action. A program gets it with the answer.
    func show(_ blocks: [Answer.Block]) {
        guard options.output == .table else { return }
        renderer.print(Answer(blocks))
        console.flush()
    }
}

/// Show → confirm → run → report: the dialog of every verb that changes an environment.
struct PlanDialog {
    let wiring: Wiring
    let desk: ActingDesk
    /// Whether the plan is only shown.
    let isDryRun: Bool
    var reason: String?
    /// A confirmation by flag; `nil` for a command without these flags.
    var yes: YesOptions?
    /// The options of break-glass; `nil` for a command without them.
    var glass: GlassOptions?
    /// The file for the receipt of the outcome.
    var proof: ReceiptOption?

    /// Carries out a plan: shows it, asks, runs it and reports the outcome.
    func carryOut(_ proposal: Proposal) async throws -> Answer {
        if let ran = try await run(proposal) { return ran.answer }
        return try await nothingToDo(proposal)
    }

    func nothingToDo(_ proposal: Proposal) async throws -> Answer {
        PlanText.nothingToDo(
            proposal, try await desk.projector.environment(proposal.plan.environment))
    }

    /// What a run answered, and its result.
    struct Ran {
        var answer: Answer
        /// `nil` after a dry run.
        let result: RunResult?
    }

    /// As `carryOut`; `nil` if there is nothing to do.
    func run(_ proposal: Proposal) async throws -> Ran? {
        if proposal.plan.moves.isEmpty { return nil }
        try await proposal.refuseToRun(at: desk)
        let isBypassed = proposal.missing != nil && glass?.breakGlass == true
        let blocks = PlanText.blocks(proposal)
        if isDryRun {
            let waits = isBypassed ? nil : proposal.missing
            return Ran(answer: PlanText.dryRun(proposal, waits), result: nil)
        }
        wiring.console.mayStop = false
        wiring.show(blocks)
        if let missing = proposal.missing {
            if !isBypassed { throw missing }
            try proposal.refuseBypass(reason: reason)
        }
        let question = Question(
            wiring: wiring, yes: yes, name: proposal.plan.environment.rawValue,
            isProtected: proposal.plan.protected,
            otherwise: "; or request approval by another person: ledger plan …")
        let view: RunView
        if proposal.isApproved {
            view = try await proposal.record(at: desk)
        } else {
            let way = try question.ask(blocks)
            view =
                isBypassed
                ? try await bypass(proposal)
                : try await proposal.confirm(way, reason: reason, at: desk)
        }
        var resume = ResumeRun(view.number)
        resume.hosts = proposal.only?.map(\.rawValue)
        return try await carryOut(resume, ChosenRun(view, proposal.plan))
    }

    /// Records that the plan runs without its approvals, as its policy allows for some persons.
    private func bypass(_ proposal: Proposal) async throws -> RunView {
        let run = try await proposal.record(at: desk)
        let filter = desk.recorder.secretFilter
        let reason = filter.redacted(reason ?? "")
        let text = try await ReadPlan(run.number, purpose: .bypass, reason: reason).answer(
            at: desk.desk
        ).statement
        let signature = try await wiring.signatures(filter).sign(text, key: glass?.key ?? "")
        let made = try await ApproveRun(
            run.number, purpose: .bypass, reason: reason, signature: signature
        ).answer(at: desk.recording).entry.entry
        wiring.show([
            .line("entry \(made.sequence): approvals bypassed by \(made.by.name): \(reason)")
        ])
        return run
    }

    /// Runs an approved run to its end and reports.
    func carryOut(_ resume: ResumeRun, _ chosen: ChosenRun) async throws -> Ran {
        let screen = RunScreen(wiring, chosen.plan, now: desk.recorder.surroundings.now)
        let result = try await screen.following { listener in
            var desk = desk
            desk.listener = listener
            return try await resume.carryOut(chosen, at: desk)
        }
        var answer = RunReport(plan: chosen.plan, result: result).answer
        try await keepReceipt(of: result, in: &answer)
        return Ran(answer: answer, result: result)
    }

    /// Writes the receipt of the run's last entry. If that fails, the outcome is still reported.
    private func keepReceipt(of result: RunResult, in answer: inout Answer) async throws {
        guard let proof, let number = result.entry else { return }
        let store = desk.recorder.store
        do {
            try await proof.keep(try await store.existing(number), store, in: &answer)
        } catch let refusal as Refusal {
            let parts = [refusal.message, refusal.cause, refusal.hint?.description].compactMap(
                \.self)
            wiring.console.error("Warning: " + parts.joined(separator: ". "))
        }
    }
}
