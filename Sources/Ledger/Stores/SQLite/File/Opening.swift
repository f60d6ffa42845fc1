internal import CSQLite
internal import Dispatch
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerText

/// Creates, opens and upgrades ledger files.
enum Opening {
    static let applicationID = 0x4C44_4752
    /// The version of the tables that this program reads and writes: `user_version` of schema.sql.
    static let version = 9

    /// Creates a new, empty ledger, mode 0600. It gets its name only when it is complete.
    static func create(path: String) throws {
        if FileManager.default.fileExists(atPath: path) {
            throw StoreProblem(
                .input, "\(path) already exists",
                hint: Hint("show it", run: "ledger status --db \(shell: path)"))
        }
        let draft = try draft(of: "ledger", at: path)
        defer { for end in ["", "-wal", "-shm"] { unlink(draft + end) } }
        let database = try Connection(path: draft, options())
        try database.use { database in
            try database.execute("PRAGMA journal_mode = WAL")
            try database.transaction(.immediate) { try $0.execute(Schema.text) }
        }
        try database.close()
        guard link(draft, path) == 0 else {
            throw StoreProblem(
                .input, "\(path) cannot be created",
                cause: String(cString: strerror(errno)),
                hint: "if another process created it at the same time, use it")
        }
    }

    /// An empty file beside `path`, mode 0600, which is renamed to `path` when it is complete.
    static func draft(of what: String, at path: String) throws -> String {
        let draft = "\(path).new-\(getpid())"
        let descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreProblem(
                .readOnly, "no \(what) can be created here",
                cause: "\(path): \(String(cString: strerror(errno)))",
                hint: "check who owns the folder, and whether it exists")
        }
        close(descriptor)
        return draft
    }

    /// Syncs a file or a folder to disk.
    static func synchronize(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw StoreProblem(
                .readOnly, "the copy could not be synced to disk",
                cause: "\(path): \(String(cString: strerror(errno)))",
                hint: "check the disk (dmesg), and use another disk")
        }
    }

    /// A connection that writes.
    static func writing(path: String) throws -> Connection {
        try refuseNoFile(path)
        return try Connection(path: path, options())
    }

    /// A read-only connection. If the log's index cannot be written (a read-only disk), it reads a
    /// temporary copy.
    static func reading(path: String) throws -> Connection {
        try refuseNoFile(path)
        do { return try readOnly(path) } catch let error where needsCopy(path, error) {
            return try withCopy(of: path, readOnly)
        }
    }

    /// Calls `body` with a path that can be opened for reading: the file's own, or that of a copy,
    /// which is deleted afterwards.
    static func withReadable<T>(_ path: String, _ body: (String) throws -> T) throws -> T {
        try refuseNoFile(path)
        do { try readOnly(path).close() } catch let error where needsCopy(path, error) {
            return try withCopy(of: path, body)
        }
        return try body(path)
    }

    private static func needsCopy(_ path: String, _ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return [SQLITE_CANTOPEN, SQLITE_READONLY].contains(error.code)
            || error.extendedCode == DatabaseError.noRoomForIndex
                && FileManager.default.isReadableFile(atPath: path)
    }

    private static func withCopy<T>(of path: String, _ body: (String) throws -> T) throws -> T {
        let folder = try copy(of: path)
        defer { try? FileManager.default.removeItem(at: folder) }
        let copy = folder.appending(path: "ledger.db").path
        if FileManager.default.fileExists(atPath: copy + "-journal") {
            // Rolling back an incomplete transaction requires write access; the copy is writable.
            let database = try Connection(path: copy, options())
            _ = try database.read { try Int.first($0, "PRAGMA schema_version") }
            try database.close()
        }
        return try body(folder.appending(path: "ledger.db").path)
    }

    /// A connection to a file that can be opened for reading.
    static func readOnly(_ path: String) throws -> Connection {
        let database = try Connection(
            path: path, options(isReadOnly: true, cacheBytes: Limits.readingCacheBytes))
        _ = try database.read { try Int.first($0, "PRAGMA user_version") }
        return database
    }

    /// The name prefix of such folders; the process id follows.
    static let copyName = "ledger-read-"

    /// Copies file and log into a new folder.
    private static func copy(of path: String) throws -> URL {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appending(
            path: "\(copyName)\(getpid())-\(DispatchTime.now().uptimeNanoseconds)")
        try files.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        let copy = folder.appending(path: "ledger.db").path
        let take = {
            for end in ["", "-wal", "-journal"] where files.fileExists(atPath: path + end) {
                try files.copyItem(atPath: path + end, toPath: copy + end)
            }
        }
        do {
            // Other processes may write: the copies of file and log must be consistent.
            if let lock = try FileLock.shared(path: lockPath(of: path)) {
                try lock.hold(alone: false, take)
            } else {
                try take()
            }
        } catch {
            try? files.removeItem(at: folder)
            throw error
        }
        return folder
    }

    /// Resolves links: a link has no log and no lock of its own.
    static func resolved(_ path: String) -> String {
        guard (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil,
            let real = realpath(path, nil)
        else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// Ensures that the file uses a write-ahead log: a copy made by SQL may not.
    static func keepLog(_ database: Connection, path: String) throws {
        let mode = try database.use {
            try String.first($0, "PRAGMA journal_mode = WAL")
        }
        if mode == "wal" { return }
        throw StoreProblem(
            .readOnly, "\(path) cannot use a write-ahead log",
            cause: "its journal mode stays \(mode ?? "unknown")",
            hint: "move the ledger to a local disk, and close other programs that use it")
    }

    /// The lock file beside a ledger.
    static func lockPath(of path: String) -> String { path + ".lock" }

    private static func refuseNoFile(_ path: String) throws(StoreProblem) {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw missing(path)
        }
        if isFolder {
            throw StoreProblem(
                .notALedger, "\(path) is a folder, not a ledger",
                hint: "name the file in it: --db \(shell: path)/.ledger/ledger.db")
        }
        // Opening a pipe instead of a file would block forever.
        for end in ["", "-wal", "-shm", "-journal", ".lock", ".newest", ".copies"] {
            var status = stat()
            guard stat(path + end, &status) == 0, status.st_mode & S_IFMT != S_IFREG else {
                continue
            }
            throw StoreProblem(
                .notALedger, "\(path + end) is not a regular file",
                cause: "it is a pipe, a device, a folder or a socket",
                hint: "remove it, or name another ledger with --db or LEDGER_DB")
        }
    }

    private static func missing(_ path: String) -> StoreProblem {
        if access(path, F_OK) != 0, errno == EACCES {
            return StoreProblem(
                .readOnly, "\(path) cannot be reached",
                cause: "its folder belongs to another user and denies access",
                hint: "ask its owner, or name another ledger with --db or LEDGER_DB")
        }
        return StoreProblem(
            .missing, "there is no ledger at \(path)",
            hint: "create one with `ledger init`, or name another with --db or LEDGER_DB")
    }

    private static func options(
        isReadOnly: Bool = false, cacheBytes: Int = Limits.writingCacheBytes
    ) -> Connection.Options {
        Connection.Options(
            isReadOnly: isReadOnly,
            pragmas: """
                PRAGMA synchronous = FULL;
                PRAGMA recursive_triggers = ON;
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA mmap_size = 0;
                PRAGMA cache_size = -\(cacheBytes / 1024);
                PRAGMA temp_store = MEMORY;
                """, busySeconds: Limits.lockSeconds)
    }

    /// The age of a file's tables relative to this program.
    enum Age { case current, older(Int) }

    /// Throws `.notALedger` or `.newer`.
    static func age(of database: Database, path: String) throws -> Age {
        let application = try Int.first(database, "PRAGMA application_id") ?? 0
        let found = try Int.first(database, "PRAGMA user_version") ?? 0
        if try Int.first(database, "PRAGMA page_count") ?? 0 == 0 {
            throw StoreProblem(
                .notALedger, "\(path) is empty",
                cause: "no ledger was ever created there, or its content is lost",
                hint: "restore a backup, or delete the empty file and run `ledger init`")
        }
        guard application == applicationID, found >= 1 else {
            throw StoreProblem(
                .notALedger, "\(path) is not a ledger",
                cause: "it is an SQLite file of another program",
                hint: "name the right file with --db, or create a ledger with `ledger init`")
        }
        if found > version {
            throw StoreProblem(
                .newer, "\(path) was written by a newer ledger",
                cause: "its tables have version \(found); this program supports up to \(version)",
                hint: "install a newer `ledger`; nothing was changed")
        }
        return found == version ? .current : .older(found)
    }
}
