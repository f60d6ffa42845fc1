internal import Foundation
internal import GRDB
internal import Ledger
public import LedgerProof

extension SQLiteStore {
    /// The signed checkpoint over the first commit that covers so many entries, or the newest.
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

    /// Lends the nodes of the tree.
    public func withNodes<T: Sendable>(
        _ body: @Sendable (TreeProof.Nodes) throws -> T
    ) async throws -> T {
        try read { database in
            try body(try Appending.nodes(in: database))
        }
    }
}

extension Appending {
    /// The nodes of the tree: each is kept by the entry that completed it.
    static func nodes(in database: Database) throws -> TreeProof.Nodes {
        let row = RowAccess(
            try database.cachedStatement(
                sql: "SELECT substr(hashes, ?, 32) FROM entry WHERE sequence = ?"))
        return { level, index in try node(level, at: (index + 1) << level, row, database) }
    }

    private static func node(
        _ level: Int, at sequence: Int, _ row: RowAccess, _ database: Database
    ) throws -> TreeHash {
        row.bind(1 + 32 * level, at: 1)
        row.bind(sequence, at: 2)
        defer { row.reset() }
        guard try row.next(database), let node = TreeHash(bytes: Array(row.bytes(0))) else {
            throw StoreProblem(
                .damaged, "the ledger's tree is damaged at entry \(sequence)",
                cause: "the tree's node of level \(level) is missing",
                hint: "run `ledger verify`, and restore a backup beside the file", entry: sequence)
        }
        return node
    }
}

/// That the checkpoints which are kept say what the roots say, and are signed by who may.
struct CheckpointCheck {
    let path: String
    /// The keys whose signatures count; `nil`: signatures are not looked at.
    let keys: [VerifierKey]?

    func findings(in sizes: ClosedRange<Int>) throws -> [Verification.Finding] {
        let reader = try Opening.readOnly(path)
        defer { try? reader.close() }
        return try reader.read { database in
            let rows = RowAccess(
                try database.makeStatement(
                    sql: """
                        SELECT checkpoint.size, note, root FROM checkpoint
                        LEFT JOIN root ON root.size = checkpoint.size
                        WHERE checkpoint.size BETWEEN ? AND ? ORDER BY checkpoint.size
                        """))
            rows.bind(sizes.lowerBound, at: 1)
            rows.bind(sizes.upperBound, at: 2)
            var findings: [Verification.Finding] = []
            while try rows.next(database) {
                let size = rows.integer(0)
                let root = TreeHash(bytes: Array(rows.bytes(2)))
                if let what = problem(rows.text(1) ?? "", size, root) {
                    findings.append(.init(sequence: size, what: what))
                }
            }
            return findings
        }
    }

    private func problem(_ text: String, _ size: Int, _ root: TreeHash?) -> String? {
        do {
            let note = try SignedNote(Array(text.utf8))
            let checkpoint = try Checkpoint(note.text)
            guard checkpoint.size == size, checkpoint.root == root else {
                return "the checkpoint kept over it is of another tree"
            }
            if let keys { _ = try Checkpoint.opened(note, trusting: keys) }
            return nil
        } catch  where error.isUntrusted {
            return "the checkpoint kept over it cannot be checked: \(error)"
        } catch {
            return "the checkpoint kept over it does not hold: \(error)"
        }
    }
}
