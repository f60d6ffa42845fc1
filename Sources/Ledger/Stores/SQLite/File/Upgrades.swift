internal import GRDB

/// Upgrades files of older programs.
///
/// Derived data (stored views, search index, SQL views) and triggers are dropped and recreated as
/// in the current schema.sql. Other missing tables are added. The entries are not touched: their
/// bytes never change.
///
/// Version 1 kept the end of each line in `view_row` and indexed every entry at once. Version 2 did
/// not protect the heads of streams. Version 3 had no checkpoints, version 4 no redactions. Version
/// 5 allowed empty members in redacted payloads. Version 6 did not record copied entries. Version 7
/// dropped a mark's line when the mark was removed.
enum Upgrades {
    private static let derived = ["view_row", "view_reached", "search", "search_reached"]

    /// Runs in the caller's transaction.
    static func run(in database: Database) throws {
        for table in derived { try database.execute(sql: "DROP TABLE IF EXISTS \(table)") }
        var made: [String] = []
        try RowAccess.each(
            "SELECT type, name FROM sqlite_master WHERE type IN ('view', 'trigger')", in: database
        ) { row in
            made.append("\(row.text(0) ?? "") \"\(row.text(1) ?? "")\"")
        }
        for what in made { try database.execute(sql: "DROP \(what)") }
        let kept = Set(
            try String.fetchAll(database, sql: "SELECT type || ' ' || name FROM sqlite_master"))
        let fresh = try DatabaseQueue()
        var wanted: [(name: String, sql: String)] = []
        try fresh.write { fresh in
            try fresh.execute(sql: Opening.schema)
            // The index's own tables come with it.
            let sql = """
                SELECT type || ' ' || name, sql FROM sqlite_master
                WHERE sql IS NOT NULL AND name NOT LIKE 'search#_%' ESCAPE '#'
                    OR name = 'search_reached' ORDER BY rowid
                """
            try RowAccess.each(sql, in: fresh) { row in
                wanted.append((row.text(0) ?? "", row.text(1) ?? ""))
            }
        }
        for (name, sql) in wanted where !kept.contains(name) { try database.execute(sql: sql) }
        try database.execute(sql: "PRAGMA user_version = \(Opening.version)")
    }
}
