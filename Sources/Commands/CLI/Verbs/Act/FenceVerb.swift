internal import ArgumentParser
internal import LedgerOperations
internal import Projections

/// `ledger fence`
struct FenceVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fence", abstract: "Block a release from an environment, or unblock it",
        subcommands: [Raise.self, Lift.self, List.self], defaultSubcommand: List.self)

    struct Raise: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "raise", abstract: RaiseFence.documentation.summary,
            discussion: """
                \(RaiseFence.documentation.discussion)

                Example: ledger fence raise v1.0.0 -e production --reason "leaks memory"
                Example: ledger fence raise v1.0.0 -e production --fixed-by 0a4d55a8 --reason "leak closed"
                """)
        @OptionGroup var mark: MarkOptions
        @Option(name: .customLong("fixed-by"), help: RaiseFence.help("fixes"))
        var fixes: [String] = []
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            let raise = RaiseFence(
                mark.tag, environment: mark.environment.environment, service: mark.service,
                reason: mark.reason, fixes: fixes)
            return MarkText.answer(try await wiring.changing { try await raise.answer(at: $0) })
        }
    }
    struct Lift: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "lift", abstract: LiftFence.documentation.summary,
            discussion:
                "Example: ledger fence lift v1.0.0 -e production --reason \"fixed by configuration\""
        )
        @OptionGroup var mark: MarkOptions
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            let lift = LiftFence(
                mark.tag, environment: mark.environment.environment, service: mark.service,
                reason: mark.reason)
            return MarkText.answer(try await wiring.changing { try await lift.answer(at: $0) })
        }
    }
    struct List: Verb {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the active fences")
        @OptionGroup var environment: EnvironmentOption
        @OptionGroup var at: AtOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            try await MarkText.list(.fence, environment, at, wiring)
        }
    }
}
