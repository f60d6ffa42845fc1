internal import FoundationEssentials
internal import Glibc
public import Ledger
internal import LedgerProof

extension SQLiteStore {
    /// Replaces the ledger at `path` with a backup; the old files are moved aside. Other programs
    /// must have closed the ledger.
    ///
    /// Throws `StoreProblem`: `.damaged` if the backup does not verify, or if it may lack entries
    /// of the ledger. `last` accepts the loss of all entries after it.
    public static func restore(
        _ backup: String, to path: String, views: [any StoredView], losingAfter last: Int? = nil
    ) throws -> Restored {
        let path = file(at: path)
        do {
            let source = try SQLiteStore(path: backup, .reading, views: views)
            defer { try? source.close() }
            // The folder may be missing too; more than one missing folder suggests a mistyped path.
            let folder = URL(filePath: path).deletingLastPathComponent().path
            mkdir(folder, 0o700)
            return try FileLock(path: Opening.lockPath(of: path)).hold {
                try Restore(source: source, path: path).run(losingAfter: last)
            }
        } catch {
            throw StoreProblem.from(error, path: backup)
        }
    }
}

private struct Restore {
    let source: SQLiteStore
    let path: String

    /// The backup, copied and verified.
    private func copied(to draft: String) throws -> Verification {
        do { return try source.copy(to: draft) } catch let problem as StoreProblem
            where problem.kind == .damaged
        {
            throw StoreProblem(
                .damaged, "nothing was restored: the backup does not verify",
                cause: problem.cause, hint: "use another backup")
        }
    }

    func run(losingAfter last: Int?) throws -> Restored {
        let draft = "\(path).restored-\(getpid())"
        defer { unlink(draft) }
        let copy = try copied(to: draft)
        let newest = NewestFile(path: NewestFile.path(of: path))
        let here = present()
        let known = [newest.newest(), here].compactMap(\.self)
        let isOther = present(over: copy.entries).map { $0 != copy.root.description } ?? false
        if last != copy.entries {
            if isOther { throw another(copy.entries) }
            try refuseLoss(copy.entries, known)
        }
        let aside = try clear()
        guard link(draft, path) == 0 else { throw failed("replace the ledger") }
        try Opening.synchronize(URL(filePath: path).deletingLastPathComponent().path)
        if let aside {
            // An unreadable file may contain all entries that were ever known.
            let entries = here?.size ?? known.map(\.size).max() ?? copy.entries
            KnownCopies(of: path).add(aside, entries: entries)
        }
        newest.keep(
            try source.reader.read { try Log.sealer(head: copy.entries, in: $0).tree })
        let size = known.map(\.size).max() ?? 0
        return Restored(
            copy: copy,
            lost: isOther ? 1...size : size > copy.entries ? copy.entries + 1...size : nil,
            aside: aside)
    }

    /// The root over the first entries of the existing ledger; `nil` if it has fewer.
    private func present(over entries: Int) -> String? {
        guard entries > 0, let database = try? Opening.reading(path: path) else { return nil }
        defer { try? database.close() }
        return try? database.read { database in
            if try Log.head(database) < entries { return nil }
            return try TreeProof.root(of: entries, try Log.nodes(in: database)).description
        }
    }

    private func another(_ entries: Int) -> StoreProblem {
        StoreProblem(
            .damaged, "nothing was restored: the backup is of another ledger",
            cause: "its root differs from the root of the entries here",
            hint: "check the name of the backup. To restore it anyway, add: "
                + "--losing-after \(entries)")
    }

    /// The size and root of the existing ledger; `nil` if it cannot be read.
    private func present() -> (size: Int, root: String)? {
        guard let database = try? Opening.reading(path: path) else { return nil }
        defer { try? database.close() }
        return try? database.read { database in
            let head = try Log.head(database)
            return (head, try Log.sealer(head: head, in: database).tree.root.description)
        }
    }

    private func refuseLoss(_ entries: Int, _ known: [(size: Int, root: String)]) throws {
        for (size, root) in known where size > 0 {
            if size > entries {
                throw StoreProblem(
                    .damaged,
                    "nothing was restored: \((entries + 1...size).asEntries) would be lost",
                    cause: "the backup has \(entries) entries, the ledger had \(size)",
                    hint: "use a later backup. To accept the loss, add: --losing-after \(entries)")
            }
            let here = try source.reader.read { database in
                try TreeProof.root(of: size, try Log.nodes(in: database))
            }
            if here.description == root { continue }
            throw another(entries)
        }
    }

    /// Moves the existing files aside.
    private func clear() throws -> String? {
        let files = FileManager.default
        var aside = path + ".aside"
        var number = 1
        while files.fileExists(atPath: aside) {
            number += 1
            aside = path + ".aside-\(number)"
        }
        // The log moves first: SQLite would apply it to another file beside it.
        var moved = false
        for end in ["-wal", "-shm", ""] where files.fileExists(atPath: path + end) {
            guard rename(path + end, aside + end) == 0 else { throw failed("move the file aside") }
            moved = true
        }
        return moved ? aside : nil
    }

    private func failed(_ what: String) -> StoreProblem {
        StoreProblem(
            .readOnly, "the backup cannot \(what)",
            cause: "\(path): \(String(cString: strerror(errno)))",
            hint: "check who owns the folder; the old files are beside it, as .aside")
    }
}
