internal import ArgumentParser

/// `ledger deploy`
struct DeployVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "deploy", abstract: "Deploy a release",
        discussion: """
            Shows the plan and asks for confirmation. Then it runs the playbook's steps one by \
            one, and verifies the result by observation.

            Example: ledger deploy v1.0.0 -e production
            """)
    @OptionGroup var request: DeployOptions
    @OptionGroup var options: RunOptions
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await request.carryOut(wiring, options)
    }
}
