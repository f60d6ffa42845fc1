internal import ArgumentParser
internal import CommandEngine
internal import Commands
internal import Ledger
internal import Projections

/// `ledger drill`
struct DrillVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "drill", abstract: "Rehearse a revert, and record how long it took",
        discussion: """
            Reverts the environment, and then deploys the current release again. No release is \
            fenced. `ledger targets` shows the result of the last drill in any environment. Drills \
            are not allowed in protected environments.

            Example: ledger drill --to v0.9.9 -e staging
            """)
    @OptionGroup var request: RevertOptions
    @OptionGroup var yes: YesOptions
    @OptionGroup var wait: WaitOption
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.recording { recorder in
            let name = try wiring.playbook().environment(named: request.environment.environment)
            try await wait.wait(wiring, recorder, in: name)
            let before = try await recorder.store.head().sequence
            let there = try await prepared(
                request.target.target(wiring, recorder.projector, in: name), wiring, recorder, name)
            try Drill.refuse(there.plan, in: try await recorder.projector.environment(name))
            var acting = Acting(
                wiring: wiring, recorder: recorder, isDryRun: request.options.dryRun,
                reason: request.options.reason ?? "drill", yes: yes)
            let went = try await acting.carryOut(there)
            if there.plan.moves.isEmpty || request.options.dryRun { return went }
            let facts = try await Drill.checks(
                of: there.plan, went: went.exit == .done, why: went.reason, since: before,
                recorder.store)
            _ = try await recorder.record(facts)
            guard went.exit == .done else { return went }
            // The drill itself deploys the current release again, so it shows no rollback command.
            wiring.show(went.blocks.filter { if case .next = $0 { false } else { true } })
            let back = try await prepared(
                .reference(.sequence(before)), wiring, recorder, name,
                there.plan.moves.map(\.service))
            acting.yes = YesOptions.given
            var answer = try await acting.carryOut(back)
            let seconds = facts.first?.fields["milliseconds"]?.integer.map { Double($0) / 1000 }
            guard answer.exit == .done else { return answer }
            answer.blocks.append(
                .line(
                    "Drill succeeded: \(there.plan.moves.map(\.to.title).joined(separator: ", ")) "
                        + "in \(seconds ?? 0) s, from the first step to the last observation."))
            return answer
        }
    }

    private func prepared(
        _ target: Target, _ wiring: Wiring, _ recorder: Recorder, _ name: EnvironmentName,
        _ services: [ServiceName]? = nil
    ) async throws -> PreparedPlan {
        var plan = request.options.request(.revert)
        plan.drill = true
        plan.reason = plan.reason ?? "drill"
        let made = try await wiring.planner(recorder).revert(
            to: target, in: name, services: services ?? request.options.names, plan)
        return try await request.looked(at: made, wiring, recorder)
    }
}
