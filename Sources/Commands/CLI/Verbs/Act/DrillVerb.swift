internal import ArgumentParser
internal import CommandEngine
internal import Commands
internal import Ledger
internal import LedgerOperations
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
        let rehearsal = Rehearsal(
            request.target.name, environment: request.environment.environment,
            terms: request.options.terms(nil, wait))
        return try await wiring.acting(waiting: wait) { desk in
            let (there, since) = try await rehearsal.revertProposal(at: desk)
            var dialog = PlanDialog(
                wiring: wiring, desk: desk, isDryRun: rehearsal.terms.dryRun,
                reason: there.plan.reason, yes: yes)
            guard let went = try await dialog.run(there) else {
                return try await dialog.nothingToDo(there)
            }
            guard let result = went.result else { return went.answer }
            let seconds = try await rehearsal.record(there.plan, result, since: since, at: desk)
            guard result.outcome == .done else { return went.answer }
            // The drill itself deploys the current release again, so it shows no rollback command.
            wiring.show(went.answer.blocks.filter { if case .next = $0 { false } else { true } })
            let back = try await rehearsal.returnProposal(of: there.plan, since: since, at: desk)
            // The person confirmed the drill as a whole.
            dialog.yes = YesOptions.given
            var answer = try await dialog.carryOut(back)
            guard answer.exit == .done else { return answer }
            answer.blocks.append(
                .line(
                    "Drill succeeded: \(there.plan.moves.map(\.to.title).joined(separator: ", ")) "
                        + "in \(seconds) s, from the first step to the last observation."))
            return answer
        }
    }
}
