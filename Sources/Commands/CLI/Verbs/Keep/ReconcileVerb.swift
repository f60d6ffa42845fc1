internal import ArgumentParser
internal import CommandEngine
internal import CommandImporters
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerOperations
internal import Projections

/// `ledger reconcile`
struct ReconcileVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile", abstract: "Find facts that deliveries missed",
        discussion: """
            Exit code 2 if something is missing and was not recorded.
            """,
        subcommands: [ReconcileGitVerb.self, ReconcileRegistryVerb.self])
}

/// `ledger reconcile git`
struct ReconcileGitVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "git", abstract: "Compare a branch and the tags of a git repository",
        discussion: """
            Finds pushes after the last recorded push, pushes between two recorded pushes, and \
            tags that were added, moved or deleted. Fetch first: git fetch --tags --prune-tags.

            Example: ledger reconcile git . --branch main --record
            """)
    @Argument(help: "The repository's folder.")
    var folder = "."
    @Option(help: "The branch. Default: the branch that is checked out.")
    var branch: String?
    @Option(help: "The repository's name, acme/shop. Default: from the address of origin.")
    var repository: String?
    @OptionGroup var found: FoundOptions
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let importer = try await GitImporter(
            folder: folder, branch: branch,
            repository: try repository.map { try RepositoryName($0) }, now: wiring.now)
        let record = found.record
        return ReconcileText.answer(
            try await wiring.changing { try await $0.reconcile(importer, record: record) })
    }
}

/// `ledger reconcile registry`
struct ReconcileRegistryVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "Compare the tags of the playbook's images",
        discussion: """
            Finds tags that were added, moved or deleted, by digest, for every image in the \
            playbook.

            Example: ledger reconcile registry --service web --record
            """)
    @Option(help: ReconcileRegistry.help("service"), completion: .live(.services))
    var service: String?
    @OptionGroup var found: FoundOptions
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let reconcile = ReconcileRegistry(service: service, record: found.record)
        return ReconcileText.answer(
            try await wiring.acting { try await reconcile.answer(at: $0) })
    }
}

/// What to do with the missing facts.
struct FoundOptions: ParsableArguments {
    @Flag(help: ReconcileRegistry.help("record"))
    var record = false
}
