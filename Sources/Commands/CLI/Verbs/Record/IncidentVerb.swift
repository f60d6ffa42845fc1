internal import ArgumentParser
internal import Ledger
internal import LedgerOperations
internal import LedgerText

/// `ledger incident`
struct IncidentVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incident", abstract: "Open, resolve, list or show incidents",
        subcommands: [Open.self, Resolve.self, List.self, Show.self], defaultSubcommand: List.self)

    struct Open: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "open", abstract: OpenIncident.documentation.summary,
            discussion:
                "Example: ledger incident open checkout-fails -e production --severity 1 --time 5min"
        )
        @Argument(help: OpenIncident.help("name"))
        var name: String
        @OptionGroup var environment: EnvironmentOption
        @Option(help: OpenIncident.help("service"), completion: .live(.services))
        var service: String?
        @Option(help: OpenIncident.help("severity"))
        var severity: String?
        @Option(help: OpenIncident.help("summary"))
        var summary: String?
        @Option(help: OpenIncident.help("url"))
        var url: String?
        @Option(help: OpenIncident.help("time"))
        var time: String?
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            let open = OpenIncident(
                name, environment: environment.environment, service: service, severity: severity,
                summary: summary, url: url, time: time)
            let made = try await wiring.changing { try await open.answer(at: $0) }
            // As it was recorded, without secrets.
            let name = made.entry.payload["name"]?.string ?? ""
            return Answer(
                [
                    .line("entry \(made.entry.sequence): incident \(name) is open"),
                    .hint(
                        "To see the deploys before it",
                        command: "ledger incident show \(shell: name)"),
                ], value: made)
        }
    }
    struct Resolve: WritingVerb {
        static let configuration = CommandConfiguration(
            commandName: "resolve", abstract: ResolveIncident.documentation.summary,
            discussion: "Example: ledger incident resolve checkout-fails --summary \"rolled back\"")
        @Argument(help: ResolveIncident.help("name"), completion: .live(.incidents))
        var name: String
        @OptionGroup var environment: EnvironmentOption
        @Option(help: ResolveIncident.help("service"), completion: .live(.services))
        var service: String?
        @Option(help: ResolveIncident.help("summary"))
        var summary: String?
        @Option(help: ResolveIncident.help("time"))
        var time: String?
        @OptionGroup var author: ByOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            let resolve = ResolveIncident(
                name, environment: environment.environment, service: service, summary: summary,
                time: time)
            let made = try await wiring.changing { try await resolve.answer(at: $0) }
            return Answer(
                made.map { .line("entry \($0.entry.sequence): incident \(name) is resolved") },
                value: made)
        }
    }
    struct List: Verb {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: ListIncidents.documentation.summary)
        @OptionGroup var environment: EnvironmentOption
        @Flag(help: ListIncidents.help("all"))
        var all = false
        @OptionGroup var at: AtOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            let list = ListIncidents(
                environment: environment.environment, all: all, at: at.at)
            let found = try await wiring.answer(list)
            let columns: [Column] = [
                "name", "state", Column("environment", .leaves(3)), "service",
                Column("severity", .leaves(2)), "since", "resolved", Column("entry", .leaves(1)),
                Column("summary", .wraps),
            ]
            return .list(
                Answer.Grid(columns, found.map(IncidentText.row)), value: found,
                ifEmpty: all ? "No incident is recorded." : "No incident is open.")
        }
    }
    struct Show: Verb {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: ShowIncident.documentation.summary,
            discussion: """
                \(ShowIncident.documentation.discussion)

                Example: ledger incident show checkout-fails
                """)
        @Argument(help: ShowIncident.help("name"), completion: .live(.incidents))
        var name: String
        @OptionGroup var environment: EnvironmentOption
        @OptionGroup var shared: SharedOptions
        func answer(_ wiring: Wiring) async throws -> Answer {
            let show = ShowIncident(name, environment: environment.environment)
            let found = try await wiring.answer(show)
            return Answer(IncidentText.blocks(found), value: found)
        }
    }
}
