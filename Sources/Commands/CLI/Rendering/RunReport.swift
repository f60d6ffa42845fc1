internal import CommandEngine
internal import Commands
internal import Ledger
internal import LedgerOperations
internal import LedgerText
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
        case .finished(let verified):
            answer = finished(verified: verified, view, try await barriers())
        case .failed(let failure, let putBack):
            answer = failed(
                failure, putBack: putBack, view, try await outOfService(), try await failedBack())
        case .undecided(let step): answer = undecided(step)
        case .paused: answer = try await paused(view)
        case .resting: answer = resting(view)
        }
        var members = answer.json.object ?? [:]
        members["run"] = JSONValue(run)
        members["environment"] = .string(plan.environment.rawValue)
        members["state"] = (try? JSONValue(encoding: EnvironmentAnswer(view))) ?? .null
        answer.json = .object(members)
        return answer
    }

    private func states(_ view: EnvironmentView) -> [Answer.Block] {
        plan.moves.compactMap { move in
            guard let state = view[move.service] else { return nil }
            let runs = StateText.row(ServiceAnswer(state))[2]
            return .line("\(view.name): \(move.service) runs \(runs) (\(state.state.rawValue))")
        }
    }

    private func finished(
        verified: Bool, _ view: EnvironmentView, _ barriers: [String]
    ) -> Answer {
        var blocks = states(view)
        if !verified {
            blocks.append(
                .line("Nobody saw it running: the playbook has no `observe` for every service."))
        }
        blocks += plan.kind == .revert ? undoRevert(view, barriers) : undoDeploy(view, barriers)
        return Answer(
            blocks, exit: verified ? .done : .notAsPlanned,
            outcome: verified ? "done" : "unverified", reason: verified ? nil : "notObserved")
    }

    /// The last line of a revert is the command that undoes it.
    private func undoRevert(_ view: EnvironmentView, _ barriers: [String]) -> [Answer.Block] {
        let fenced = plan.moves.filter { $0.takesBack != true }.compactMap(\.from).filter {
            view.fence(against: $0) != nil
        }
        if fenced.isEmpty { return undoDeploy(view, barriers) }
        let names = fenced.map { "\($0.service) \($0.title)" }.joined(separator: ", ")
        let lifts = wishes("fence lift", fenced, view).map { $0 + " --reason …" }
        let reverts = requestsBack(view, barriers)
        return [
            .line(
                "\(names) may not come back to \(plan.environment) until the fence is lifted; "
                    + "what descends from it, until its fix is named (fence raise --fixed-by)."),
            .line("To undo: " + (lifts + reverts).joined(separator: " && ")),
        ]
    }

    private func undoDeploy(_ view: EnvironmentView, _ barriers: [String]) -> [Answer.Block] {
        let reverts = requestsBack(view, barriers)
        return reverts.isEmpty
            ? [] : [.line("To go back: " + reverts.joined(separator: " && "))]
    }

    /// The commands that bring back what ran before, where something else runs now. What was
    /// deployed by others left no bundle: no revert leads to it, a deploy may.
    private func requestsBack(_ view: EnvironmentView, _ barriers: [String]) -> [String] {
        let changed = plan.moves.filter { move in
            move.from.map { !$0.runsTheSame(as: move.to) } ?? false
        }
        let kept = changed.filter { $0.bundleBack != nil }.compactMap(\.from)
        let others = changed.filter { $0.bundleBack == nil }.compactMap(\.from)
        let over = barriers.map { " --accept-migration \(shell: $0)" }.joined()
        return wishes("revert --to", kept, view).map {
            over.isEmpty ? $0 : "\($0)\(over) --reason …"
        } + wishes("deploy", others, view)
    }

    /// The migrations applied since what ran before that nothing leads back over.
    private func barriers() async throws -> [String] {
        let projector = recorder.projector
        let past = try await projector.deployments(of: nil, in: plan.environment)
        var names: [String] = []
        for move in plan.moves {
            guard let from = move.from,
                let last = past.last(where: { $0.release.runsTheSame(as: from) }),
                let name = try await projector.irreversible(since: last, in: plan.environment),
                !names.contains(name)
            else { continue }
            names.append(name)
        }
        return names
    }

    /// The commands that say one command of some releases and of nothing else: one for all if they
    /// bear one tag and no other service is there to be meant too, else one for each service.
    private func wishes(
        _ verb: String, _ releases: [Release], _ view: EnvironmentView
    ) -> [String] {
        let isOne = Set(releases.map(\.title)).count == 1
        let others = Set(view.services.map(\.service)).subtracting(releases.map(\.service))
        if let first = releases.first, isOne, others.isEmpty {
            return ["ledger \(verb) \(shell: name(of: first)) -e \(shell: plan.environment)"]
        }
        return releases.map {
            "ledger \(verb) \(shell: name(of: $0)) -e \(shell: plan.environment) --service \(shell: $0.service)"
        }
    }

    /// What leads to a release: its tag, unless what runs now bears the same.
    private func name(of release: Release) -> String {
        let isMoved = plan.moves.contains {
            $0.to.title == release.title && !$0.to.runsTheSame(as: release)
        }
        return isMoved
            ? release.digest?.rawValue ?? release.revision?.rawValue ?? release.title
            : release.title
    }

    private func failed(
        _ failure: Run.Failure, putBack: Bool, _ view: EnvironmentView, _ out: [HostName],
        _ failedBack: [Step]
    ) -> Answer {
        let isPartial = plan.moves.contains { view[$0.service]?.hostsDiffer ?? false }
        let headline = "The \(plan.kind.rawValue) failed: \(failure.reason)"
        var blocks: [Answer.Block] = [.line(headline)]
        if putBack { blocks.append(.line("What ran before was put back, and was seen running.")) }
        if plan.onFailure == .back, !plan.back.isEmpty, !putBack {
            blocks.append(
                .line(
                    "What ran before is not certain to be back: a step of it or its health failed, "
                        + "or nobody could see it."))
        }
        blocks += failedBack.map {
            .line("Putting back, step \($0.number) (\($0.name)) failed on \($0.host): look there.")
        }
        blocks += states(view)
        if !putBack, !out.isEmpty {
            let names = out.map(\.rawValue).joined(separator: ", ")
            blocks.append(
                .line(
                    "Not put back into service: \(names) (the step for it waits until all is well)."
                ))
        }
        blocks.append(.line("See it: ledger log --run \(run)"))
        let isWell = plan.moves.allSatisfy { view[$0.service]?.state == .verified }
        let before = plan.moves.filter { $0.from != nil }
        if !putBack, !isWell, !before.isEmpty {
            // What the ledger keeps leads back; today's playbook may have moved on.
            let kept = before.filter { $0.bundleBack != nil }.compactMap(\.from)
            let others = before.filter { $0.bundleBack == nil }.compactMap(\.from)
            let commands = wishes("revert --to", kept, view) + wishes("deploy", others, view)
            blocks.append(
                .line("To go back: " + commands.map { $0 + " --again" }.joined(separator: " && ")))
        }
        return Answer(
            blocks, exit: putBack ? .notAsPlanned : isPartial ? .partial : .failed,
            outcome: putBack ? "putBack" : isPartial ? "partial" : "failed",
            reason: failure.cause.rawValue)
    }

    /// Steps of the way back that failed.
    private func failedBack() async throws -> [Step] {
        let runs = try await recorder.projector.runs(in: plan.environment)
        guard let id = runs.first(where: { $0.number == run })?.id else { return [] }
        let steps = try await recorder.projector.run(id)?.steps ?? []
        let failed = Set(steps.filter { $0.state == Outcome.failed.rawValue }.map(\.number))
        return plan.back.filter { failed.contains($0.number) }
    }

    /// Hosts on which something was begun, and which were not put back into service.
    private func outOfService() async throws -> [HostName] {
        let runs = try await recorder.projector.runs(in: plan.environment)
        guard let id = runs.first(where: { $0.number == run })?.id,
            let steps = try await recorder.projector.run(id)?.steps
        else { return [] }
        let begun = Set(steps.map(\.number))
        let done = Set(steps.filter { $0.state == Outcome.succeeded.rawValue }.map(\.number))
        return plan.hosts.filter { host in
            let mine = plan.steps.filter { $0.host == host }
            return mine.contains { begun.contains($0.number) }
                && mine.contains { $0.afterLook == true && !done.contains($0.number) }
        }
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

    /// Some hosts are done, the others were left out on purpose.
    private func resting(_ view: EnvironmentView) -> Answer {
        Answer(
            [.line("The hosts that were wanted are done; the others still run what they ran.")]
                + states(view) + [
                    .line("To do the rest: ledger runs resume \(run)"),
                    .line("To leave it so: ledger runs abandon \(run) --reason …"),
                ], exit: .partial, outcome: "partial", reason: "hosts")
    }

    private func paused(_ view: EnvironmentView) async throws -> Answer {
        let runs = try await recorder.projector.runs(in: plan.environment)
        var steps: [RunView.StepState] = []
        if let id = runs.first(where: { $0.number == run })?.id {
            steps = try await recorder.projector.run(id)?.steps ?? []
        }
        let done = steps.filter { $0.state == Outcome.succeeded.rawValue }.count
        return Answer(
            [.line("Stopped by hand after \(done) of \(plan.steps.count) steps.")]
                + plan.moves.compactMap { move in
                    view[move.service].map { state in
                        let before = state.release?.title ?? "nothing"
                        return .line(
                            "\(view.name): \(move.service) ran \(before), and is on its way to "
                                + "\(move.to.title)")
                    }
                } + [
                    .line("To go on: ledger runs resume \(run)"),
                    .line("To give it up: ledger runs abandon \(run) --reason …"),
                ], exit: .failed, outcome: "paused", reason: "interrupted")
    }
}
