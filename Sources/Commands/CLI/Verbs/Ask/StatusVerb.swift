internal import ArgumentParser
internal import CommandEngine
internal import Commands
internal import Ledger
internal import LedgerOperations
internal import Projections

/// `ledger status`
struct StatusVerb: WatchingVerb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: Status.documentation.summary,
        discussion: """
            \(Status.documentation.discussion)

            --check first observes every host, with the probe from the bundle of the current \
            release. It records the observations. Exit code 2 if a host differs from the ledger.

            Example: ledger status -e production --at v0.9.9
            Example: ledger status -e production --check
            """)
    @OptionGroup var environment: EnvironmentOption
    @Flag(help: "Observe the hosts now, and record the observations.")
    var check = false
    @OptionGroup var watching: WatchOption
    @OptionGroup var at: AtOptions
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if check, watching.watch {
            throw ValidationError(
                "--check records what it observes; it cannot be used with --watch")
        }
        if check, at.at != nil || at.trueAt != nil {
            throw ValidationError(
                "--check observes the present; it cannot be used with --at or --true-at")
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        if !check { return try await told(wiring) }
        let observe = ObserveEnvironments(environment: environment.environment)
        let seen = try await wiring.acting { try await observe.answer(at: $0) }
        var answer = try await told(wiring)
        // Without observations, the caller must not take recorded states for observed ones.
        if seen.observed == 0 {
            answer.blocks.append(
                .hint(
                    "Nothing was observed: no running service has a probe (playbook: observe)."
                ))
            (answer.exit, answer.outcome) = (.notAsPlanned, "unverified")
        }
        if seen.asExpected < seen.observed {
            (answer.exit, answer.outcome) = (.changes, "changes")
        }
        return answer
    }

    private func told(_ wiring: Wiring) async throws -> Answer {
        let status = Status(environment: environment.environment, at: at.at, trueAt: at.trueAt)
        let found = try await wiring.answer(status)
        let rows = found.environments.flatMap { $0.services.map(StateText.row) }
        var hints = StateText.remarks(found, wiring.renderer.time)
        if rows.isEmpty, at.at != nil || at.trueAt != nil {
            hints.insert(.hint("Nothing had been deployed by then."), at: 0)
        } else if rows.isEmpty {
            hints =
                [
                    .hint("The ledger has recorded no deploy yet."),
                    .hint("To deploy", command: "ledger deploy TAG -e ENVIRONMENT"),
                    .hint(
                        "To record what another tool deployed",
                        command: "ledger record deploy.finished …"),
                ] + hints
        }
        let blocks = [.grid(Answer.Grid(StateText.columns, rows))] + hints
        // Encoding thousands of services is slow, so JSON is made only if it is requested.
        let isRead = shared.output == .json || shared.output == .jsonl
        return isRead ? Answer(blocks, value: found) : Answer(blocks)
    }
}

extension StatusVerb: ScannedVerb {
    static var blank: Self {
        var blank = Self()
        blank.environment = .blank
        blank.check = false
        blank.watching = .blank
        (blank.at, blank.shared) = (.blank, .blank)
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "--check": scan.read(&check)
        default:
            return environment.take(&scan) || watching.take(&scan) || at.take(&scan)
                || shared.take(&scan)
        }
        return true
    }

    mutating func validateAll() throws {
        try at.validateAll()
        try shared.validateAll()
        try validate()
    }
}
