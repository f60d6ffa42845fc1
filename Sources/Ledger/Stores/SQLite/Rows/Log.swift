internal import Ledger
internal import LedgerProof

/// The stored log: its last entry and its tree.
enum Log {
    /// Maximum number of missing entries that are reported one by one.
    private static let smallGap = 1 << 20

    /// The sequence of the last entry; 0 in an empty ledger.
    static func head(_ database: Database) throws -> Int {
        try Int.first(database, "SELECT coalesce(max(sequence), 0) FROM entry") ?? 0
    }

    /// Throws if a very large number of entries is missing. An edited sequence could claim any
    /// number, so the gap is not counted one by one.
    static func gap(before head: Int, _ database: Database) throws -> StoreProblem? {
        let count = try Int.first(database, "SELECT count(*) FROM entry") ?? 0
        if head - count <= smallGap { return nil }
        let missing = try Int.first(
            database,
            """
            SELECT 1 + coalesce(max(sequence), 0) FROM entry AS before
            WHERE NOT EXISTS (SELECT 1 FROM entry WHERE sequence = before.sequence + 1)
                AND sequence < ?
            """, head)
        return StoreProblem(
            .damaged, "entry \(missing ?? 1) is missing",
            cause: "the ledger has \(count) entries, but the last one has the sequence \(head)",
            hint: Hint("restore a backup", run: "ledger restore FILE"))
    }

    /// The nodes of the tree; each is stored with the entry that completed it.
    static func nodes(in database: Database) throws -> TreeProof.Nodes {
        let row = RowAccess(
            try database.keptStatement(
                "SELECT substr(hashes, ?, 32) FROM entry WHERE sequence = ?"))
        return { level, index in try node(level, at: (index + 1) << level, row, database) }
    }

    private static func node(
        _ level: Int, at sequence: Int, _ row: RowAccess, _ database: Database
    ) throws -> TreeHash {
        row.bind(1 + 32 * level, at: 1)
        row.bind(sequence, at: 2)
        defer { row.reset() }
        guard try row.next(), let node = TreeHash(bytes: Array(row.bytes(0))) else {
            throw StoreProblem(
                .damaged, "the ledger's tree is damaged at entry \(sequence)",
                cause: "the tree node at level \(level) is missing",
                hint: "run `ledger verify`, and restore a backup beside the file", entry: sequence)
        }
        return node
    }

    static func sealer(head: Int, in database: Database) throws -> Sealer {
        let nodes = try nodes(in: database)
        let edge = try Tree.edgePlaces(size: head).map { sequence, level in
            try nodes(level, sequence >> level - 1)
        }
        let last = try Int.first(
            database, "SELECT recorded FROM entry WHERE sequence = ?", head)
        guard let tree = Tree(size: head, edge: edge) else {
            throw StoreProblem(.damaged, "the ledger's tree is damaged", entry: head)
        }
        return Sealer(tree: tree, recorded: Timestamp(microseconds: last.map(Int64.init) ?? .min))
    }
}
