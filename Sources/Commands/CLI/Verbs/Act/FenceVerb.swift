internal import ArgumentParser
internal import Commands
internal import Projections

/// `ledger fence`
struct FenceVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fence", abstract: "Block a release from an environment, or unblock it",
        subcommands: [Raise.self, Lift.self, List.self], defaultSubcommand: List.self)

    struct Raise: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "raise", abstract: "Fence a release and its descendants",
            discussion: """
                A fenced release cannot be deployed until the fence is lifted. Its descendants \
                cannot be deployed either, unless they contain a commit that --fixed-by names.

                Example: ledger fence raise v1.0.0 -e production --reason "leaks memory"
                Example: ledger fence raise v1.0.0 -e production --fixed-by 0a4d55a8 --reason "leak closed"
                """)
        @OptionGroup var mark: MarkOptions
        @Option(
            name: .customLong("fixed-by"),
            help: "The commit (or tag) with the fix: releases that contain it are allowed.")
        var fixes: [String] = []
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            try await mark.set(wiring, fixes: fixes) { .raiseFence($0, reason: $1, fixedBy: $2) }
        }
    }
    struct Lift: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "lift", abstract: "Lift the fence of a release",
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
            commandName: "list", abstract: "List the active fences")
        @OptionGroup var environment: EnvironmentOption
        @OptionGroup var at: AtOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            try await MarkOptions.list(.fence, environment.environment, at.at, wiring)
        }
    }
}
