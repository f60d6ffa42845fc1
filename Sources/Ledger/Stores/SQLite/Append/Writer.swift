internal import Dispatch
internal import Foundation
internal import GRDB
internal import GRDBSQLite
internal import Ledger
internal import Synchronization

/// The one writer of a process: requests queue here, and as many as wait go into one transaction.
///
/// Each is judged by its own expected head; the commit is one fdatasync; then all are answered. The
/// lock file is held around each transaction and each checkpoint, so that processes take turns.
final class Writer: Sendable {
    private struct Waiting {
        let request: [Append]
        let answer: CheckedContinuation<[Entry], any Error>
    }
    private struct Line {
        var waiting: [Waiting] = []
        var running = false
    }
    /// What only the writer's own queue touches: that, and the C handle in it, is why it may be
    /// shared.
    private final class Work: @unchecked Sendable {
        var appending: Appending
        let lock: FileLock
        let database: DatabaseQueue
        /// Set for good when the disk failed to sync: what it kept since is not known.
        var broken: StoreProblem?
        /// Commits since the log was last folded back.
        var commits = 0
        /// Pages in the write-ahead log after the last commit; SQLite's hook writes it.
        let walPages = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

        init(appending: Appending, lock: FileLock, database: DatabaseQueue) {
            self.appending = appending
            self.lock = lock
            self.database = database
            walPages.initialize(to: 0)
            let pages = walPages
            database.inDatabase { database in
                _ = sqlite3_wal_hook(
                    database.sqliteConnection,
                    { pages, _, _, count in
                        pages?.assumingMemoryBound(to: Int32.self).pointee = count
                        return SQLITE_OK
                    }, pages)
            }
        }

        deinit {
            try? database.close()
            walPages.deallocate()
        }
    }
    private let line = Mutex(Line())
    private let work: Work
    private let queue = DispatchQueue(label: "ledger.writer", qos: .userInitiated)
    private let path: String

    init(
        path: String, lock: FileLock, database: DatabaseQueue, appending: Appending
    ) {
        self.path = path
        work = Work(appending: appending, lock: lock, database: database)
    }

    func append(_ request: [Append]) async throws -> [Entry] {
        try await withCheckedThrowingContinuation { answer in
            let start = line.withLock { line in
                line.waiting.append(Waiting(request: request, answer: answer))
                defer { line.running = true }
                return !line.running
            }
            // Whoever finds the writer idle writes at once, on its own thread: waking another costs
            // as much as the append. What has come meanwhile is left to the queue.
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
            switch Result(catching: { try commit(batch.map(\.request)) }) {
            case .success(let results):
                for (waiting, result) in zip(batch, results) {
                    waiting.answer.resume(with: result.mapError { $0 as any Error })
                }
            case .failure(let error) where batch.count > 1 && Self.isOfOne(error):
                // One of them offends the tables; alone each gets its own answer.
                for waiting in batch {
                    waiting.answer.resume(with: Result { try alone(waiting.request) })
                }
            case .failure(let error):
                for waiting in batch {
                    waiting.answer.resume(throwing: StoreProblem.from(error, path: path))
                }
            }
            checkpointIfLong()
        }
    }

    private func alone(_ request: [Append]) throws -> [Entry] {
        do { return try commit([request])[0].get() } catch {
            throw StoreProblem.from(error, path: path)
        }
    }

    private static func isOfOne(_ error: any Error) -> Bool {
        (error as? DatabaseError)?.resultCode == .SQLITE_CONSTRAINT
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

    private func commit(_ requests: [[Append]]) throws -> [Result<[Entry], StoreProblem>] {
        if let broken = work.broken { throw broken }
        do {
            return try work.lock.hold {
                var results: [Result<[Entry], StoreProblem>] = []
                try work.database.inTransaction(.immediate) { database in
                    results = try work.appending.write(requests, in: database)
                    return .commit
                }
                work.appending.remember()
                return results
            }
        } catch {
            work.appending.forget()
            if let error = error as? DatabaseError, error.resultCode == .SQLITE_IOERR {
                stop(after: error)
            }
            throw work.broken ?? error
        }
    }

    /// What the disk kept is not known any more: nothing further is written by this process.
    private func stop(after error: DatabaseError) {
        work.broken = StoreProblem(
            .damaged, "the disk failed; this store has stopped",
            cause: "\(path): \(error.message ?? "I/O error") "
                + "(\(error.extendedResultCode.rawValue))",
            hint: "look at dmesg; then open the ledger again and run `ledger verify`")
    }

    /// Folds the write-ahead log back when it has grown long: after the answers, never inside a
    /// commit.
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
                try work.database.writeWithoutTransaction { _ = try $0.checkpoint(.passive) }
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_IOERR {
            stop(after: error)
        } catch {
            // Whoever is in the way now is gone some commits later: the log stays as it is until
            // then.
            work.commits = 0
        }
    }

    /// Runs `body` as a writer: under the lock, in a transaction, with everything forgotten
    /// afterwards.
    func exclusively<T>(_ body: (Database) throws -> T) throws -> T {
        try queue.sync {
            if let broken = work.broken { throw broken }
            defer { work.appending.forget() }
            do { return try exclusive(body) } catch let error as DatabaseError
                where error.resultCode == .SQLITE_IOERR
            {
                stop(after: error)
                throw work.broken ?? error
            }
        }
    }

    private func exclusive<T>(_ body: (Database) throws -> T) throws -> T {
        try work.lock.hold {
            var result: T?
            try work.database.inTransaction(.immediate) { database in
                result = try body(database)
                return .commit
            }
            guard let result else {
                throw StoreProblem(.damaged, "the transaction did not run")
            }
            return result
        }
    }

    /// Writes the file anew, so that no byte of what was deleted or taken out is left in it or in
    /// its log. Needs up to twice as much room again while it works.
    func scrub() throws {
        try queue.sync {
            if let broken = work.broken { throw broken }
            defer { work.appending.forget() }
            do {
                try work.lock.hold {
                    try work.database.writeWithoutTransaction { database in
                        // The copy it makes on the way may be larger than the memory.
                        try database.execute(sql: "PRAGMA temp_store = FILE")
                        defer { try? database.execute(sql: "PRAGMA temp_store = MEMORY") }
                        try database.execute(sql: "VACUUM")
                        _ = try database.checkpoint(.truncate)
                    }
                }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_IOERR {
                stop(after: error)
                throw work.broken ?? error
            }
        }
    }

    /// Folds the log back into the file and closes, under the lock: the file then stands by itself.
    ///
    /// Throws `StoreProblem` where the disk fails at that: SQLite would keep silent.
    func close() throws {
        try queue.sync {
            try work.lock.hold {
                var failure: DatabaseError?
                if work.broken == nil {
                    do {
                        try work.database.writeWithoutTransaction {
                            _ = try $0.checkpoint(.passive)
                        }
                    } catch let error as DatabaseError where error.resultCode != .SQLITE_BUSY {
                        failure = error
                    } catch {
                        // Somebody reads: whoever closes last folds it back.
                    }
                }
                try work.database.close()
                if let failure { throw Self.unfolded(failure, path) }
            }
        }
    }

    private static func unfolded(_ error: DatabaseError, _ path: String) -> StoreProblem {
        StoreProblem(
            error.resultCode == .SQLITE_FULL ? .full : .damaged,
            error.resultCode == .SQLITE_FULL
                ? "the disk is full: the log was not folded into the file"
                : "the disk failed when the log was folded into the file",
            cause:
                "\(path): \(error.message ?? "I/O error") (\(error.extendedResultCode.rawValue))",
            hint:
                "what was recorded is in \(path)-wal, on disk: keep the two together, look at dmesg, "
                + "and run `ledger doctor`")
    }
}
