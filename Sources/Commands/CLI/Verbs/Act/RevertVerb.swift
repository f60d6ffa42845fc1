internal import ArgumentParser

/// `ledger revert`
struct RevertVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "revert",
        abstract: "Roll an environment back to an earlier release",
        discussion: """
            Uses the bundle of that release's deploy: its steps and scripts, not today's. The \
            reverted release is fenced: it cannot be deployed again until someone lifts the fence.

            `rollback` is another name for it. The target may also be given with --to.

            Example: ledger revert v0.9.9 -e production
            Example: ledger rollback previous -e production --dry-run
            """)
    @OptionGroup var request: RevertOptions
    @OptionGroup var options: RunOptions
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await request.carryOut(wiring, options)
    }
}

/// `ledger rollback`: another name for `ledger revert`, with its own completions.
struct RollbackVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Another name for revert",
        discussion: "Example: ledger rollback v0.9.9 -e production", shouldDisplay: false)
    @OptionGroup var revert: RevertVerb

    func run() async throws { try await revert.run() }
}
