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
        return try await wiring.recording { recorder in
            let projector = recorder.projector
            var missing: [Fact] = []
            for gap in try await projector.gaps(in: importer.branch, of: importer.repository) {
                missing += try await importer.facts(after: gap.after, upTo: gap.upTo)
            }
            var known = try await projector.repository(
                importer.repository, branch: importer.branch)
            // Facts from other sources are not missing, even if they contain less detail than git.
            known.untold = []
            let summary = try await importer.facts(
                since: known,
                isKnown: {
                    try await projector.wasPushed(
                        $0, to: importer.branch, of: importer.repository)
                }
            ) { facts, _ in missing += facts }
            if summary.shallow || summary.isBehind {
                throw Refusal(
                    .notPossible,
                    "the pushes to \(importer.branch) cannot be read from this clone",
                    cause: summary.shallow
                        ? "it is shallow: it lacks the commits before its first commit"
                        : "it is behind the last recorded push of the branch",
                    hint: "nothing was recorded; "
                        + (summary.shallow ? "git fetch --unshallow --tags" : "git pull"))
            }
            return try await found.answer(
                missing, "\(importer.repository) \(importer.branch)", recorder)
        }
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
    @Option(help: "Only this service.", completion: .live(.services))
    var service: String?
    @OptionGroup var found: FoundOptions
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let playbook = try wiring.playbook()
        let wanted = try service.map { try ServiceName($0) }
        let images = playbook.services.compactMap { name, service in
            service.repository.map { (name, $0) }
        }.filter { wanted == nil || $0.0 == wanted }.sorted { $0.0 < $1.0 }
        if images.isEmpty {
            throw Refusal(
                .notPossible, "the playbook has no image\(wanted.map { " of \($0)" } ?? "")",
                hint: "services: {web: {image: registry.example/shop/web, docker: {name: web}}}")
        }
        let registry = RegistryReconciling(
            transport: wiring.transport,
            insecure: playbook.insecureRegistries)
        return try await wiring.recording { recorder in
            let known = try await recorder.projector.tags()
            var missing: [Fact] = []
            for (name, image) in images {
                do {
                    missing += try await registry.facts(
                        of: name, image: image, known: known, in: recorder.store)
                } catch let silence as HTTPSilence {
                    throw Refusal(
                        .notPossible, "the tags of \(image) cannot be read", cause: silence.why,
                        hint: "nothing was recorded; try again when the registry answers")
                }
            }
            let names = images.map(\.1).joined(separator: ", ")
            return try await found.answer(missing, names, recorder)
        }
    }
}

/// Records or reports the missing facts.
struct FoundOptions: ParsableArguments {
    @Flag(help: "Record the missing facts.")
    var record = false

    func answer(
        _ missing: [Fact], _ place: String, _ recorder: Recorder
    ) async throws -> Answer {
        if record {
            var rest = missing[...]
            while !rest.isEmpty {
                _ = try await recorder.record(Array(rest.prefix(Limits.page)))
                rest = rest.dropFirst(Limits.page)
            }
        }
        let rows = missing.map { fact in
            func text(_ name: String) -> String { fact.fields[name]?.string ?? "" }
            return [
                Cell(fact.kind), Cell(text("service")), Cell(text("tag") + text("branch")),
                .hash(text("digest").isEmpty ? text("revision") : text("digest")),
                Cell(fact.time),
            ]
        }
        let columns: [Column] = ["kind", "service", "tag or branch", "digest or revision", "time"]
        let count = "\(missing.count) \(missing.count == 1 ? "fact" : "facts")"
        let heading =
            missing.isEmpty
            ? "\(place): no facts are missing"
            : "\(place): \(count) \(record ? "recorded" : "missing")"
        var blocks: [Answer.Block] = [.line(heading)]
        if !missing.isEmpty { blocks.append(.grid(Answer.Grid(columns, rows))) }
        if !missing.isEmpty, !record { blocks.append(.hint("To record them, add --record.")) }
        return Answer(
            blocks,
            json: .object([
                "missing": .array(
                    missing.map { ["kind": .string($0.kind), "fields": $0.fields] }),
                "recorded": .bool(record),
            ]),
            exit: missing.isEmpty || record ? .done : .changes,
            outcome: missing.isEmpty || record ? "done" : "changes",
            reason: missing.isEmpty ? nil : record ? nil : "missing")
    }
}
