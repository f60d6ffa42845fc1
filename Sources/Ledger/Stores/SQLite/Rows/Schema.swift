internal import GRDB
internal import Ledger

/// The tables of a ledger: schema.sql, which the program contains.
enum Schema {
    static var text: String { String(decoding: PackageResources.schema_sql, as: UTF8.self) }

    /// The statement that creates a table.
    static func definition(of table: String) throws -> String {
        let fresh = try DatabaseQueue()
        let sql = try fresh.write { fresh in
            try fresh.execute(sql: text)
            return try String.fetchOne(
                fresh, sql: "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?",
                arguments: [table])
        }
        guard let sql else { throw StoreProblem(.damaged, "schema.sql has no table \(table)") }
        return sql
    }
}
