internal import CSQLite
internal import Ledger

/// Checks that the search index matches the entries: each word of each field leads to its entry,
/// and the index contains nothing else.
///
/// Words are compared by the sum of their hashes, like view lines: memory use stays constant.
struct IndexCheck {
    let path: String

    func findings() throws -> [Verification.Finding] {
        // Entries do not depend on the index: damage to it is a finding.
        do { if try isWhole() { return [] } } catch let error as DatabaseError
            where [SQLITE_CORRUPT, SQLITE_ERROR].contains(error.code)
        {}
        return [
            .init(
                .outdatedView, sequence: nil,
                what: "the search index does not match the entries (rebuild it: ledger rebuild)")
        ]
    }

    private func isWhole() throws -> Bool {
        let reader = try Opening.readOnly(path)
        defer { try? reader.close() }
        // A temporary table shows the index content (sqlite.org/fts5.html, "The fts5vocab Virtual
        // Table Module"); the file is not changed.
        try reader.use { database in
            try database.execute(
                "CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, search, instance)")
        }
        return try reader.read { database in
            let reached = try SearchIndex.reached(in: database)
            return try kept(database) == wanted(upTo: reached, database)
                && isConsistent(database) && hasAllEntrances(database)
        }
    }

    /// Whether every leaf with words has a row in `search_idx`, where a search begins. FTS5's own
    /// check does not notice that the last rows of a segment are missing.
    ///
    /// A leaf's row in `search_data` has the segment's number from bit 37 on, and the page's in the
    /// lowest 31 bits; the bits between are 0. Bytes 3 and 4 of a leaf say where the list of its
    /// words begins; a leaf that ends there has no words (sqlite.org/fts5.html, "FTS5 Data
    /// Structures").
    private func hasAllEntrances(_ database: Database) throws -> Bool {
        var entrances: Set<Int> = []
        try RowAccess.each("SELECT segid, pgno >> 1 FROM search_idx", in: database) { row in
            entrances.insert(row.integer(0) << 37 | row.integer(1))
        }
        let leaves = """
            SELECT id, substr(block, 3, 2), length(block) FROM search_data
            WHERE id >> 37 > 0 AND (id >> 31) & 63 = 0
            """
        var isWhole = true
        try RowAccess.each(leaves, in: database) { row in
            let size = row.bytes(1)
            guard size.count == 2 else { return isWhole = false }
            let words = Int(size[0]) << 8 | Int(size[1])
            if words < row.integer(2), !entrances.contains(row.integer(0)) { isWhole = false }
        }
        return isWhole
    }

    /// Whether a search finds all words: it begins at `search_idx`, which the words above do not
    /// need. FTS5 checks that in a temporary copy, because it checks only what it may write
    /// (sqlite.org/fts5.html, "The 'integrity-check' Command").
    private func isConsistent(_ database: Database) throws -> Bool {
        // SQLite keeps it in memory, or in a file that it deletes.
        let copy = try Connection(path: "")
        defer { try? copy.close() }
        return try copy.use { copy in
            try copy.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            try copy.execute(Schema.definition(of: "search"))
            try copy.execute("DELETE FROM search_data; DELETE FROM search_config")
            try Self.copy("search_data", ["id", "block"], from: database, to: copy)
            try Self.copy("search_idx", ["segid", "term", "pgno"], from: database, to: copy)
            try Self.copy("search_config", ["k", "v"], from: database, to: copy)
            do {
                try copy.execute("INSERT INTO search (search) VALUES ('integrity-check')")
                return true
            } catch let error as DatabaseError where error.code == SQLITE_CORRUPT {
                return false
            }
        }
    }

    /// Copies integers, texts and bytes as they are.
    private static func copy(
        _ table: String, _ columns: [String], from database: Database, to copy: Database
    ) throws {
        let names = columns.joined(separator: ", ")
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        let row = RowAccess(
            try copy.statement("INSERT INTO \(table) (\(names)) VALUES (\(places))"))
        try RowAccess.each("SELECT \(names) FROM \(table)", in: database) { kept in
            for place in Int32(0)..<Int32(columns.count) {
                switch columns[Int(place)] {
                case "k": row.bind(kept.text(place), at: place + 1)
                case "block", "term": row.bind(kept.bytes(place), at: place + 1)
                default: row.bind(kept.integer(place), at: place + 1)
                }
            }
            try row.run()
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
        let rows = RowAccess(try database.statement("SELECT doc, term FROM temp.word"))
        var sum = 0
        while try rows.next() { sum &+= Self.hash(rows.bytes(1), of: rows.integer(0)) }
        return sum
    }

    private func wanted(upTo reached: Int, _ database: Database) throws -> Int {
        let rows = RowAccess(
            try database.statement(
                """
                SELECT \(EntryColumns.names) FROM entry WHERE sequence <= ? ORDER BY sequence
                """))
        rows.bind(reached, at: 1)
        var sum = 0
        var words: [UInt8] = []
        while try rows.next() {
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
