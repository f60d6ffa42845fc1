internal import CommandEngine
internal import Commands
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// The result of a run, what runs now, and the next command.
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
            let runs = StateText.runs(ServiceAnswer(state))
            return .line("\(view.name): \(move.service) runs \(runs) (\(state.state.rawValue))")
        }
    }

    private func finished(
        verified: Bool, _ view: EnvironmentView, _ barriers: [String]
    ) -> Answer {
        var blocks = states(view)
        if !verified {
            blocks.append(
                .line("Not observed: the playbook does not define `observe` for every service."))
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
                "Fenced in \(plan.environment): \(names). Releases that descend from it are "
                    + "blocked until its fix is named (fence raise --fixed-by)."),
            .next("To undo", command: (lifts + reverts).joined(separator: " && ")),
        ]
    }

    private func undoDeploy(_ view: EnvironmentView, _ barriers: [String]) -> [Answer.Block] {
        let reverts = requestsBack(view, barriers)
        return reverts.isEmpty
            ? [] : [.next("To roll back", command: reverts.joined(separator: " && "))]
    }

    /// The commands that restore the previous releases, where another release runs now. A release
    /// that another tool deployed has no bundle: it can be deployed, but not reverted to.
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

    /// The migrations applied since the previous release ran that cannot be reverted.
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

    /// The commands that apply one verb to exactly these releases. One command for all if they
    /// share a tag and no other service has it; otherwise one for each service.
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

    /// A reference to a release: its tag, unless the current release has the same tag.
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
        if putBack { blocks.append(.line("The previous release was restored and observed.")) }
        if plan.onFailure == .back, !plan.back.isEmpty, !putBack {
            blocks.append(
                .line(
                    "The previous release might not be running: a step or health check of the "
                        + "rollback failed, or it could not be observed."))
        }
        blocks += failedBack.map {
            .line("Rollback step \($0.number) (\($0.name)) failed on \($0.host): inspect it.")
        }
        blocks += states(view)
        if !putBack, !out.isEmpty {
            let names = out.map(\.rawValue).joined(separator: ", ")
            blocks.append(
                .line(
                    "Still out of service: \(names) (returning requires a healthy release)."
                ))
        }
        blocks.append(.next("Show its entries", command: "ledger log --run \(run)"))
        let isWell = plan.moves.allSatisfy { view[$0.service]?.state == .verified }
        let before = plan.moves.filter { $0.from != nil }
        if !putBack, !isWell, !before.isEmpty {
            // The kept bundle is the rollback target; today's playbook may differ from it.
            let kept = before.filter { $0.bundleBack != nil }.compactMap(\.from)
            let others = before.filter { $0.bundleBack == nil }.compactMap(\.from)
            let commands = wishes("revert --to", kept, view) + wishes("deploy", others, view)
            blocks.append(
                .next(
                    "To roll back",
                    command: commands.map { $0 + " --again" }.joined(separator: " && ")))
        }
        return Answer(
            blocks, exit: putBack ? .notAsPlanned : isPartial ? .partial : .failed,
            outcome: putBack ? "putBack" : isPartial ? "partial" : "failed",
            reason: failure.cause.rawValue)
    }

    /// Rollback steps that failed.
    private func failedBack() async throws -> [Step] {
        let runs = try await recorder.projector.runs(in: plan.environment)
        guard let id = runs.first(where: { $0.number == run })?.id else { return [] }
        let steps = try await recorder.projector.run(id)?.steps ?? []
        let failed = Set(steps.filter { $0.state == Outcome.failed.rawValue }.map(\.number))
        return plan.back.filter { failed.contains($0.number) }
    }

    /// Hosts on which steps began, and which were not returned to service.
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
                    "Unknown whether step \(step.number) (\(step.name)) ran; it must not run twice."
                ),
                .line("Cause: an earlier attempt was interrupted in it, and it has no check."),
                .next(
                    "Inspect \(step.host). If the step is done",
                    command: "ledger runs resume \(run) --assume-done \(step.number)"),
                .next(
                    "If it is not done",
                    command: "ledger runs resume \(run) --assume-not-done \(step.number)"),
            ], exit: .failed, outcome: "undecided", reason: "once")
    }

    /// Some hosts are done; the others were left out on purpose.
    private func resting(_ view: EnvironmentView) -> Answer {
        Answer(
            [.line("Selected hosts updated; the other hosts are unchanged.")]
                + states(view) + [
                    .next("To continue with the other hosts", command: "ledger runs resume \(run)"),
                    .next("To stop here", command: "ledger runs abandon \(run) --reason …"),
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
            [.line("Stopped by the user after \(done) of \(plan.steps.count) steps.")]
                + plan.moves.compactMap { move in
                    view[move.service].map { state in
                        let before = state.release?.title ?? "nothing"
                        return .line(
                            "\(view.name): \(move.service) ran \(before), and is changing to "
                                + "\(move.to.title)")
                    }
                } + [
                    .next("To continue", command: "ledger runs resume \(run)"),
                    .next("To stop here", command: "ledger runs abandon \(run) --reason …"),
                ], exit: .failed, outcome: "paused", reason: "interrupted")
    }
}
