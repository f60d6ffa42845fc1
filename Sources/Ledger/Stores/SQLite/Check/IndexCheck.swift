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
    private static func hash(_ word: UnsafeRawBufferPointer, of entry: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(entry)
        hasher.combine(bytes: word)
        return hasher.finalize()
    }

    private func kept(_ database: Database) throws -> Int {
        let rows = RowAccess(try database.makeStatement(sql: "SELECT doc, term FROM temp.word"))
        var sum = 0
        while try rows.next(database) { sum &+= Self.hash(rows.bytes(1), of: rows.integer(0)) }
        return sum
    }

    private func wanted(upTo reached: Int, _ database: Database) throws -> Int {
        let rows = RowAccess(
            try database.makeStatement(
                sql: """
                    SELECT \(EntryColumns.names) FROM entry WHERE sequence <= ? ORDER BY sequence
                    """))
        rows.bind(reached, at: 1)
        var sum = 0
        var words: [UInt8] = []
        while try rows.next(database) {
            let sequence = rows.integer(0)
            guard let entry = StoredHeader(rows) else { throw EntryColumns.unreadable(sequence) }
            words.removeAll(keepingCapacity: true)
            SearchIndex.append(wordsOf: entry, to: &words)
            words.withUnsafeBytes { sum &+= Self.sum($0, of: sequence) }
        }
        return sum
    }

    /// The sum over the words of an entry. A word that occurs twice is in the index once.
    private static func sum(_ words: UnsafeRawBufferPointer, of entry: Int) -> Int {
        var seen: [UnsafeRawBufferPointer] = []
        for word in words.split(separator: UInt8(ascii: " ")) {
            let word = UnsafeRawBufferPointer(rebasing: word)
            if !seen.contains(where: { $0.elementsEqual(word) }) { seen.append(word) }
        }
        return seen.reduce(0) { $0 &+ hash($1, of: entry) }
    }
}
