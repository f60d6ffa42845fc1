internal import Commands
internal import Ledger
internal import Projections

/// How a run ended, what runs now, and what to run next.
struct Report {
    let plan: Plan
    let run: Int
    let recorder: Recorder

    func answer(_ outcome: RunOutcome) async throws -> Answer {
        let view = try await recorder.projector.environment(plan.environment)
        var answer: Answer
        switch outcome {
        case .finished(let verified): answer = finished(verified, view)
        case .failed(let reason, _, let putBack): answer = failed(reason, putBack, view)
        case .undecided(let step): answer = undecided(step)
        case .paused: answer = paused()
        }
        var members = answer.json.object ?? [:]
        members["run"] = JSONValue(run)
        members["environment"] = .string(plan.environment.rawValue)
        members["state"] = StateText.json(view)
        answer.json = .object(members)
        return answer
    }

    private func states(_ view: EnvironmentView) -> [Answer.Block] {
        plan.moves.compactMap { move in
            guard let state = view[move.service] else { return nil }
            let runs = StateText.row(state)[2]
            return .line("\(view.name): \(move.service) runs \(runs) (\(state.state.rawValue))")
        }
    }

    private func finished(_ verified: Bool, _ view: EnvironmentView) -> Answer {
        var blocks = states(view)
        if !verified {
            blocks.append(
                .line("Nobody saw it running: the playbook has no `observe` for every service."))
        }
        blocks += plan.kind == .revert ? undoRevert(view) : undoDeploy(view)
        return Answer(
            blocks, exit: verified ? .done : .notAsPlanned,
            outcome: verified ? "done" : "unverified", reason: verified ? nil : "notObserved")
    }

    /// The last line of a revert is the command that undoes it.
    private func undoRevert(_ view: EnvironmentView) -> [Answer.Block] {
        let fenced = plan.moves.filter { $0.takesBack != true }.compactMap(\.from).filter {
            view.fence(against: $0) != nil
        }
        if fenced.isEmpty { return undoDeploy(view) }
        let names = fenced.map { "\($0.service) \($0.title)" }.joined(separator: ", ")
        let back = Set(fenced.map(\.title)).sorted()
        let lifts = back.map { "ledger fence lift \($0) -e \(plan.environment) --reason …" }
        // Services that ran different releases before go back one after the other.
        let reverts = back.map { "ledger revert --to \($0) -e \(plan.environment)" }
        return [
            .line("\(names) may not come back to \(plan.environment) until the fence is lifted."),
            .line("To undo: " + (lifts + reverts).joined(separator: " && ")),
        ]
    }

    private func undoDeploy(_ view: EnvironmentView) -> [Answer.Block] {
        guard let from = plan.moves.first?.from, plan.moves.first?.to.title != from.title else {
            return []
        }
        return [.line("To go back: ledger revert --to \(from.title) -e \(plan.environment)")]
    }

    private func failed(_ reason: String, _ putBack: Bool, _ view: EnvironmentView) -> Answer {
        let mixed = plan.moves.contains { view[$0.service]?.state == .mixed }
        let headline = "The \(plan.kind.rawValue) failed: \(reason)"
        var blocks: [Answer.Block] = [.line(headline)]
        if putBack { blocks.append(.line("What ran before was put back, and was seen running.")) }
        blocks += states(view)
        blocks.append(.line("See it: ledger log --run \(run)"))
        let isWell = plan.moves.allSatisfy { view[$0.service]?.state == .verified }
        if !putBack, !isWell, let from = plan.moves.first?.from {
            let command = plan.kind == .deploy ? "revert --to" : "deploy"
            blocks.append(
                .line("To go back: ledger \(command) \(from.title) -e \(plan.environment) --again"))
        }
        return Answer(
            blocks, exit: putBack ? .notAsPlanned : mixed ? .partial : .failed,
            outcome: putBack ? "putBack" : "failed", reason: "step")
    }

    private func undecided(_ step: Step) -> Answer {
        Answer(
            [
                .line(
                    "Nobody knows whether step \(step.number) (\(step.name)) ran, and it must not run twice."
                ),
                .line("Cause: an earlier try was cut off in it, and it has no check that tells."),
                .line(
                    "Look at \(step.host) yourself, then: ledger runs resume \(run) "
                        + "--assume-done \(step.number), or --assume-not-done \(step.number)"),
            ], exit: .failed, outcome: "undecided", reason: "once")
    }

    private func paused() -> Answer {
        Answer(
            [
                .line("Stopped by hand. The run is where it was after its last step."),
                .line("To go on: ledger runs resume \(run)"),
                .line("To give it up: ledger runs abandon \(run) --reason …"),
            ], exit: .failed, outcome: "paused", reason: "interrupted")
    }
}
