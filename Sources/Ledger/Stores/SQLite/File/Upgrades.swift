internal import Ledger
internal import LedgerText

/// Upgrades files of older programs.
///
/// Derived data (stored views, search index, SQL views) and triggers are dropped and recreated as
/// in the current schema.sql. Other missing tables are added, and so are columns. The rows of the
/// entries are not touched: their bytes never change.
///
/// Version 1 kept the end of each line in `view_row` and indexed every entry at once. Version 2 did
/// not protect the heads of streams. Version 3 had no checkpoints, version 4 no redactions. Version
/// 5 allowed empty members in redacted payloads. Version 6 did not record copied entries. Version 7
/// dropped a mark's line when the mark was removed. Version 8 had no salts, kept complete lines and
/// did not compress contents.
enum Upgrades {
    private static let derived = [
        "view_row", "view_reached", "view_made", "search_reached",
    ]

    /// Runs in the caller's transaction.
    static func run(in database: Database) throws {
        for table in derived { try database.execute("DROP TABLE IF EXISTS \(table)") }
        try SearchIndex.drop(in: database)
        var made: [String] = []
        try RowAccess.each(
            "SELECT type, name FROM sqlite_master WHERE type IN ('view', 'trigger')", in: database
        ) { row in
            // A name is text from outside: it must not end the quotes.
            let name = (row.text(1) ?? "").exchanging("\"", for: "\"\"")
            made.append("\(row.text(0) ?? "") \"\(name)\"")
        }
        for what in made { try database.execute("DROP \(what)") }
        try database.execute("DROP INDEX IF EXISTS entry_ahead")
        let kept = Set(
            try String.all(database, "SELECT type || ' ' || name FROM sqlite_master"))
        let fresh = try Connection()
        var wanted: [(name: String, sql: String)] = []
        try fresh.write { fresh in
            try fresh.execute(Schema.text)
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
        try add(
            columns: [
                ("entry", "salt", "BLOB CHECK (length(salt) IN (0, 16))"),
                ("content", "size", "INTEGER"),
            ], database)
        for (name, sql) in wanted where !kept.contains(name) { try database.execute(sql) }
        try database.execute("PRAGMA user_version = \(Opening.version)")
    }

    /// Adds columns, which are NULL in the existing rows, and gives the tables the text of
    /// schema.sql, which `verify` compares.
    ///
    /// SQLite documents such changes of its list of tables (sqlite.org/lang_altertable.html,
    /// "Making Other Kinds Of Table Schema Changes"). Here only comments and blanks change.
    private static func add(
        columns: [(table: String, name: String, type: String)], _ database: Database
    ) throws {
        for (table, name, type) in columns {
            let known = try Int.first(
                database, "SELECT count(*) FROM pragma_table_info(?) WHERE name = ?",
                table, name)
            if known != 0 { continue }
            try database.execute("ALTER TABLE \(table) ADD COLUMN \(name) \(type)")
        }
        for (table, _, _) in columns {
            guard try Schema.shape(of: table, in: database) == Schema.shape(of: table) else {
                throw StoreProblem(
                    .damaged, "table \(table) is not as any version of ledger made it",
                    hint: "nothing was changed; restore a backup beside the file")
            }
        }
        let version = try Int.first(database, "PRAGMA schema_version") ?? 0
        try database.execute("PRAGMA writable_schema = ON")
        for (table, _, _) in columns {
            let sql = try Schema.definition(of: table)
            try database.execute(
                "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = ?",
                sql, table)
        }
        // It makes every connection read the list again.
        try database.execute("PRAGMA schema_version = \(version + 1)")
        try database.execute("PRAGMA writable_schema = OFF")
    }
}
