import Crypto
import Foundation
import CSQLite
internal import Ledger

/// The raw sides: the disk, and plain SQLite over the same library, without a ledger in between.
enum Raw {
    struct Failed: Error { let what: String }

    /// 4 KiB appended and synced, again and again.
    static func disk(_ folder: String, count: Int) throws -> Figure {
        let path = "\(folder)/disk"
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        defer {
            close(descriptor)
            unlink(path)
        }
        let block = [UInt8](repeating: 7, count: 4096)
        var latencies: [Double] = []
        let clock = Clock()
        for _ in 0..<count {
            let one = Clock()
            guard write(descriptor, block, block.count) == block.count, fdatasync(descriptor) == 0
            else { throw Failed(what: "fdatasync") }
            latencies.append(one.seconds)
        }
        return clock.rate("disk_append", count, latencies)
    }

    static func run(_ database: OpaquePointer?, _ sql: String) throws {
        guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else {
            throw Failed(what: String(cString: sqlite3_errmsg(database)))
        }
    }

    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// Batches into a plain table of the same columns: no index, no hash, no view, no trigger.
    static func batches(_ path: String, _ events: [WorkEvent], batch: Int) throws -> Figure {
        var database: OpaquePointer?
        guard sqlite3_open(path, &database) == SQLITE_OK else { throw Failed(what: path) }
        defer { sqlite3_close(database) }
        try run(
            database,
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            CREATE TABLE entry (sequence INTEGER PRIMARY KEY, id BLOB NOT NULL, stream TEXT NOT NULL,
            position INTEGER NOT NULL, kind TEXT NOT NULL, time INTEGER NOT NULL, recorded INTEGER NOT NULL,
            "by" TEXT NOT NULL, known TEXT NOT NULL, cause BLOB, correlation BLOB, source TEXT,
            source_id TEXT, environment TEXT, service TEXT, tag TEXT, digest TEXT, revision TEXT,
            hashes BLOB NOT NULL, payload TEXT NOT NULL) STRICT;
            """)
        var insert: OpaquePointer?
        sqlite3_prepare_v2(
            database, "INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", -1,
            &insert, nil)
        defer { sqlite3_finalize(insert) }
        let hash = [UInt8](repeating: 0, count: 32)
        let clock = Clock()
        for (index, event) in events.enumerated() {
            if index % batch == 0 { try run(database, "BEGIN IMMEDIATE") }
            sqlite3_bind_int64(insert, 1, Int64(index + 1))
            sqlite3_bind_blob(insert, 2, event.id.bytes, 16, transient)
            sqlite3_bind_int64(insert, 4, 1)
            sqlite3_bind_int64(insert, 6, event.time.microseconds)
            sqlite3_bind_int64(insert, 7, event.time.microseconds)
            let texts: [(Int32, String?)] = [
                (3, event.stream.rawValue), (5, event.kind), (8, event.by), (9, "declared"),
                (14, event.subject.environment?.rawValue), (15, event.subject.service?.rawValue),
                (16, event.subject.tag?.rawValue), (17, event.subject.digest?.rawValue),
                (18, event.subject.revision?.rawValue), (20, event.payload),
            ]
            for (place, text) in texts {
                if let text {
                    sqlite3_bind_text(insert, place, text, Int32(text.utf8.count), transient)
                } else {
                    sqlite3_bind_null(insert, place)
                }
            }
            sqlite3_bind_blob(insert, 19, hash, 32, transient)
            guard sqlite3_step(insert) == SQLITE_DONE else { throw Failed(what: "insert") }
            sqlite3_reset(insert)
            if index % batch == batch - 1 || index == events.count - 1 {
                try run(database, "COMMIT")
            }
        }
        return clock.rate("raw_batch_\(batch)", events.count)
    }

    /// Every column of every entry of a ledger; with `hashing` one SHA-256 over the row's bytes.
    static func scan(_ path: String, hashing: Bool) throws -> Figure {
        var database: OpaquePointer?
        guard sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, nil) == SQLITE_OK else {
            throw Failed(what: path)
        }
        defer { sqlite3_close(database) }
        var select: OpaquePointer?
        let sql = "SELECT * FROM entry ORDER BY sequence"
        guard sqlite3_prepare_v2(database, sql, -1, &select, nil) == SQLITE_OK else {
            throw Failed(what: sql)
        }
        defer { sqlite3_finalize(select) }
        let columns = sqlite3_column_count(select)
        var (count, bytes) = (0, 0)
        let clock = Clock()
        while sqlite3_step(select) == SQLITE_ROW {
            count += 1
            var hasher = SHA256()
            for column in 0..<columns {
                if sqlite3_column_type(select, column) == SQLITE_INTEGER {
                    bytes &+= Int(sqlite3_column_int64(select, column) & 1)
                    continue
                }
                let start = sqlite3_column_blob(select, column)
                let size = Int(sqlite3_column_bytes(select, column))
                bytes += size
                if hashing, size > 0 {
                    hasher.update(bufferPointer: UnsafeRawBufferPointer(start: start, count: size))
                }
            }
            if hashing { bytes &+= Int(hasher.finalize().withUnsafeBytes { $0[0] }) }
        }
        guard bytes > 0 else { throw Failed(what: "the ledger is empty") }
        return clock.rate(hashing ? "raw_scan_sha" : "raw_scan", count)
    }
}
