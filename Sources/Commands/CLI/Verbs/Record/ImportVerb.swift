internal import ArgumentParser
internal import CommandEngine
internal import CommandImporters
internal import CommandPorts
internal import Commands
internal import FoundationEssentials
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger import`
struct ImportVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import facts from other sources",
        discussion: """
            The ledger stores each delivery as received. The facts in it become entries with the \
            delivery as their cause. docs/deliveries.md lists them.
            """,
        subcommands: [
            ImportGitVerb.self, ImportJournalVerb.self, ImportJSONLinesVerb.self,
            ImportDeliveriesVerb<FromGitHub>.self,
            ImportDeliveriesVerb<FromGitLab>.self, ImportDeliveriesVerb<FromGitea>.self,
            ImportDeliveriesVerb<FromBitbucket>.self, ImportDeliveriesVerb<FromRegistry>.self,
            ImportDeliveriesVerb<FromDockerHub>.self, ImportDeliveriesVerb<FromHarbor>.self,
            ImportDeliveriesVerb<FromAlertmanager>.self, ImportDeliveriesVerb<FromCDEvents>.self,
            ImportDeliveriesVerb<FromCloudEvents>.self,
        ])
}

/// `ledger import journal`
struct ImportJournalVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: ImportJournal.documentation.summary,
        discussion: """
            `ledger script` prints such scripts. A repeated import adds only new facts.

            Example: ledger import journal revert-production-v0.9.9.journal
            """)
    @Argument(help: "The journal's file.")
    var path: String
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Refusal(.invalid, "\(path) cannot be read", hint: "name the journal's file")
        }
        let request = ImportJournal(String(decoding: data, as: UTF8.self), file: path)
        let found = try await wiring.changing { try await request.answer(at: $0) }
        var blocks: [Answer.Block] = [.line("\(found.recorded) new entries recorded")]
        if !found.hasEnded {
            blocks.append(
                .line("The script did not finish: run it again, and import its journal again."))
        }
        blocks += found.state.services.map { state in
            .line(
                "\(state.environment): \(state.service) runs \(StateText.runs(state)) "
                    + "(\(state.state))")
        }
        blocks += found.fenced.map { release in
            .next(
                "Fenced: \(release.service) \(release.title). To undo",
                command: "ledger fence lift \(shell: release.title) "
                    + "-e \(shell: found.state.environment) --service \(shell: release.service) "
                    + "--reason …")
        }
        return Answer(blocks, value: found)
    }
}

/// `ledger import git`
struct ImportGitVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "git", abstract: "Import the pushes, merges and tags of a git repository",
        discussion: """
            Pushes are the first-parent commits of the branch. A repeated import adds only new \
            facts. It also records a rewritten branch, a moved tag and a deleted tag.

            Example: ledger import git . --branch main
            """)
    @Argument(help: "The repository's folder.")
    var path: String = "."
    @Option(help: "The branch. Default: the branch that is checked out.")
    var branch: String?
    @Option(
        help: "The repository's name. Default: from the URL of origin, or the folder's name.")
    var repository: String?
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let name = try repository.map { try RepositoryName($0) }
        let importer = try await GitImporter(
            folder: path, branch: branch, repository: name, now: wiring.now)
        return try await wiring.changing { desk in
            let found = try await ImportRepository(importer).answer(at: desk) { commits, tags in
                wiring.console.progress("\(commits) commits, \(tags) tags …")
            }
            wiring.console.progress("")
            return answer(found)
        }
    }

    private func answer(_ summary: ImportRepository.Answer) -> Answer {
        func count(_ number: Int, _ one: String, _ many: String) -> String {
            "\(number) \(number == 1 ? one : many)"
        }
        var lines = [
            "\(summary.repository) \(summary.branch): \(count(summary.pushes, "push", "pushes")) "
                + "(\(summary.merges) of them merges) and \(count(summary.tags, "tag", "tags")); "
                + count(summary.entries, "new entry", "new entries")
        ]
        if let head = summary.rewritten {
            lines.append(
                "the branch was rewritten: it no longer contains \(head.short); this was recorded")
        }
        if !summary.moved.isEmpty {
            lines.append("moved tags: \(summary.moved.joined(separator: ", "))")
        }
        if !summary.deleted.isEmpty {
            lines.append("deleted tags: \(summary.deleted.joined(separator: ", "))")
        }
        if !summary.passedOver.isEmpty {
            lines.append(
                "skipped tags without a commit: \(summary.passedOver.joined(separator: ", "))"
            )
        }
        if summary.isBehind {
            lines.append(
                "this clone lacks the last recorded push: run git fetch. If the branch was reset, "
                    + "that was not recorded")
        }
        if summary.tagsUnknown, !summary.shallow {
            lines.append(
                "recorded tags that are missing here do not count as deleted: the clone has no "
                    + "tags, or is of another repository")
        }
        if summary.shallow {
            lines.append(
                "the clone is shallow: commits before its first commit cannot be imported")
        }
        return Answer(lines.map { .line($0) }, value: summary)
    }
}
