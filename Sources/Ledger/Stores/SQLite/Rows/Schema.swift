internal import Ledger

/// The tables of a ledger: schema.sql, which the program contains.
enum Schema {
    static var text: String { String(decoding: PackageResources.schema_sql, as: UTF8.self) }

    private static func fresh<T>(_ body: (Database) throws -> T) throws -> T {
        try Connection().write { fresh in
            try fresh.execute(text)
            return try body(fresh)
        }
    }

    /// The columns of a table, with what SQLite knows of each.
    static func shape(of table: String, in database: Database) throws -> [String] {
        let sql = """
            SELECT name || ' ' || type || ' ' || "notnull" || ' ' || pk || ' ' || (dflt_value IS NULL)
            FROM pragma_table_info(?) ORDER BY cid
            """
        return try String.all(database, sql, table)
    }

    /// The columns of a table of schema.sql.
    static func shape(of table: String) throws -> [String] {
        try fresh { try shape(of: table, in: $0) }
    }

    /// The statement that creates a table.
    static func definition(of table: String) throws -> String {
        let sql = try fresh { fresh in
            try String.first(
                fresh, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?",
                table)
        }
        guard let sql else { throw StoreProblem(.damaged, "schema.sql has no table \(table)") }
        return sql
    }
}
