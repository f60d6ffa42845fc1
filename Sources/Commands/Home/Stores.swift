public import Ledger
internal import LedgerSQLite
internal import Projections

/// The only place that knows in which kind of store a ledger is kept.
public enum Stores {
    /// The file that a path leads to, through links.
    public static func file(at path: String) -> String { SQLiteStore.file(at: path) }

    /// Creates an empty ledger; throws `StoreProblem`.
    public static func create(at path: String) throws { try SQLiteStore.create(path: path) }

    /// Opens a ledger; throws `StoreProblem`. `heard` is called with what the user should know.
    public static func open(
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
    public static func restore(
        _ backup: String, to path: String, losingAfter last: Int?
    ) throws -> Restored {
        try SQLiteStore.restore(backup, to: path, views: StoredViews.all, losingAfter: last)
    }

    /// Examines the file of a ledger and its surroundings; throws `StoreProblem`.
    public static func examine(_ path: String, now: Timestamp) throws -> Examination {
        try SQLiteStore.examine(path: path, now: now, views: StoredViews.all)
    }

    /// Opens a ledger for writing. Checkpoints are signed with its own key, which lies beside it,
    /// or with `first` for a new ledger. `heard` is called with what the user should know.
    public static func openSigning(
        _ path: String, with first: LedgerKey? = nil,
        heard: @escaping @Sendable (String) -> Void
    ) async throws -> any KeptLedger {
        let file = CheckpointKey(besides: path, heard: heard)
        let signer = try first ?? file.read()
        let store = try open(path, .writing, signer: signer, heard: heard)
        if first != nil { return store }
        do {
            let own = try await file.own(of: store)
            if own?.verifier == signer?.verifier { return store }
            if own != nil { try? file.takeNext() }
            try await store.close()
            return try open(path, .writing, signer: own, heard: heard)
        } catch {
            try? await store.close()
            throw error
        }
    }
}
