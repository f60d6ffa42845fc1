internal import GRDB
internal import Ledger

/// Checks that the search index matches the entries: each word of each field leads to its entry,
/// and the index contains nothing else.
///
/// Words are compared by the sum of their hashes, like view lines: memory use stays constant.
struct IndexCheck {
    let path: String

    func findings() throws -> [Verification.Finding] {
        let reader = try Opening.readOnly(path)
        defer { try? reader.close() }
        // A temporary table shows the index content (sqlite.org/fts5.html, "The fts5vocab Virtual
        // Table Module"); the file is not changed.
        try reader.inDatabase { database in
            try database.execute(
                sql: "CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, search, instance)")
        }
        return try reader.read { database in
            let reached = try SearchIndex.reached(in: database)
            if try kept(database) == wanted(upTo: reached, database) { return [] }
            return [
                .init(
                    .outdatedView, sequence: nil,
                    what: "the search index does not match the entries "
                        + "(rebuild it: ledger rebuild)")
            ]
        }
    }

    /// A word of an entry, with the letter of its column.
    private struct Word: Hashable {
        let entry: Int
        let word: ExactText
    }

    private func kept(_ database: Database) throws -> Int {
        let rows = RowAccess(
            try database.makeStatement(sql: "SELECT doc, term FROM temp.word"), scanning: true)
        var sum = 0
        while try rows.next(database) {
            let word = ExactText(rows.repeated(1) ?? "")
            sum &+= Word(entry: rows.integer(0), word: word).hashValue
        }
        return sum
    }

    private func wanted(upTo reached: Int, _ database: Database) throws -> Int {
        let rows = RowAccess(
            try database.makeStatement(
                sql: """
                    SELECT \(EntryColumns.names) FROM entry WHERE sequence <= ? ORDER BY sequence
                    """), scanning: true)
        rows.bind(reached, at: 1)
        var sum = 0
        while try rows.next(database) {
            let entry = try EntryColumns.read(rows)
            for word in Set(Words.of(SearchIndex.words(of: entry)).map { ExactText($0) }) {
                sum &+= Word(entry: entry.sequence, word: word).hashValue
            }
        }
        return sum
    }
}
