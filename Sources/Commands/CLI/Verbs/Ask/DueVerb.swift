internal import ArgumentParser
internal import Ledger
internal import LedgerOperations
internal import Projections

/// `ledger due`
struct DueVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "due", abstract: Due.documentation.summary,
        discussion: """
            \(Due.documentation.discussion)

            Example: ledger due -e staging --output json
            """)
    @OptionGroup var environment: EnvironmentOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let due = Due(environment: environment.environment)
        let found = try await wiring.answer(due)
        let rows = found.map { candidate in
            [
                candidate.environment.rawValue, candidate.release.service.rawValue,
                candidate.release.title, candidate.state.rawValue,
                candidate.reasons.joined(separator: "; "),
            ]
        }
        return .list(
            Answer.Grid(
                ["environment", "service", "release", "state", Column("because", .wraps)], rows),
            value: found,
            ifEmpty: "No policy of \(environment.environment ?? "an environment") defines which "
                + "releases are due.")
    }
}
