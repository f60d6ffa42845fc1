internal import Dispatch
internal import Glibc
internal import Ledger

/// The lock file beside a ledger: a process holds it while it writes or checkpoints the write-ahead
/// log.
///
/// SQLite up to 3.51.2 can corrupt a file when two connections commit and checkpoint at the same
/// time. Therefore only one process at a time does either. The lock ends with its holder's process.
final class FileLock {
    private let descriptor: Int32
    private let path: String

    /// Opens (or creates, mode 0600) the lock file; throws `StoreProblem`.
    init(path: String) throws {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0 {
            let why = String(cString: strerror(errno))
            throw StoreProblem(
                .readOnly, "the ledger cannot be written here",
                cause: "\(path): \(why)",
                hint: "check who owns the folder, and whether the disk is mounted read-only")
        }
    }

    deinit { close(descriptor) }

    /// A shared lock for a process without write access; it keeps writers out. `nil` if there is no
    /// lock file, because then no process ever wrote.
    static func shared(path: String) throws -> FileLock? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 { return FileLock(descriptor, path) }
        if errno == ENOENT { return nil }
        throw StoreProblem(
            .readOnly, "the ledger cannot be read safely here",
            cause: "\(path): \(String(cString: strerror(errno)))",
            hint:
                "a consistent read requires the lock: ask the ledger's owner "
                + "for read access to it")
    }

    private init(_ descriptor: Int32, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Runs `body` while the lock is held, alone or together with other readers; throws `.busy`
    /// after `Limits.lockSeconds`.
    func hold<T>(alone: Bool = true, _ body: () throws -> T) throws -> T {
        let way = alone ? LOCK_EX : LOCK_SH
        let end = DispatchTime.now() + Limits.lockSeconds
        var pause: UInt32 = 200
        while flock(descriptor, way | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, DispatchTime.now() < end else {
                throw StoreProblem(
                    .busy,
                    "another process has been writing to this ledger for "
                        + "\(Int(Limits.lockSeconds)) s",
                    cause: "the process holds the lock \(path)",
                    hint: "find the process: fuser \(path)")
            }
            usleep(pause)
            pause = min(pause * 2, 5_000)
        }
        defer { flock(descriptor, LOCK_UN) }
        return try body()
    }
}
