internal import Foundation
internal import GRDB
internal import Ledger
public import LedgerProof

extension SQLiteStore {
    /// The signed checkpoint over the first commit that covers `size` entries, or the newest.
    public func checkpoint(covering size: Int?) async throws -> SignedNote? {
        let sql =
            size == nil
            ? "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1"
            : "SELECT note FROM checkpoint WHERE size >= ? ORDER BY size LIMIT 1"
        let text = try read { database in
            try String.fetchOne(database, sql: sql, arguments: size.map { [$0] } ?? [])
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
