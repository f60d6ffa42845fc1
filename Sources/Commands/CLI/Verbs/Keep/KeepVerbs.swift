internal import ArgumentParser
internal import CommandPorts
internal import Foundation
internal import Ledger
internal import LedgerProof
internal import LedgerSQLite
internal import LedgerText
internal import Projections

/// `ledger rebuild`
struct RebuildVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Make the stored views and the search index anew from the entries",
        discussion: """
            Also brings a file of an older ledger up to date. Entries are not touched.

            Example: ledger rebuild
            """)
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.withStore(.writing) { store in
            // What is made anew from entries that were changed would hide that they were.
            if let bad = try store.verify().findings.first(where: { $0.sequence != nil }) {
                throw StoreProblem(
                    .damaged, "nothing was made anew: the entries are not as they were written",
                    cause: "\(bad)",
                    hint: "keep the file as it is, and restore a backup beside it")
            }
            try store.rebuild()
            let head = try await store.head().sequence
            return Answer(
                [.line("views and search index made anew from \(head) entries")],
                json: .object(["entries": JSONValue(head)]))
        }
    }
}

/// `ledger backup`
struct BackupVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the ledger to a file, and verify the copy",
        discussion: """
            Others may append meanwhile. The copy is opened and verified whole before it takes its name; it is a \
            ledger of its own, which every verb can ask with --db. The key that signs is not in it: keep \
            that apart.

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
            try wiring.warnOfGone(store)
            let copy = try store.backup(to: file)
            return Answer(
                [
                    .line("\(file): \(copy.entries) entries, all as they were written"),
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
        commandName: "restore", abstract: "Put a backup in the place of the ledger",
        discussion: """
            The backup is verified first; what stands in the place is moved aside. A backup that lacks entries \
            which the ledger is known to have had is refused, until --losing-after names its last entry. Stop \
            what writes to the ledger before.

            Example: ledger restore /backups/shop-2026-11-26.db
            """)
    @Argument(help: "The backup.")
    var file: String
    @Option(
        help: ArgumentHelp(
            "The last entry of the backup: what came after it may be lost.", valueName: "entry"))
    var losingAfter: Int?
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        guard FileManager.default.fileExists(atPath: file) else {
            throw Refusal(
                .invalid, "there is no backup at \(file.isEmpty ? "\"\"" : file)",
                hint: "name the backup's file")
        }
        // The place may be empty: that is what backups are for.
        let path =
            shared.database ?? wiring.variables["LEDGER_DB"] ?? (try? wiring.database())
            ?? ".ledger/ledger.db"
        let restored: Restored
        do {
            restored = try SQLiteStore.restore(
                file, to: path, views: StoredViews.all, losingAfter: losingAfter)
        } catch let problem as StoreProblem where problem.kind == .notALedger {
            throw problem.hinting("look for another backup: nothing was restored")
        }
        let copy = try SQLiteStore(path: file, .reading, views: StoredViews.all)
        defer { try? copy.close() }
        if let warning = try await wiring.keyWarning(copy, besides: path) {
            wiring.console.error(warning)
        }
        var blocks: [Answer.Block] = [
            .line("\(path): \(restored.copy.entries) entries, all as they were written"),
            .line("root \(restored.copy.root)"),
        ]
        if let lost = restored.lost {
            blocks.append(
                .line("LOST: \(lost.asEntries). Whoever holds a later checkpoint can tell."))
        }
        if let aside = restored.aside { blocks.append(.line("what stood there is now \(aside)")) }
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
    /// Says so where an older file stands in the ledger's place: what follows is not of today.
    func warnOfGone(_ store: SQLiteStore) throws {
        guard let gone = try store.gone() else { return }
        console.error(
            "Warning: \(gone.areGone): the file is older than the ledger was (ledger doctor)")
    }
}
