internal import ArgumentParser
internal import CommandExporters
internal import CommandImporters
internal import CommandPorts
internal import CommandRunners
internal import Foundation
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger notify`
struct NotifyVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: "Tell another program what was deployed",
        subcommands: [NotifyGitHubVerb.self])
}

/// `ledger notify github`
struct NotifyGitHubVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "github", abstract: "Write a deploy or revert to GitHub's deployments",
        discussion: """
            The last run in the environment, or the one that is named; what GitHub has already is not written \
            again. The token (deployments: write) is read from GITHUB_TOKEN, or from a file.

            Example: ledger notify github -e production --repository acme/shop --token-file token
            """)
    @OptionGroup var environment: EnvironmentOption
    @Option(help: "This run (its number). Default: the environment's last one.")
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
                        notice.description, notice.state.rawValue, isNew ? "written" : "was there",
                    ])
                }
            } catch let silence as HTTPSilence {
                throw Refusal(
                    .notPossible, "GitHub was not told", cause: silence.why,
                    hint: "try again: what it has is not written twice")
            }
            return Answer.list(
                ["deployment", "state", "there"], rows,
                json: .array(
                    zip(notices, rows).map { notice, row in
                        [
                            "environment": .string(name.rawValue), "key": .string(notice.key),
                            "state": .string(notice.state.rawValue),
                            "written": .bool(row[2] == "written"),
                        ]
                    }),
                ifEmpty: "Nothing that GitHub could be told was deployed to \(name): it wants a "
                    + "commit or a tag.")
        }
    }

    private func notifier(_ wiring: Wiring) throws -> GitHubNotifier {
        let job = PipelineJob(variables: wiring.variables)
        guard let name = try repository.map({ try RepositoryName($0) }) ?? job?.repository else {
            throw Refusal(
                .invalid, "which repository is to be told?", hint: "--repository acme/shop")
        }
        var token = wiring.variables["GITHUB_TOKEN"]
        if let tokenFile {
            token = FileManager.default.contents(atPath: tokenFile).map {
                String(decoding: $0, as: UTF8.self).trimmed
            }
        }
        guard let token, !token.isEmpty else {
            throw Refusal(
                .notPossible, "there is no token for GitHub",
                cause: tokenFile.map { "\($0) cannot be read, or is empty" }
                    ?? "GITHUB_TOKEN is not set",
                hint: "in a workflow: env: {GITHUB_TOKEN: ${{ github.token }}}; or --token-file")
        }
        return try GitHubNotifier(
            api: api ?? wiring.variables["GITHUB_API_URL"] ?? "https://api.github.com",
            repository: name, token: token,
            transport: CurlTransport(variables: wiring.variables))
    }

    /// The entries of the run, or the last fact of a deploy that somebody else carried out.
    private func entries(
        in name: EnvironmentName, _ projector: Projector
    ) async throws -> [Entry] {
        var filter = EntryFilter()
        filter.environments = [name]
        filter.kinds = GitHubNotice.kinds.map(\.rawValue)
        if let run {
            let id = try await Entries.entry(run, projector.store).id
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
