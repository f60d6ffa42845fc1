internal import ArgumentParser

/// `ledger plan`
struct PlanVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Plan a deploy or revert, and request approval",
        subcommands: [PlanDeploy.self, PlanRevert.self])

    struct PlanDeploy: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "deploy", abstract: "Plan a deploy, and request approval",
            discussion: "Example: ledger plan deploy v1.0.0 -e production")
        @OptionGroup var request: DeployOptions
        @OptionGroup var hosts: HostsOption
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions

        func answer(_ wiring: Wiring) async throws -> Answer {
            try await request.prepared(wiring, RunOptions(hosts: hosts)) {
                try await $0.layOut($1)
            }
        }
    }

    struct PlanRevert: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "revert", abstract: "Plan a revert, and request approval",
            discussion: "Example: ledger plan revert --to v0.9.9 -e production")
        @OptionGroup var request: RevertOptions
        @OptionGroup var hosts: HostsOption
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions

        func answer(_ wiring: Wiring) async throws -> Answer {
            try await request.prepared(wiring, RunOptions(hosts: hosts)) {
                try await $0.layOut($1)
            }
        }
    }
}
