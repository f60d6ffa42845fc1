internal import ArgumentParser
internal import Commands
internal import Projections

/// `ledger fence`
struct FenceVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fence", abstract: "Keep a release out of an environment, or let it in again",
        subcommands: [Raise.self, Lift.self, List.self], defaultSubcommand: List.self)

    struct Raise: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "raise", abstract: "Keep a release out, with what descends from it",
            discussion: """
                What descends from the release is kept out too, until the commit that mends it is named.

                Example: ledger fence raise v1.0.0 -e production --reason "leaks memory"
                Example: ledger fence raise v1.0.0 -e production --fixed-by 0a4d55a8 --reason "leak closed"
                """)
        @OptionGroup var mark: MarkOptions
        @Option(
            name: .customLong("fixed-by"),
            help: "The commit that mends it (or a tag of it): what has that may go out.")
        var fixes: [String] = []
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            try await mark.set(wiring, fixes: fixes) { .raiseFence($0, reason: $1, fixedBy: $2) }
        }
    }
    struct Lift: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "lift", abstract: "Let a release in again",
            discussion:
                "Example: ledger fence lift v1.0.0 -e production --reason \"fixed by configuration\""
        )
        @OptionGroup var mark: MarkOptions
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            try await mark.remove(wiring) { .liftFence(tag: $0, service: $1, reason: $2) }
        }
    }
    struct List: Verb {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Show the fences that stand")
        @OptionGroup var environment: EnvironmentOption
        @OptionGroup var at: AtOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            try await MarkOptions.list(.fence, environment.environment, at.at, wiring)
        }
    }
}
