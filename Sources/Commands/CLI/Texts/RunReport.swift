internal import Commands
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// The result of a run, what runs now, and the next command.
struct RunReport {
    let plan: Plan
    let result: RunResult

    var answer: Answer {
        Answer(
            blocks, value: result, exit: exit, outcome: result.outcome.rawValue,
            reason: result.reason)
    }

    private var exit: ExitStatus {
        switch result.outcome {
        case .done: .done
        case .unverified, .putBack: .notAsPlanned
        case .partial: .partial
        case .failed, .undecided, .paused: .failed
        }
    }

    private var blocks: [Answer.Block] {
        if let failure = result.failure { return failed(failure) }
        return switch result.outcome {
        case .undecided: undecided
        case .paused: paused
        case .partial: resting
        default: finished
        }
    }

    private var states: [Answer.Block] {
        plan.moves.compactMap { move in
            guard let state = state(of: move) else { return nil }
            return .line(
                "\(result.environment): \(move.service) runs \(StateText.runs(state)) (\(state.state))"
            )
        }
    }

    private func state(of move: Plan.Move) -> ServiceAnswer? {
        result.state.services.first { $0.service == move.service }
    }

    private var finished: [Answer.Block] {
        var blocks = states
        if result.outcome == .unverified {
            blocks.append(
                .line("Not observed: the playbook does not define `observe` for every service."))
        }
        if !result.fenced.isEmpty {
            let names = result.fenced.map { "\($0.service) \($0.title)" }.joined(separator: ", ")
            blocks.append(
                .line(
                    "Fenced in \(plan.environment): \(names). Releases that descend from it are "
                        + "blocked until its fix is named (fence raise --fixed-by)."))
        }
        // The last line is the command that undoes it.
        return blocks + undo(result.fenced.isEmpty ? "To roll back" : "To undo")
    }

    private func undo(_ text: String) -> [Answer.Block] {
        if result.undo.isEmpty { return [] }
        return [.next(text, command: result.undo.joined(separator: " && "))]
    }

    private func failed(_ failure: String) -> [Answer.Block] {
        let isRestored = result.outcome == .putBack
        var blocks: [Answer.Block] = [.line("The \(plan.kind.rawValue) failed: \(failure)")]
        if isRestored { blocks.append(.line("The previous release was restored and observed.")) }
        if plan.onFailure == .back, !plan.back.isEmpty, !isRestored {
            blocks.append(
                .line(
                    "The previous release might not be running: a step or health check of the "
                        + "rollback failed, or it could not be observed."))
        }
        blocks += plan.back.filter { result.failedRollbackSteps.contains($0.number) }.map {
            .line("Rollback step \($0.number) (\($0.name)) failed on \($0.host): inspect it.")
        }
        blocks += states
        if !isRestored, !result.outOfService.isEmpty {
            let names = result.outOfService.map(\.rawValue).joined(separator: ", ")
            blocks.append(
                .line("Still out of service: \(names) (returning requires a healthy release)."))
        }
        return blocks + [.next("Show its entries", command: "ledger log --run \(result.run)")]
            + undo("To roll back")
    }

    private var undecided: [Answer.Block] {
        let steps = plan.steps + plan.back
        guard let step = steps.first(where: { $0.number == result.step }) else { return [] }
        let resume = "ledger runs resume \(result.run)"
        return [
            .line(
                "Unknown whether step \(step.number) (\(step.name)) ran; it must not run twice."),
            .line("Cause: an earlier attempt was interrupted in it, and it has no check."),
            .next(
                "Inspect \(step.host). If the step is done",
                command: "\(resume) --assume-done \(step.number)"),
            .next("If it is not done", command: "\(resume) --assume-not-done \(step.number)"),
        ]
    }

    /// Some hosts are done; the others were left out on purpose.
    private var resting: [Answer.Block] {
        [.line("Selected hosts updated; the other hosts are unchanged.")] + states
            + goOn("To continue with the other hosts")
    }

    private var paused: [Answer.Block] {
        [.line("Stopped by the user after \(result.stepsDone) of \(plan.steps.count) steps.")]
            + plan.moves.compactMap { move in
                state(of: move).map { state in
                    .line(
                        "\(result.environment): \(move.service) ran "
                            + "\(state.release?.title ?? "nothing"), and is changing to "
                            + "\(move.to.title)")
                }
            } + goOn("To continue")
    }

    private func goOn(_ text: String) -> [Answer.Block] {
        [
            .next(text, command: "ledger runs resume \(result.run)"),
            .next("To stop here", command: "ledger runs abandon \(result.run) --reason …"),
        ]
    }
}
