internal import Foundation
internal import GRDB
public import Ledger
internal import LedgerProof

/// What a look at a ledger's file and its surroundings has found. Nothing is changed by it.
public struct Examination: Sendable {
    /// How something stands.
    public enum State: String, Sendable {
        case well
        /// It works, and somebody should look.
        case look
        /// What was written is not safe.
        case bad
    }
    /// One thing that was looked at.
    public struct Finding: Sendable, Hashable {
        /// `file`, `log`, `lock`, `versions`, `permissions`, `disk`, `clock`, `newest`, `rests`,
        /// `backups`.
        public let about: String
        public let state: State
        public let what: String
        /// What to do; `nil` where nothing is.
        public let toDo: String?

        public init(_ about: String, _ state: State, _ what: String, toDo: String? = nil) {
            self.about = about
            self.state = state
            self.what = what
            self.toDo = toDo
        }
    }
    public let findings: [Finding]
}

extension SQLiteStore {
    /// Looks at the file at `path`, its log, lock, versions, permissions, disk and clock, and at
    /// what killed processes left, also in the folder for what is `temporary` (`TMPDIR`).
    ///
    /// Throws `StoreProblem` only where there is nothing to look at.
    public static func examine(
        path: String, now: Timestamp, views: [any StoredView],
        temporary: String? = nil
    ) throws -> Examination {
        let path = file(at: path)
        do {
            let inside = try Inside(path: path, now: now, views: views).findings()
            let outside = FileContext(path: path, temporary: temporary ?? NSTemporaryDirectory())
                .findings()
            return Examination(findings: inside + outside)
        } catch {
            throw StoreProblem.from(error, path: path)
        }
    }
}

private typealias Finding = Examination.Finding

/// What the file itself says.
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
            where error.resultCode == .SQLITE_CORRUPT
            || error.resultCode == .SQLITE_NOTADB && wasLedger
        {
            return [Self.damaged("\(error.message ?? "it cannot be read")")]
        }
    }

    /// Whether a ledger wrote there once.
    private var wasLedger: Bool {
        FileManager.default.fileExists(atPath: NewestFile.path(of: path))
    }

    private static func damaged(_ why: String) -> Finding {
        Finding(
            "file", .bad, "its pages are damaged: \(why)",
            toDo: "keep it as it is, and restore a backup: ledger restore FILE")
    }

    private func file(_ head: Int, _ database: Database) throws -> Finding {
        let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let size = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
        let answer = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? ""
        if answer != "ok" { return Self.damaged(answer) }
        return Finding(
            "file", .well,
            "\(head == 1 ? "1 entry" : "\(head) entries") in \(pages * size / 1024) KiB; its pages are whole "
                + "(`ledger verify` looks at what is written on them)")
    }

    private func versions(
        _ age: Opening.Age, _ head: Int, _ database: Database
    ) throws -> Finding {
        let sqlite = try String.fetchOne(database, sql: "SELECT sqlite_version()") ?? ""
        if case .older(let version) = age {
            return Finding(
                "versions", .look,
                "its tables have version \(version), this program's \(Opening.version)",
                toDo: "bring it up to date: ledger rebuild")
        }
        let stale: [String]
        do {
            stale = try ViewKeeper(views: views).stale(head: head, in: database).map(\.name)
        } catch let problem as StoreProblem {
            return Finding("versions", .bad, problem.message, toDo: problem.hint)
        }
        if head > 0, !stale.isEmpty {
            return Finding(
                "versions", .look,
                "these views were made by another program: \(stale.sorted().joined(separator: ", "))",
                toDo: "make them anew: ledger rebuild")
        }
        return Finding(
            "versions", .well, "tables of version \(Opening.version), SQLite \(sqlite)")
    }

    private func newest(_ head: Int, _ database: Database) throws -> Finding {
        let file = NewestFile.path(of: path)
        guard FileManager.default.fileExists(atPath: file) else {
            return Finding(
                "newest", head == 0 ? .well : .look, "nothing remembers how far it had come",
                toDo: head == 0 ? nil : "nothing: the next append makes \(file)")
        }
        guard head == 0 || NewestFile.newest(at: file) != nil else {
            return Finding(
                "newest", .look, "what remembers how far it had come cannot be read",
                toDo:
                    "see that nothing is gone: ledger verify --against FILE, with a checkpoint that "
                    + "was kept; the next append writes \(file) anew")
        }
        do {
            try NewestFile(path: file).refuseOlder(head: head) { size in
                try TreeProof.root(of: size, try Log.nodes(in: database))
            }
            return Finding("newest", .well, "it goes on from what it was last")
        } catch let problem as StoreProblem {
            return Finding(
                "newest", .bad, [problem.message, problem.cause ?? ""].joined(separator: ": "),
                toDo: problem.hint)
        }
    }

    /// Seconds by which the clock of another machine may be ahead.
    private static let skew = 600.0

    private func clock(_ head: Int, _ database: Database) throws -> Finding {
        let last = try Int64.fetchOne(
            database, sql: "SELECT recorded FROM entry WHERE sequence = ?", arguments: [head])
        guard let last else { return Finding("clock", .well, "it is \(now) here") }
        let recorded = Timestamp(microseconds: last)
        if recorded.seconds(since: now) <= Self.skew {
            return Finding(
                "clock", .well, "it is \(now) here, and the last entry is of \(recorded)")
        }
        return Finding(
            "clock", .bad, "the last entry was recorded at \(recorded), and here it is \(now)",
            toDo: "set the clock (timedatectl); until then all counts as recorded at \(recorded)")
    }
}
