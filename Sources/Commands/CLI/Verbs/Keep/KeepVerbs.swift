internal import ArgumentParser
internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerHome
internal import LedgerOperations
internal import LedgerProof
internal import LedgerText
internal import Projections

/// `ledger rebuild`
struct RebuildVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: RebuildViews.documentation.summary,
        discussion: """
            \(RebuildViews.documentation.discussion)

            Example: ledger rebuild
            """)
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let made = try await wiring.withStore(.writing) { try await RebuildViews().answer(at: $0) }
        return Answer(
            [.line("views and search index rebuilt from \(made.entries) entries")], value: made)
    }
}

/// `ledger backup`
struct BackupVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the ledger to a file, and verify the copy",
        discussion: """
            Other programs may append during the backup. The copy is fully verified before it gets \
            its final name. It is a complete ledger: every command accepts it with --db. It does \
            not contain the signing key, so back up the key separately.

            Example: ledger backup /backups/shop-2026-11-26.db
            """)
    @Argument(help: "The file, which must not exist.")
    var file: String
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if file.isEmpty { throw ValidationError("name the backup's file") }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.withStore(.reading) { store in
            try await wiring.warnOfGone(store)
            let copy = try await store.backup(to: file)
            return Answer(
                [
                    .line("\(file): \(copy.entries) entries, all verified"),
                    .line("root \(copy.root)"),
                ],
                json: .object([
                    "file": .string(file), "entries": JSONValue(copy.entries),
                    "root": .string(copy.root.description),
                ]))
        }
    }
}

/// `ledger restore`
struct RestoreVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Replace the ledger with a backup",
        discussion: """
            The backup is verified first. An existing ledger is moved aside. A backup that lacks \
            known entries is refused, unless --losing-after names its last entry. Before you \
            restore, stop all programs that write to the ledger.

            Example: ledger restore /backups/shop-2026-11-26.db
            """)
    @Argument(help: "The backup.")
    var file: String
    @Option(
        help: ArgumentHelp(
            "The last entry of the backup. Accept the loss of later entries.", valueName: "entry"))
    var losingAfter: Int?
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        guard FileManager.default.fileExists(atPath: file) else {
            throw Refusal(
                .invalid, "no backup exists at \(file.isEmpty ? "\"\"" : file)",
                hint: "name the backup's file")
        }
        // The ledger may be missing, because that is the purpose of a backup.
        let path =
            wiring.options.database ?? (try? wiring.database())
            ?? ".ledger/ledger.db"
        let restored: Restored
        do {
            restored = try Stores.restore(file, to: path, losingAfter: losingAfter)
        } catch let problem as StoreProblem where problem.kind == .notALedger {
            throw problem.hinting("nothing was restored; use another backup")
        }
        let copy = try Stores.open(file)
        let warning = try await CheckpointKey(besides: path).warning(of: copy)
        try await copy.close()
        if let warning { wiring.console.error(warning) }
        var blocks: [Answer.Block] = [
            .line("\(path): \(restored.copy.entries) entries, all verified"),
            .line("root \(restored.copy.root)"),
        ]
        if let lost = restored.lost {
            blocks.append(
                .line("LOST: \(lost.asEntries). A later checkpoint reveals the loss."))
        }
        if let aside = restored.aside {
            blocks.append(.line("the previous file was moved to \(aside)"))
        }
        return Answer(
            blocks,
            json: .object([
                "entries": JSONValue(restored.copy.entries),
                "root": .string(restored.copy.root.description),
                "lost": JSONValue(restored.lost?.count ?? 0),
                "aside": restored.aside.map { .string($0) } ?? .null,
            ]))
    }
}

extension Wiring {
    /// Warns if the file is older than the recorded head: later output is then out of date.
    func warnOfGone(_ store: any KeptLedger) async throws {
        guard let gone = try await store.gone() else { return }
        console.error(
            "Warning: \(gone.areGone): the file is older than the known ledger (ledger doctor)")
    }
}
