internal import ArgumentParser
internal import LedgerOperations
internal import Projections

/// `ledger pin`
struct PinVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: SetPin.documentation.summary,
        subcommands: [Put.self, Remove.self, List.self], defaultSubcommand: List.self)

    struct Put: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Pin a release",
            discussion: "Example: ledger pin set v0.9.9 -e production --reason \"last known good\"")
        @OptionGroup var mark: MarkOptions
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            let pin = SetPin(
                mark.tag, environment: mark.environment.environment, service: mark.service,
                reason: mark.reason)
            return MarkText.answer(try await wiring.changing { try await pin.answer(at: $0) })
        }
    }
    struct Remove: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Remove a pin")
        @OptionGroup var mark: MarkOptions
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            let pin = RemovePin(
                mark.tag, environment: mark.environment.environment, service: mark.service,
                reason: mark.reason)
            return MarkText.answer(try await wiring.changing { try await pin.answer(at: $0) })
        }
    }
    struct List: Verb {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the active pins")
        @OptionGroup var environment: EnvironmentOption
        @OptionGroup var at: AtOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            try await MarkText.list(.pin, environment, at, wiring)
        }
    }
}
