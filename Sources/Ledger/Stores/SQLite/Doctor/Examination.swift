internal import CSQLite
internal import FoundationEssentials
internal import Glibc
public import Ledger
internal import LedgerProof

extension SQLiteStore {
    /// Checks the file at `path`, its log, lock, versions, permissions, disk and clock. Also checks
    /// for files that killed processes left, including in the `temporary` folder (`TMPDIR`).
    ///
    /// Throws `StoreProblem` only if there is no file to check.
    public static func examine(
        path: String, now: Timestamp, views: [any StoredView],
        temporary: String? = nil
    ) throws -> Examination {
        let path = file(at: path)
        do {
            let inside = try Inside(path: path, now: now, views: views).findings()
            let outside = FileContext(
                path: path, temporary: temporary ?? FileManager.default.temporaryDirectory.path
            )
            .findings()
            return Examination(findings: inside + outside)
        } catch {
            throw StoreProblem.from(error, path: path)
        }
    }
}

private typealias Finding = Examination.Finding

/// The content of the file.
private struct Inside {
    let path: String
    let now: Timestamp
    let views: [any StoredView]

    func findings() throws -> [Finding] {
        do {
            let reader = try Opening.reading(path: path)
            defer { try? reader.close() }
            return try reader.read { database in
                let age = try Opening.age(of: database, path: path)
                let head = try Log.head(database)
                return try [
                    file(head, database), versions(age, head, database), newest(head, database),
                    clock(head, database),
                ]
            }
        } catch let error as DatabaseError
            where error.code == SQLITE_CORRUPT
            || error.code == SQLITE_NOTADB && wasLedger
        {
            return [Self.damaged(error.message)]
        }
    }

    /// Whether the path was ever used by a ledger.
    private var wasLedger: Bool {
        FileManager.default.fileExists(atPath: NewestFile.path(of: path))
    }

    private static func damaged(_ why: String) -> Finding {
        Finding(
            "file", .bad, "its pages are damaged: \(why)",
            toDo: "keep the file unchanged, and restore a backup: ledger restore FILE")
    }

    private func file(_ head: Int, _ database: Database) throws -> Finding {
        let pages = try Int.first(database, "PRAGMA page_count") ?? 0
        let size = try Int.first(database, "PRAGMA page_size") ?? 0
        let answer = try String.first(database, "PRAGMA quick_check(1)") ?? ""
        if answer != "ok" { return Self.damaged(answer) }
        return Finding(
            "file", .well,
            "\(head == 1 ? "1 entry" : "\(head) entries") in \(pages * size / 1024) KiB; "
                + "its pages are intact (`ledger verify` checks their content)")
    }

    private func versions(
        _ age: Opening.Age, _ head: Int, _ database: Database
    ) throws -> Finding {
        let sqlite = try String.first(database, "SELECT sqlite_version()") ?? ""
        if case .older(let version) = age {
            return Finding(
                "versions", .look,
                "its tables have version \(version); this program: \(Opening.version)",
                toDo: "upgrade it: ledger rebuild")
        }
        let stale: [String]
        do {
            stale = try ViewRegister(head: head, in: database).outdated(of: views).map(\.name)
        } catch let problem as StoreProblem {
            return Finding("versions", .bad, problem.message, toDo: problem.hint?.description)
        }
        if head > 0, !stale.isEmpty {
            return Finding(
                "versions", .look,
                "views of another program version: \(stale.sorted().joined(separator: ", "))",
                toDo: "rebuild them: ledger rebuild")
        }
        return Finding(
            "versions", .well, "tables of version \(Opening.version), SQLite \(sqlite)")
    }

    private func newest(_ head: Int, _ database: Database) throws -> Finding {
        let file = NewestFile.path(of: path)
        guard FileManager.default.fileExists(atPath: file) else {
            return Finding(
                "newest", head == 0 ? .well : .look, "the file with the last known size is missing",
                toDo: head == 0 ? nil : "nothing: the next append creates \(file)")
        }
        guard head == 0 || NewestFile.newest(at: file) != nil else {
            return Finding(
                "newest", .look, "the file with the last known size cannot be read",
                toDo:
                    "check that no entry is missing: ledger verify --against FILE, with a stored "
                    + "checkpoint; the next append rewrites \(file)")
        }
        do {
            try NewestFile(path: file).refuseOlder(head: head) { size in
                try TreeProof.root(of: size, try Log.nodes(in: database))
            }
            return Finding("newest", .well, "it contains every entry that is known here")
        } catch let problem as StoreProblem {
            return Finding(
                "newest", .bad, [problem.message, problem.cause ?? ""].joined(separator: ": "),
                toDo: problem.hint?.description)
        }
    }

    /// Tolerated clock difference between machines, in seconds.
    private static let skew = 600.0

    private func clock(_ head: Int, _ database: Database) throws -> Finding {
        let last = try Int.first(
            database, "SELECT recorded FROM entry WHERE sequence = ?", head)
        guard let last else { return Finding("clock", .well, "the time here is \(now)") }
        let recorded = Timestamp(microseconds: Int64(last))
        if recorded.seconds(since: now) <= Self.skew {
            return Finding(
                "clock", .well, "the time here is \(now); the last entry is from \(recorded)")
        }
        return Finding(
            "clock", .bad, "the last entry is from \(recorded), but the time here is \(now)",
            toDo: "set the clock (timedatectl); until then entries get the time \(recorded)")
    }
}
