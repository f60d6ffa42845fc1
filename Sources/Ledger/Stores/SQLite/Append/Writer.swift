internal import Dispatch
internal import Glibc
internal import CSQLite
internal import Ledger
internal import Synchronization

/// The only writer of a process: requests queue here, and one transaction takes all that wait.
///
/// Each request is checked against its own expected head. The commit is one fdatasync; then all
/// requests are answered. The lock file is held around each transaction and each checkpoint, so
/// processes take turns.
final class Writer: Sendable {
    private struct Waiting {
        let request: [Append]
        let packed: KeptContent.Packed
        let answer: CheckedContinuation<[Entry], any Error>
    }
    private struct Line {
        var waiting: [Waiting] = []
        var running = false
    }
    /// State that only the writer's queue accesses. It is `@unchecked Sendable` for this reason,
    /// and because it holds a C handle.
    private final class Work: @unchecked Sendable {
        var appending: Appending
        let lock: FileLock
        let database: Connection
        let seal: WriterSeal
        /// Set permanently when a disk sync failed: the durability of later writes is unknown.
        var broken: StoreProblem?
        /// Whether the connection was closed: nothing may use it then.
        var isClosed = false

        /// Throws `StoreProblem` if nothing more may be written.
        func refuseIfOver() throws {
            if let broken { throw broken }
            if isClosed { throw StoreProblem(.input, "the store was closed") }
        }
        /// Commits since the last WAL checkpoint.
        var commits = 0
        /// Pages in the write-ahead log after the last commit; SQLite's hook sets it.
        let walPages = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

        init(appending: Appending, lock: FileLock, database: Connection) throws {
            self.appending = appending
            self.lock = lock
            self.database = database
            seal = try database.use { WriterSeal($0) }
            walPages.initialize(to: 0)
            let pages = walPages
            try database.use { database in
                _ = sqlite3_wal_hook(
                    database.handle,
                    { pages, _, _, count in
                        pages?.assumingMemoryBound(to: Int32.self).pointee = count
                        return SQLITE_OK
                    }, pages)
            }
        }

        deinit {
            seal.end()
            try? database.close()
            walPages.deallocate()
        }
    }
    private let line = Mutex(Line())
    private let work: Work
    private let queue = DispatchQueue(label: "ledger.writer", qos: .userInitiated)
    private let path: String

    init(
        path: String, lock: FileLock, database: Connection, appending: Appending
    ) throws {
        self.path = path
        work = try Work(appending: appending, lock: lock, database: database)
    }

    func append(_ request: [Append]) async throws -> [Entry] {
        // Compressed here, and not while others wait for the lock.
        let packed = KeptContent.packed(request.flatMap(\.contents))
        return try await withCheckedThrowingContinuation { answer in
            let start = line.withLock { line in
                line.waiting.append(Waiting(request: request, packed: packed, answer: answer))
                defer { line.running = true }
                return !line.running
            }
            // A caller that finds the writer idle writes at once on its own thread, because waking
            // another thread costs as much as the append. Requests that arrive meanwhile go to the
            // queue.
            if start {
                queue.sync { self.serve(atMost: 1) }
                let more = line.withLock { line in
                    line.running = !line.waiting.isEmpty
                    return line.running
                }
                if more { queue.async { self.serve(atMost: .max) } }
            }
        }
    }

    private func serve(atMost batches: Int) {
        var served = 0
        while served < batches, let batch = take() {
            served += 1
            switch Result(catching: { try commit(batch) }) {
            case .success(let results):
                for (waiting, result) in zip(batch, results) {
                    waiting.answer.resume(with: result.mapError { $0 as any Error })
                }
            case .failure(let error) where batch.count > 1 && Self.isOfOne(error):
                // One request violates a table constraint; run separately, each gets its own
                // answer.
                for waiting in batch {
                    waiting.answer.resume(with: Result { try alone(waiting) })
                }
            case .failure(let error):
                for waiting in batch {
                    waiting.answer.resume(throwing: StoreProblem.from(error, path: path))
                }
            }
            checkpointIfLong()
        }
    }

    private func alone(_ waiting: Waiting) throws -> [Entry] {
        do { return try commit([waiting])[0].get() } catch {
            throw StoreProblem.from(error, path: path)
        }
    }

    private static func isOfOne(_ error: any Error) -> Bool {
        (error as? DatabaseError)?.code == SQLITE_CONSTRAINT
    }

    /// The requests of the next transaction; `nil` (and not running) if none wait.
    private func take() -> [Waiting]? {
        line.withLock { line in
            var entries = 0
            let batch = line.waiting.prefix(Limits.requestsPerCommit).prefix { waiting in
                let count = waiting.request.reduce(0) { $0 + $1.drafts.count }
                entries += count
                return entries <= Limits.entriesPerCommit || entries == count
            }
            line.waiting.removeFirst(batch.count)
            line.running = !batch.isEmpty
            return batch.isEmpty ? nil : Array(batch)
        }
    }

    private func commit(_ batch: [Waiting]) throws -> [Result<[Entry], StoreProblem>] {
        try work.refuseIfOver()
        do {
            return try work.lock.hold {
                let results = try work.database.write { database in
                    try work.appending.write(
                        batch.map { ($0.request, $0.packed) }, under: work.seal, in: database)
                }
                work.appending.remember()
                return results
            }
        } catch {
            work.appending.forget()
            if let error = error as? DatabaseError, error.code == SQLITE_IOERR {
                stop(after: error)
            }
            throw work.broken ?? error
        }
    }

    /// The state on disk is unknown: this process writes nothing more.
    private func stop(after error: DatabaseError) {
        work.broken = StoreProblem(
            .damaged, "the disk failed; this store has stopped",
            cause: "\(path): \(error.message) "
                + "(\(error.extendedCode))",
            hint: "check dmesg; then reopen the ledger and run `ledger verify`")
    }

    /// Checkpoints the write-ahead log when it is long: after the answers, never inside a commit.
    private func checkpointIfLong() {
        work.commits += 1
        let pages = Int(work.walPages.pointee)
        guard work.broken == nil,
            pages > Limits.walPages && work.commits >= Limits.walCommits
                || pages > Limits.walPagesAtMost
        else { return }
        work.commits = 0
        do {
            try work.lock.hold {
                try work.database.use { try $0.checkpoint(.passive) }
            }
        } catch let error as DatabaseError where error.code == SQLITE_IOERR {
            stop(after: error)
        } catch {
            // A reader blocks the checkpoint; retry some commits later.
            work.commits = 0
        }
    }

    /// Runs `body` as a writer, under the lock and in a transaction; then discards the cache.
    func exclusively<T>(_ body: (Database) throws -> T) throws -> T {
        try queue.sync {
            try work.refuseIfOver()
            defer { work.appending.forget() }
            do { return try exclusive(body) } catch let error as DatabaseError
                where error.code == SQLITE_IOERR
            {
                stop(after: error)
                throw work.broken ?? error
            }
        }
    }

    private func exclusive<T>(_ body: (Database) throws -> T) throws -> T {
        try work.lock.hold {
            try work.database.write { database in
                _ = try work.seal.begin(.triggers, after: 0)
                return try body(database)
            }
        }
    }

    /// Rewrites the file, so that no deleted or redacted byte remains in it or in its log.
    /// Temporarily needs up to twice the file's size in free space.
    func scrub() throws {
        try queue.sync {
            try work.refuseIfOver()
            defer { work.appending.forget() }
            do {
                try work.lock.hold {
                    try work.database.use { database in
                        // The temporary copy may be larger than the memory.
                        try database.execute("PRAGMA temp_store = FILE")
                        defer { try? database.execute("PRAGMA temp_store = MEMORY") }
                        try database.execute("VACUUM")
                        try database.checkpoint(.truncate)
                    }
                }
            } catch let error as DatabaseError where error.code == SQLITE_IOERR {
                stop(after: error)
                throw work.broken ?? error
            }
        }
    }

    /// Checkpoints the log into the file and closes it, under the lock. The file is then
    /// self-contained. A second call does nothing.
    ///
    /// Throws `StoreProblem` if the disk fails; SQLite would ignore the failure.
    func close() throws {
        try queue.sync {
            if work.isClosed { return }
            try work.lock.hold {
                var failure: DatabaseError?
                if work.broken == nil {
                    do {
                        try work.database.use {
                            try $0.checkpoint(.passive)
                        }
                    } catch let error as DatabaseError where error.code != SQLITE_BUSY {
                        failure = error
                    } catch {
                        // Readers are active; the last connection to close checkpoints the WAL.
                    }
                }
                work.seal.end()
                work.isClosed = true
                try work.database.close()
                if let failure { throw Self.unfolded(failure, path) }
            }
        }
    }

    private static func unfolded(_ error: DatabaseError, _ path: String) -> StoreProblem {
        StoreProblem(
            error.code == SQLITE_FULL ? .full : .damaged,
            error.code == SQLITE_FULL
                ? "the disk is full: the WAL checkpoint failed"
                : "the disk failed during the WAL checkpoint",
            cause:
                "\(path): \(error.message) (\(error.extendedCode))",
            hint:
                "the entries are safe in \(path)-wal: keep both files together, check dmesg, "
                + "and run `ledger doctor`")
    }
}
