internal import ArgumentParser
internal import CommandEngine
internal import Commands
internal import Ledger
internal import LedgerOperations
internal import Projections

/// `ledger status`
struct StatusVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: Status.documentation.summary,
        discussion: """
            \(Status.documentation.discussion)

            --check looks at every host first, with the probe that was kept with what runs there, and \
            records what it saw: exit code 2 if anything is not as the ledger had it.

            Example: ledger status -e production --at v0.9.9
            Example: ledger status -e production --check
            """)
    @OptionGroup var environment: EnvironmentOption
    @Flag(help: "Look at the hosts now, and record it.")
    var check = false
    @OptionGroup var at: AtOptions
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if check, at.at != nil || at.trueAt != nil {
            throw ValidationError("--check looks at what is so now, not at a time")
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        if !check { return try await told(wiring) }
        let seen = try await wiring.recording { try await look($0, wiring) }
        var answer = try await told(wiring)
        // Whoever asked for a look, and got none, must not take what is told for what was seen.
        if seen.isEmpty {
            answer.blocks.append(
                .hint(
                    "Nothing was looked at: no service that runs has a probe (observe: in the playbook)."
                ))
            (answer.exit, answer.outcome) = (.notAsPlanned, "unverified")
        }
        if seen.contains(false) { (answer.exit, answer.outcome) = (.changes, "changes") }
        return answer
    }

    /// Looks at all that runs, and records it; for each host whether it was as the ledger had it.
    private func look(_ recorder: Recorder, _ wiring: Wiring) async throws -> [Bool] {
        let playbook = try wiring.playbook()
        let names =
            try environment.environment.map { [try playbook.environment(named: $0)] }
            ?? playbook.environments.keys.sorted()
        let inspection = try await wiring.inspection(recorder)
        var all: [Bool] = []
        for name in names {
            let view = try await recorder.projector.environment(name)
            let seen = try await inspection.look(at: view.services.map(\.service), in: view)
            _ = try await recorder.record(seen.map { Fact(.hostObserved($0)) })
            all += seen.map { $0.isAsExpected(in: view) }
        }
        return all
    }

    private func told(_ wiring: Wiring) async throws -> Answer {
        let status = Status(environment: environment.environment, at: at.at, trueAt: at.trueAt)
        let found = try await wiring.asking { try await status.answer(at: $0) }
        let rows = found.environments.flatMap { $0.services.map(StateText.row) }
        var hints = StateText.remarks(found, now: wiring.now).map { Answer.Block.hint($0) }
        if rows.isEmpty {
            hints =
                [
                    .hint("Nothing has been deployed yet, as far as the ledger knows."),
                    .hint(
                        "Next: ledger deploy TAG -e ENVIRONMENT, or ledger record deploy.finished …"
                    ),
                ] + hints
        }
        let blocks = [.grid(Answer.Grid(StateText.columns, rows))] + hints
        // Thousands of services take their time as a value: it is made only if it is asked for.
        let isRead = shared.output == .json || shared.output == .jsonl
        return isRead ? Answer(blocks, value: found) : Answer(blocks)
    }
}
