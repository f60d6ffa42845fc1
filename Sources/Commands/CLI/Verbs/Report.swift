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
        let lifts = wishes("fence lift", fenced, view).map { $0 + " --reason …" }
        let reverts = wishes("revert --to", changed, view)
        return [
            .line("\(names) may not come back to \(plan.environment) until the fence is lifted."),
            .line("To undo: " + (lifts + reverts).joined(separator: " && ")),
        ]
    }

    private func undoDeploy(_ view: EnvironmentView) -> [Answer.Block] {
        let reverts = wishes("revert --to", changed, view)
        return reverts.isEmpty
            ? [] : [.line("To go back: " + reverts.joined(separator: " && "))]
    }

    /// What ran before, where something else runs now.
    private var changed: [Release] {
        plan.moves.compactMap { $0.from?.title == $0.to.title ? nil : $0.from }
    }

    /// The commands that say one wish of some releases and of nothing else: one for all if they
    /// bear one tag and no other service is there to be meant too, else one for each service.
    private func wishes(
        _ verb: String, _ releases: [Release], _ view: EnvironmentView
    ) -> [String] {
        let isOne = Set(releases.map(\.title)).count == 1
        let others = Set(view.services.map(\.service)).subtracting(releases.map(\.service))
        if let title = releases.first?.title, isOne, others.isEmpty {
            return ["ledger \(verb) \(title) -e \(plan.environment)"]
        }
        return releases.map {
            "ledger \(verb) \($0.title) -e \(plan.environment) --service \($0.service)"
        }
    }

    private func failed(_ reason: String, _ putBack: Bool, _ view: EnvironmentView) -> Answer {
        let mixed = plan.moves.contains { view[$0.service]?.state == .mixed }
        let headline = "The \(plan.kind.rawValue) failed: \(reason)"
        var blocks: [Answer.Block] = [.line(headline)]
        if putBack { blocks.append(.line("What ran before was put back, and was seen running.")) }
        blocks += states(view)
        blocks.append(.line("See it: ledger log --run \(run)"))
        let isWell = plan.moves.allSatisfy { view[$0.service]?.state == .verified }
        let before = plan.moves.compactMap(\.from)
        if !putBack, !isWell, !before.isEmpty {
            let commands = wishes(plan.kind == .deploy ? "revert --to" : "deploy", before, view)
            blocks.append(
                .line("To go back: " + commands.map { $0 + " --again" }.joined(separator: " && ")))
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
