internal import Ledger
public import LedgerProof

extension SQLiteStore {
    /// The signed checkpoint over the first commit that covers `size` entries, or the newest.
    public func checkpoint(covering size: Int?) async throws -> SignedNote? {
        let text = try read { database in
            guard let size else {
                return try String.first(
                    database, "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
            }
            return try String.first(
                database, "SELECT note FROM checkpoint WHERE size >= ? ORDER BY size LIMIT 1", size)
        }
        do { return try text.map { try SignedNote(Array($0.utf8)) } } catch {
            throw StoreProblem(
                .damaged, "a checkpoint of the ledger is damaged", cause: "\(error)",
                hint: "run `ledger verify`, and restore a backup beside the file")
        }
    }

    /// Calls `body` with access to the tree nodes.
    public func withNodes<T: Sendable>(
        _ body: @Sendable (TreeProof.Nodes) throws -> T
    ) async throws -> T {
        try read { database in
            try body(try Log.nodes(in: database))
        }
    }
}
