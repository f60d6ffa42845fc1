public import Ledger
internal import LedgerText

/// A ledger in one SQLite file, with its write-ahead log and its lock file beside it.
///
/// Appends are batched and durable; reads see the last commit. See `schema.sql` for the tables.
public final class SQLiteStore: KeptLedger {
    public let path: String
    public var location: String { path }
    let views: [any StoredView]
    let reader: Connection
    let writer: Writer?
    /// The version of the file's tables, if this store has just upgraded it.
    public let upgradedFrom: Int?

    /// Opens the ledger at `path`. Write access upgrades older tables and stale views. A signer
    /// signs a checkpoint in each commit.
    ///
    /// Throws `StoreProblem`: `.missing`, `.notALedger`, `.newer`, `.older` (reading only),
    /// `.readOnly`, `.busy`, `.damaged`.
    public convenience init(
        path: String, _ access: LedgerAccess, views: [any StoredView],
        signer: (any CheckpointSigner)? = nil
    ) throws {
        try self.init(path: path, access, views: views, signer: signer, measuring: [])
    }

    /// A store that skips parts of its work, to measure their cost. Its output does not verify.
    /// `pagesAtMost` limits the file's size, to simulate a full disk in tests.
    package init(
        path: String, _ access: LedgerAccess, views: [any StoredView],
        signer: (any CheckpointSigner)? = nil, measuring without: LeftOut = [],
        pagesAtMost: Int? = nil
    ) throws {
        let path = Self.file(at: path)
        self.path = path
        self.views = views
        do {
            var reader = try Opening.reading(path: path)
            if access == .writing {
                // Before the lock file is created: a mistyped path creates no files.
                _ = try reader.read { try Opening.age(of: $0, path: path) }
                let lock = try FileLock(path: Opening.lockPath(of: path))
                let database = try Opening.writing(path: path)
                if let pagesAtMost {
                    try database.use {
                        try $0.execute("PRAGMA max_page_count = \(pagesAtMost)")
                    }
                }
                upgradedFrom = try lock.hold {
                    try Opening.keepLog(database, path: path)
                    return try Self.prepare(database, path: path, views: views)
                }
                writer = try Writer(
                    path: path, lock: lock, database: database,
                    appending: Appending(
                        views: views, without: without, signer: signer,
                        newest: NewestFile(path: NewestFile.path(of: path))))
                // What only a writer could make readable was read from a copy until now.
                if reader.path != path {
                    try reader.close()
                    reader = try Opening.reading(path: path)
                }
            } else {
                writer = nil
                upgradedFrom = nil
            }
            self.reader = reader
            let age = try reader.read { try Opening.age(of: $0, path: path) }
            if case .older(let version) = age {
                throw StoreProblem(
                    .older, "\(path) was written by an older ledger",
                    cause: "its tables have version \(version); this program: \(Opening.version)",
                    hint: Hint("upgrade it", run: "ledger rebuild --db \(shell: path)"))
            }
        } catch {
            throw StoreProblem.from(error, path: path)
        }
    }

    /// Resolves the links of a path.
    package static func file(at path: String) -> String { Opening.resolved(path) }

    /// Creates an empty ledger at `path`, mode 0600; throws `StoreProblem`.
    public static func create(path: String) throws {
        do { try Opening.create(path: path) } catch {
            throw StoreProblem.from(error, path: path)
        }
    }

    /// Upgrades tables and views before the first append; returns the former version of the tables
    /// if they were older.
    private static func prepare(
        _ database: Connection, path: String, views: [any StoredView]
    ) throws -> Int? {
        let stale = try database.read { database in
            if case .older = try Opening.age(of: database, path: path) { return true }
            let head = try Log.head(database)
            let register = try ViewRegister(head: head, in: database)
            return !register.outdated(of: views).isEmpty && head > 0
        }
        return try database.write { database in
            let former: Int? =
                if case .older(let version) = try Opening.age(of: database, path: path) {
                    version
                } else { nil }
            if former != nil {
                try Upgrades.run(in: database)
                try SearchIndex.rebuild(in: database)
            } else if !stale {
                return nil
            }
            let head = try Log.head(database)
            let stale = try ViewRegister(head: head, in: database).outdated(of: views)
            if !stale.isEmpty { try ViewKeeper.rebuild(stale, head: head, in: database) }
            return former
        }
    }

    public func append(_ appends: [Append]) async throws -> [Entry] {
        guard let writer else {
            throw StoreProblem(.readOnly, "the ledger was opened for reading only")
        }
        return try await writer.append(appends)
    }

    /// Calls `body` with the entries that the store's views read, oldest first, as fast as the file
    /// can be read.
    package func scan(_ body: (Entry) throws -> Void) throws {
        do {
            try reader.read { database in
                try ViewKeeper.entries(for: ViewRoutes(views), in: database, body)
            }
        } catch {
            throw StoreProblem.from(error, path: path)
        }
    }

    /// Rebuilds all stored views and the search index from the entries; throws `StoreProblem`.
    public func rebuild() throws {
        guard let writer else {
            throw StoreProblem(.readOnly, "the ledger was opened for reading only")
        }
        do {
            try writer.exclusively { database in
                let head =
                    try Int.first(
                        database, "SELECT coalesce(max(sequence), 0) FROM entry") ?? 0
                if let gap = try Log.gap(before: head, database) { throw gap }
                try database.execute("DELETE FROM view_row; DELETE FROM view_made")
                try ViewKeeper.rebuild(views, head: head, in: database)
                try SearchIndex.rebuild(in: database)
            }
        } catch {
            throw StoreProblem.from(error, path: path)
        }
    }

    /// Removes redacted bytes from the free space of the file and from its log. Until then a
    /// program that reads the disk may find them.
    ///
    /// Throws `StoreProblem`: `.full`, or `.busy` if another process reads for too long.
    public func scrub() throws {
        guard let writer else {
            throw StoreProblem(.readOnly, "the ledger was opened for reading only")
        }
        do { try writer.scrub() } catch { throw StoreProblem.from(error, path: path) }
    }

    /// Checkpoints the write-ahead log into the file and closes it. Nothing is lost without this
    /// call: the next program that opens the file reads the log.
    public func close() throws {
        do {
            try reader.close()
            try writer?.close()
        } catch {
            throw StoreProblem.from(error, path: path)
        }
    }
}
