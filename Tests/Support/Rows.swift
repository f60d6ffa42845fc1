package import LedgerSQLite

extension Database {
    /// All rows of a query, each as SQL literals: for comparisons of whole tables.
    package func rows(_ query: String) throws -> [String] {
        try execute("CREATE TEMP VIEW answer AS \(query)")
        defer { try? execute("DROP VIEW temp.answer") }
        let columns = try String.all(self, "SELECT name FROM pragma_table_info('answer')")
        let values = columns.map { "quote(\"\($0)\")" }.joined(separator: " || ', ' || ")
        return try String.all(self, "SELECT \(values) FROM temp.answer")
    }
}
