internal import Ledger
internal import LedgerSQLite
internal import Projections

/// The only place that knows in which kind of store a ledger is kept.
extension Wiring {
    /// The file that a path leads to, through links.
    static func file(at path: String) -> String { SQLiteStore.file(at: path) }

    /// Creates an empty ledger; throws `StoreProblem`.
    static func create(at path: String) throws { try SQLiteStore.create(path: path) }

    /// Opens a ledger; throws `StoreProblem`. `heard` is called with what the user should know.
    static func open(
        _ path: String, _ access: LedgerAccess = .reading,
        signer: (any CheckpointSigner)? = nil, heard: (String) -> Void = { _ in }
    ) throws -> any KeptLedger {
        let store = try SQLiteStore(path: path, access, views: StoredViews.all, signer: signer)
        if let version = store.upgradedFrom {
            heard(
                "Upgraded \(path): its tables had version \(version). "
                    + "Older programs cannot open it any more")
        }
        return store
    }

    /// Replaces the ledger at a path with a backup; throws `StoreProblem`.
    static func restore(
        _ backup: String, to path: String, losingAfter last: Int?
    ) throws -> Restored {
        try SQLiteStore.restore(backup, to: path, views: StoredViews.all, losingAfter: last)
    }

    /// Examines the file of a ledger and its surroundings; throws `StoreProblem`.
    static func examine(_ path: String, now: Timestamp) throws -> Examination {
        try SQLiteStore.examine(path: path, now: now, views: StoredViews.all)
    }
}
