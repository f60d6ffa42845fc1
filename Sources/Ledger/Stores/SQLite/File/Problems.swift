internal import CSQLite
internal import Ledger
internal import LedgerText

extension StoreProblem {
    /// Converts an error of SQLite into a `StoreProblem`.
    static func from(_ error: any Error, path: String) -> StoreProblem {
        if let problem = error as? StoreProblem { return problem }
        guard let error = error as? DatabaseError else {
            return StoreProblem(
                .readOnly, "the ledger's files cannot be read or written", cause: error.systemWords,
                hint: "check the permissions, the free space (df), and the limits (ulimit -a)")
        }
        let cause =
            "SQLite: \(error.message) (\(error.extendedCode))"
        switch error.code {
        case _ where error.extendedCode == DatabaseError.noRoomForIndex:
            return StoreProblem(
                .full, "the disk is full", cause: "\(path) \(cause)",
                hint: "free some space (df -h \(path)) and run the same command again")
        case SQLITE_NOMEM:
            return StoreProblem(
                .full, "there is not enough memory; nothing was written", cause: "\(path) \(cause)",
                hint: "check the limits (ulimit -v, the container's memory) and run it again")
        case SQLITE_FULL:
            return StoreProblem(
                .full, "the disk is full; nothing was written", cause: "\(path) \(cause)",
                hint: "free some space (df -h \(path)) and run the same command again")
        case SQLITE_READONLY, SQLITE_PERM:
            return StoreProblem(
                .readOnly, "the ledger is read-only", cause: "\(path) \(cause)",
                hint: "check who owns the file and its folder: ls -l \(path)")
        case SQLITE_BUSY, SQLITE_LOCKED:
            return StoreProblem(
                .busy, "another program has locked the ledger", cause: "\(path) \(cause)",
                hint: "close other programs that have it open: fuser \(path)")
        case SQLITE_NOTADB:
            return StoreProblem(
                .notALedger, "\(path) is not a ledger", cause: cause,
                hint: "name the right file with --db, or create a ledger with `ledger init`")
        case SQLITE_CANTOPEN:
            return StoreProblem(
                .missing, "the ledger cannot be opened", cause: "\(path) \(cause)",
                hint: "check the path and its permissions, or create a ledger with `ledger init`")
        case SQLITE_CORRUPT:
            return StoreProblem(
                .damaged, "the ledger's file is damaged", cause: "\(path) \(cause)",
                hint: "keep the file unchanged, and restore a backup beside it")
        case SQLITE_CONSTRAINT:
            return StoreProblem(.input, "the ledger refused the entry", cause: cause)
        case SQLITE_IOERR:
            return StoreProblem(
                .damaged, "the disk failed", cause: "\(path) \(cause)",
                hint: "check dmesg; then reopen the ledger and run `ledger verify`")
        default:
            return StoreProblem(.damaged, "the store failed", cause: "\(path) \(cause)")
        }
    }
}
