internal import ArgumentParser
internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerHome
internal import LedgerOperations
internal import LedgerProof
internal import LedgerText

/// `ledger export tiles`
struct ExportTilesVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "tiles", abstract: "The whole ledger as a static log that any client can read",
        discussion: """
            Writes files (c2sp.org/tlog-tiles) that a web server, a bucket or a repository can \
            serve directly. They contain the entries' headers, not their payloads. A folder with \
            an earlier log of the same ledger is updated. A folder with another log is refused.

            Example: ledger export tiles public/log
            """)
    @Argument(help: "The folder of the log.")
    var folder: String
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if folder.isEmpty { throw ValidationError("name the folder of the log") }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.withStore(.reading) { store in
            guard let note = try await store.checkpoint(covering: nil) else {
                throw Refusal.unsigned("the ledger")
            }
            let size = try Checkpoint(note.text).size
            let place = URL(filePath: folder)
            try refusePlace(place, store)
            let trusted = try await CheckpointKey.all(of: store)
            try await refuseFork(
                place.appending(path: TilePath.checkpoint), size, trusted, store)
            var builder = TileBuilder()
            var filter = EntryFilter()
            filter.sequences = 1...max(1, size)
            try await store.each(filter) { entry in
                for file in try builder.add(Array(LeafHasher.header(of: entry).utf8)) {
                    try write(file, to: place)
                }
            }
            // Readers start at the checkpoint, so the files that it covers are written before it.
            let last = TileFile(
                path: TilePath.checkpoint, bytes: Array(note.description.utf8))
            for file in builder.edge() + [last] { try write(file, to: place) }
            let unsigned = try await store.head().sequence - size
            return Answer(
                [.line("\(folder): the log of \(size) entries")]
                    + (unsigned > 0
                        ? [.hint("\(unsigned) unsigned entries are not included: see ledger key")]
                        : []),
                json: .object(["entries": JSONValue(size), "folder": .string(folder)]))
        }
    }

    /// The log is public, so it must not be in the ledger's own folder, and not at a file's path.
    private func refusePlace(_ place: URL, _ store: any KeptLedger) throws {
        var isFolder = false
        let isThere = FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder)
        let home = URL(filePath: store.location).deletingLastPathComponent()
        let isHome =
            isThere
            && place.resolvingSymlinksInPath().standardizedFileURL.path
                == home.resolvingSymlinksInPath().standardizedFileURL.path
        guard isHome || isThere && !isFolder else { return }
        throw Refusal(
            .invalid, "the log cannot be written to \(folder)",
            cause: isHome
                ? "it is the ledger's own folder, and the log is public" : "it is a file",
            hint: "name a separate folder")
    }

    /// Refuses to replace a published log with a log that does not extend it.
    private func refuseFork(
        _ file: URL, _ size: Int, _ trusted: [VerifierKey], _ store: any KeptLedger
    ) async throws {
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        let old = try ProofFile.reading(file.path) { bytes in
            try Checkpoint.opened(SignedNote(bytes), trusting: trusted)
        }
        if old.size <= size, try await store.root(over: old.size) == old.root { return }
        throw StoreProblem(
            .damaged, "\(folder) contains a log that this ledger does not extend",
            cause: "its checkpoint covers \(old.size) entries"
                + (old.size > size ? ", but the ledger has only \(size) signed entries" : ""),
            hint: "keep the published log, find out which is right with "
                + "`ledger verify --against \(shell: file.path)`, and export to another folder")
    }

    private func write(_ file: TileFile, to folder: URL) throws {
        let place = folder.appending(path: file.path)
        do {
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(file.bytes).write(to: place, options: .atomic)
        } catch {
            throw StoreProblem(
                .readOnly, "the log cannot be written",
                cause: "\(place.path): \(error.systemWords)",
                hint: "check the folder's owner, and whether the disk is full")
        }
    }
}
