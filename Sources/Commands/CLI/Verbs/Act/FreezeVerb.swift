internal import ArgumentParser
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger freeze`
struct FreezeVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze", abstract: "Suspend deploys to an environment, or allow them again",
        subcommands: [Start.self, End.self, List.self], defaultSubcommand: List.self)

    struct Start: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "start", abstract: StartFreeze.documentation.summary,
            discussion: """
                \(StartFreeze.documentation.discussion)

                Example: ledger freeze start -e production --reason "sale" --until 12h
                """)
        @OptionGroup var environment: EnvironmentOption
        @Option(help: StartFreeze.help("reason"))
        var reason: String
        @Option(help: StartFreeze.help("until"))
        var until: String?
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            let start = StartFreeze(
                environment: environment.environment, reason: reason, until: until)
            let made = try await wiring.changing { try await start.answer(at: $0) }
            let name = made.entry.subject.environment?.rawValue ?? ""
            return Answer(
                [
                    .line("entry \(made.entry.sequence): \(name) is frozen"),
                    .hint("To end it", command: "ledger freeze end -e \(shell: name) --reason …"),
                ], value: made)
        }
    }
    struct End: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "end", abstract: EndFreeze.documentation.summary,
            discussion: "Example: ledger freeze end -e production --reason \"the sale is over\"")
        @OptionGroup var environment: EnvironmentOption
        @Option(help: EndFreeze.help("reason"))
        var reason: String
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            let end = EndFreeze(environment: environment.environment, reason: reason)
            let made = try await wiring.changing { try await end.answer(at: $0) }
            let name = made.entry.subject.environment?.rawValue ?? ""
            return Answer(
                [.line("entry \(made.entry.sequence): deploys to \(name) are allowed again")],
                value: made)
        }
    }
    struct List: Verb {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the active freezes that were recorded",
            discussion: "Freezes of the playbook are not recorded: ledger gate names them.")
        @OptionGroup var environment: EnvironmentOption
        @OptionGroup var at: AtOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            try await MarkText.list(.freeze, environment, at, wiring)
        }
    }
}
