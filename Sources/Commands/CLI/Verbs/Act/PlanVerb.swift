internal import ArgumentParser

/// `ledger plan`
struct PlanVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Lay out a deploy or revert, to be approved by somebody else",
        subcommands: [PlanDeploy.self, PlanRevert.self])

    struct PlanDeploy: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "deploy", abstract: "Lay out a deploy",
            discussion: "Example: ledger plan deploy v1.0.0 -e production")
        @OptionGroup var request: DeployOptions
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions

        func answer(_ wiring: Wiring) async throws -> Answer {
            try await request.prepared(wiring) { try await $0.layOut($1) }
        }
    }

    struct PlanRevert: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "revert", abstract: "Lay out a revert",
            discussion: "Example: ledger plan revert --to v0.9.9 -e production")
        @OptionGroup var request: RevertOptions
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions

        func answer(_ wiring: Wiring) async throws -> Answer {
            try await request.prepared(wiring) { try await $0.layOut($1) }
        }
    }
}
