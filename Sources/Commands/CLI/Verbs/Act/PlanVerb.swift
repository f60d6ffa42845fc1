internal import ArgumentParser
internal import LedgerOperations

/// `ledger plan`
struct PlanVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Plan a deploy or revert, and request approval",
        subcommands: [Deploy.self, Revert.self])

    struct Deploy: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "deploy", abstract: PlanDeploy.documentation.summary,
            discussion: "Example: ledger plan deploy v1.0.0 -e production")
        @OptionGroup var request: DeployOptions
        @OptionGroup var hosts: HostsOption
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions

        func answer(_ wiring: Wiring) async throws -> Answer {
            try await request.plan(wiring, hosts)
        }
    }

    struct Revert: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "revert", abstract: PlanRevert.documentation.summary,
            discussion: "Example: ledger plan revert --to v0.9.9 -e production")
        @OptionGroup var request: RevertOptions
        @OptionGroup var hosts: HostsOption
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions

        func answer(_ wiring: Wiring) async throws -> Answer {
            try await request.plan(wiring, hosts)
        }
    }
}
