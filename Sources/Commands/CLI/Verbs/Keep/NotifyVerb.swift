internal import ArgumentParser
internal import CommandExporters
internal import CommandImporters
internal import CommandPorts
internal import FoundationEssentials
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger notify`
struct NotifyVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: "Report deploys to another system",
        subcommands: [NotifyGitHubVerb.self])
}

/// `ledger notify github`
struct NotifyGitHubVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "github", abstract: "Report a deploy or revert to GitHub deployments",
        discussion: """
            Reports the last run in the environment, or the run of --run. Statuses that GitHub \
            already has are skipped. The token (deployments: write) is read from GITHUB_TOKEN, or \
            from a file.

            Example: ledger notify github -e production --repository acme/shop --token-file token
            """)
    @OptionGroup var environment: EnvironmentOption
    @Option(
        help: "The run's number. Default: the last run in the environment.",
        completion: .live(.runs))
    var run: Int?
    @Option(help: "The repository, acme/shop. Default: GITHUB_REPOSITORY.")
    var repository: String?
    @Option(help: ArgumentHelp("The file of the token.", valueName: "file"))
    var tokenFile: String?
    @Option(help: "GitHub's REST interface. Default: GITHUB_API_URL, or https://api.github.com.")
    var api: String?
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let notifier = try notifier(wiring)
        return try await wiring.asking { desk in
            let projector = desk.projector
            let name = try await wiring.desk(projector).environment(environment.environment)
            let notices = GitHubNotice.notices(of: try await entries(in: name, projector))
            var rows: [[String]] = []
            do {
                for notice in notices {
                    let isNew = try await notifier.tell(notice)
                    rows.append([
                        notice.description, notice.state.rawValue, isNew ? "written" : "existing",
                    ])
                }
            } catch let silence as HTTPSilence {
                throw Refusal(
                    .notPossible, "the report to GitHub failed", cause: silence.why,
                    hint: "repeat the command; nothing is written twice")
            }
            return Answer.list(
                Answer.Grid(["deployment", "state", "there"], rows),
                json: .array(
                    zip(notices, rows).map { notice, row in
                        [
                            "environment": .string(name.rawValue), "key": .string(notice.key),
                            "state": .string(notice.state.rawValue),
                            "written": .bool(row[2] == "written"),
                        ]
                    }),
                ifEmpty: "No deploy to \(name) can be reported: GitHub requires a commit or a tag.")
        }
    }

    private func notifier(_ wiring: Wiring) throws -> GitHubNotifier {
        let job = PipelineJob(variables: wiring.variables)
        guard let name = try repository.map({ try RepositoryName($0) }) ?? job?.repository else {
            throw Refusal(
                .invalid, "no repository was given", hint: "add --repository acme/shop")
        }
        var token = wiring.variables["GITHUB_TOKEN"]
        if let tokenFile {
            token = FileManager.default.contents(atPath: tokenFile).map {
                String(decoding: $0, as: UTF8.self).trimmed
            }
        }
        guard let token, !token.isEmpty else {
            throw Refusal(
                .notPossible, "no GitHub token was given",
                cause: tokenFile.map { "\($0) cannot be read, or is empty" }
                    ?? "GITHUB_TOKEN is not set",
                hint: "in a workflow: env: {GITHUB_TOKEN: ${{ github.token }}}; or --token-file")
        }
        return try GitHubNotifier(
            api: api ?? wiring.variables["GITHUB_API_URL"] ?? "https://api.github.com",
            repository: name, token: token,
            transport: wiring.transport)
    }

    /// The entries of the run, or the last fact of a deploy that another program carried out.
    private func entries(
        in name: EnvironmentName, _ projector: Projector
    ) async throws -> [Entry] {
        var filter = EntryFilter()
        filter.environments = [name]
        filter.kinds = GitHubNotice.kinds.map(\.rawValue)
        if let run {
            let id = try await projector.store.existing(run).id
            filter.correlations = [id]
        } else {
            guard
                let last = try await projector.store.page(
                    filter, .newestFirst, after: nil, limit: 1
                ).first
            else { return [] }
            guard let id = last.draft.correlation else { return [last] }
            filter.correlations = [id]
        }
        var entries: [Entry] = []
        try await projector.store.each(filter) { entries.append($0) }
        return entries
    }
}
