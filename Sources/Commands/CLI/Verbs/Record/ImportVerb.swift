internal import ArgumentParser
internal import CommandEngine
internal import CommandImporters
internal import CommandPorts
internal import Commands
internal import Foundation
internal import Ledger
internal import LedgerOperations
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
        commandName: "journal", abstract: "Import the results of a script of `ledger script`",
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
        let journal: Journal
        do { journal = try Journal(String(decoding: data, as: UTF8.self)) } catch {
            let problem = error as? Journal.Problem
            throw Refusal(
                .invalid, "\(path) cannot be read, line \(problem?.line ?? 1)",
                cause: problem?.why ?? "\(error)",
                hint: "nothing was recorded; a journal must begin with {\"journal\":1, …")
        }
        return try await wiring.recording { recorder in
            let name = try await wiring.desk(recorder.projector).environment(
                journal.environment.rawValue)
            try await journal.refuseForeign { hash in
                try await recorder.store.bundle(hash).map { ($0.release, $0.environment) }
            }
            var filter = EntryFilter()
            filter.environments = [name]
            filter.kinds = Journal.later.map(\.rawValue)
            try journal.refuseLate(
                after: try await recorder.store.page(filter, .newestFirst, after: nil, limit: 1)
                    .first)
            let view = try await recorder.projector.environment(name)
            let written = try await recorder.recordCounting(journal.facts(view)).new
            let now = try await recorder.projector.environment(name)
            var blocks: [Answer.Block] = [.line("\(written) new entries recorded")]
            if !journal.hasEnded {
                blocks.append(
                    .line("The script did not finish: run it again, and import its journal again."))
            }
            blocks += now.services.map { state in
                .line(
                    "\(name): \(state.service) runs \(StateText.runs(ServiceAnswer(state))) (\(state.state.rawValue))"
                )
            }
            return Answer(blocks, json: .object(["recorded": JSONValue(written)]))
        }
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
        return try await wiring.recording { recorder in
            let known = try await recorder.projector.repository(
                importer.repository, branch: importer.branch)
            var written = 0
            let summary = try await importer.facts(
                since: known,
                isKnown: {
                    try await recorder.projector.wasPushed(
                        $0, to: importer.branch, of: importer.repository)
                }
            ) { facts, summary in
                written += try await recorder.recordCounting(facts).new
                wiring.console.progress("\(summary.commits) commits, \(summary.tags) tags …")
            }
            wiring.console.progress("")
            return answer(summary, written, importer)
        }
    }

    private func answer(
        _ summary: GitImporter.Summary, _ written: Int, _ importer: GitImporter
    ) -> Answer {
        var lines = [
            "\(importer.repository) \(importer.branch): \(summary.commits) push\(summary.commits == 1 ? "" : "es") "
                + "(\(summary.merges) of them merges) and \(summary.tags) tag\(summary.tags == 1 ? "" : "s"); "
                + "\(written) new \(written == 1 ? "entry" : "entries")"
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
        return Answer(
            lines.map { .line($0) },
            json: .object([
                "repository": .string(importer.repository.rawValue),
                "branch": .string(importer.branch), "pushes": JSONValue(summary.commits),
                "merges": JSONValue(summary.merges), "tags": JSONValue(summary.tags),
                "entries": JSONValue(written), "shallow": .bool(summary.shallow),
                "rewritten": .bool(summary.rewritten != nil),
                "moved": .array(summary.moved.map { .string($0) }),
                "deleted": .array(summary.deleted.map { .string($0) }),
                "passedOver": .array(summary.passedOver.map { .string($0) }),
            ]))
    }
}
