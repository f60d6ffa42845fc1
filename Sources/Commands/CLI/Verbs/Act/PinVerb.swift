internal import ArgumentParser
internal import Commands
internal import Projections

/// `ledger pin`
struct PinVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: "Keep a release as a rollback target, safe from cleanup",
        subcommands: [Put.self, Remove.self, List.self], defaultSubcommand: List.self)

    struct Put: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Pin a release",
            discussion: "Example: ledger pin set v0.9.9 -e production --reason \"last known good\"")
        @OptionGroup var mark: MarkOptions
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            try await mark.set(wiring) { releases, reason, _ in .setPin(releases, reason: reason) }
        }
    }
    struct Remove: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Remove a pin")
        @OptionGroup var mark: MarkOptions
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            try await mark.remove(wiring) { .removePin(tag: $0, service: $1, reason: $2) }
        }
    }
    struct List: Verb {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the active pins")
        @OptionGroup var environment: EnvironmentOption
        @OptionGroup var at: AtOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            try await MarkOptions.list(.pin, environment.environment, at.at, wiring)
        }
    }
}
