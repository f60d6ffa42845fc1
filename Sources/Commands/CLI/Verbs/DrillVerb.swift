internal import ArgumentParser
internal import Commands
internal import Ledger
internal import Projections

/// `ledger drill`
struct DrillVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "drill", abstract: "Rehearse a revert, and record how long it took",
        discussion: """
            Reverts for real, and then brings back what ran before. Nothing is fenced. `ledger targets` shows \
            the result of the last rehearsal, wherever it was. Protected environments are not for drills.

            Example: ledger drill --to v0.9.9 -e staging
            """)
    @OptionGroup var wish: RevertWish
    @OptionGroup var yes: YesOptions
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.recording { recorder in
            let name = try wiring.playbook().environment(named: wish.environment.environment)
            let before = try await recorder.store.head().sequence
            let there = try await prepared(
                wish.target.target(wiring, recorder.projector, in: name), wiring, recorder, name)
            if there.plan.protected || there.plan.approvals != nil {
                throw Refusal(
                    .notPossible, "\(name) is protected: what is rehearsed there happens to people",
                    hint: "rehearse where it hurts nobody: ledger drill -e staging …")
            }
            try Self.refuseOneWay(
                there.plan, try await recorder.projector.environment(name))
            var acting = Acting(
                wiring: wiring, recorder: recorder, isDryRun: wish.options.dryRun,
                reason: wish.options.reason ?? "drill", yes: yes)
            let went = try await acting.carryOut(there)
            if there.plan.moves.isEmpty || wish.options.dryRun { return went }
            let facts = try await Self.checks(there.plan, went, since: before, recorder)
            _ = try await recorder.record(facts)
            guard went.exit == .done else { return went }
            wiring.show(went.blocks)
            let back = try await prepared(
                .reference(.sequence(before)), wiring, recorder, name,
                there.plan.moves.map(\.service))
            acting.yes = YesOptions.given
            var answer = try await acting.carryOut(back)
            let seconds = facts.first?.fields["milliseconds"]?.integer.map { Double($0) / 1000 }
            guard answer.exit == .done else { return answer }
            answer.blocks.append(
                .line(
                    "The drill went: \(there.plan.moves.map(\.to.title).joined(separator: ", ")) "
                        + "in \(seconds ?? 0) s, from the first step to the last look."))
            return answer
        }
    }

    /// What could not be brought back is not left.
    private static func refuseOneWay(_ plan: Plan, _ view: EnvironmentView) throws(Refusal) {
        for move in plan.moves {
            let why: String
            if move.bundleBack == nil {
                why = "the ledger has no bundle of what it runs now"
            } else if let from = move.from, let fence = view.fence(against: from) {
                why = "\(from.title), which it runs now, is fenced: \(fence.reason)"
            } else if move.observe == nil || move.observeBack == nil {
                why = "it has no way to be observed"
            } else {
                continue
            }
            throw Refusal(
                .notPossible, "\(move.service) could not be brought back after the drill",
                cause: why, hint: "deploy it first: ledger deploy … -e \(view.name)")
        }
    }

    private func prepared(
        _ target: Target, _ wiring: Wiring, _ recorder: Recorder, _ name: EnvironmentName,
        _ services: [ServiceName]? = nil
    ) async throws -> PreparedPlan {
        var plan = wish.options.wish(.revert)
        plan.drill = true
        plan.reason = plan.reason ?? "drill"
        let made = try await wiring.planner(recorder).revert(
            to: target, in: name, services: services ?? wish.options.names, plan)
        return try await wish.looked(at: made, wiring, recorder)
    }

    /// What is recorded of the rehearsal, from what its run wrote down.
    private static func checks(
        _ plan: Plan, _ answer: Answer, since sequence: Int, _ recorder: Recorder
    ) async throws -> [Fact] {
        var filter = EntryFilter()
        filter.environments = [plan.environment]
        filter.sequences = sequence + 1...filter.sequences.upperBound
        filter.kinds = [EventKind.stepStarted.rawValue, EventKind.hostObserved.rawValue]
        var times: [Timestamp] = []
        try await recorder.store.each(filter) { times.append($0.time) }
        let seconds = times.last.map { $0.seconds(since: times[0]) } ?? 0
        return plan.moves.map { move in
            let went = answer.exit == .done
            return Fact(
                .targetChecked(
                    TargetCheck(
                        environment: plan.environment, service: move.service,
                        outcome: went ? .succeeded : .failed, tag: move.to.tag,
                        digest: move.to.digest, revision: move.to.revision, rehearsed: true,
                        milliseconds: Int((seconds * 1000).rounded()),
                        detail: went ? nil : answer.reason)))
        }
    }
}
