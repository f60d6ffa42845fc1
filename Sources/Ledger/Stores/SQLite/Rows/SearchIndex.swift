internal import Ledger
internal import LedgerText

/// The inverted index: its content, and the query that finds candidates in it.
///
/// The index finds candidates; `EntryFilter.matches` decides. Digests and revisions are indexed by
/// prefix.
///
/// The last entries are not indexed yet, because the index is extended in batches. A commit that
/// adds one entry to it costs as much as one that adds a hundred. A query reads the last entries
/// one by one.
enum SearchIndex {
    static let digits = 24
    /// Maximum number of last entries that are not indexed.
    static let tail = 256

    /// The sequence of the last indexed entry; within the numbers that an entry can have.
    static func reached(in database: Database) throws -> Int {
        let row = RowAccess(
            try database.keptStatement(
                "SELECT coalesce(max(reached), 0) FROM search_reached"))
        defer { row.reset() }
        let kept = try row.next() ? row.integer(0) : 0
        return min(max(0, kept), EntryFilter.lastSequence)
    }

    private static let insert = "INSERT INTO search (rowid, words) VALUES (?, ?)"

    /// The columns that are indexed. The letter stands before each of their words.
    private enum Column: String {
        case stream = "s"
        case kind = "k"
        case by = "b"
        case environment = "e"
        case service = "v"
        case tag = "t"
        case digest = "d"
        case revision = "r"
        case correlation = "c"

        var letter: UInt8 { rawValue.utf8.first ?? 0 }
    }

    /// Appends the indexed words of an entry, each after a blank and the letter of its column.
    /// ASCII letters are in lower case, as in the index.
    static func append(wordsOf entry: some HeaderFields, to words: inout [UInt8]) {
        func add(_ column: Column, _ field: HeaderText, _ part: (Text) -> Text = { $0 }) {
            entry.withText(field) { text in
                if let text { append(part(text), after: column, to: &words) }
            }
        }
        add(.stream, .stream)
        add(.kind, .kind)
        add(.by, .by)
        add(.environment, .environment)
        add(.service, .service)
        add(.tag, .tag)
        add(.digest, .digest) { digest in
            let colon = digest.firstIndex(of: UInt8(ascii: ":")).map { $0 + 1 }
            return Text(rebasing: digest[(colon ?? 0)...].prefix(digits))
        }
        add(.revision, .revision) { Text(rebasing: $0.prefix(digits)) }
        if let run = entry.correlation {
            words += [UInt8(ascii: " "), Column.correlation.letter]
            Hex.append(run.bytes, to: &words)
        }
    }

    private typealias Text = UnsafeBufferPointer<UInt8>

    private static func append(_ text: Text, after column: Column, to words: inout [UInt8]) {
        var isInside = false
        for unit in text {
            let isWord = Words.contains(unit)
            if isWord {
                if !isInside { words += [UInt8(ascii: " "), column.letter] }
                words.append(Words.lowercased(unit))
            }
            isInside = isWord
        }
    }

    private static func add(
        _ entry: Entry, _ words: inout [UInt8], with row: RowAccess, in database: Database
    ) throws {
        words.removeAll(keepingCapacity: true)
        append(wordsOf: entry, to: &words)
        row.bind(entry.sequence, at: 1)
        words.withUnsafeBytes { row.bind(text: $0, at: 2) }
        try row.run()
    }

    /// An FTS5 query whose results include all matching entries; `nil` if the filter cannot use the
    /// index.
    static func query(_ filter: EntryFilter) -> String? {
        var parts: [String] = []
        func add(_ column: Column, _ values: [String], isStart: (String) -> Bool = { _ in false }) {
            if values.isEmpty { return }
            let terms = values.map { value in
                let words = Words.of(value).map { quoted(column.rawValue + $0) }
                return words.isEmpty
                    ? "" : "(\(words.joined(separator: " AND "))\(isStart(value) ? "*" : ""))"
            }
            // A name without any word cannot be searched in the index.
            if !terms.contains("") { parts.append("(\(terms.joined(separator: " OR ")))") }
        }
        add(.stream, filter.streams.map(\.rawValue))
        add(.kind, filter.kinds) { !$0.holds(".") }
        add(.by, filter.authors)
        add(.environment, filter.environments.map(\.rawValue))
        add(.service, filter.services.map(\.rawValue))
        add(.tag, filter.tags.map(\.rawValue))
        add(.digest, filter.digests.map(beginning(ofDigest:))) { $0.utf8.count < digits }
        add(.revision, filter.revisions.map { beginning(of: $0.utf8[...]) }) {
            $0.utf8.count < digits
        }
        add(.correlation, filter.correlations.map { Hex.encode($0.bytes) })
        return parts.isEmpty ? nil : parts.joined(separator: " AND ")
    }

    private static func quoted(_ word: String) -> String {
        "\"" + word.exchanging("\"", for: "\"\"") + "\""
    }

    private static func beginning(ofDigest digest: String) -> String {
        let colon = digest.utf8.firstIndex(of: UInt8(ascii: ":"))
        return beginning(of: colon.map { digest.utf8[$0...].dropFirst() } ?? digest.utf8[...])
    }

    private static func beginning(of text: Substring.UTF8View) -> String {
        String(Substring(text.prefix(digits)))
    }
}

extension SearchIndex {
    /// Indexes the entries between `reached` and the head; `fresh` are the last of them.
    static func extend(from reached: Int, with fresh: [Entry], in database: Database) throws {
        let insert = RowAccess(try database.keptStatement(insert), adding: true)
        let entries = RowAccess(
            try database.keptStatement(
                """
                SELECT \(EntryColumns.names) FROM entry WHERE sequence > ? AND sequence < ?
                ORDER BY sequence
                """))
        defer { entries.reset() }
        entries.bind(reached, at: 1)
        entries.bind(fresh.first?.sequence ?? .max, at: 2)
        var head = reached
        var words: [UInt8] = []
        while try entries.next() {
            let entry = try EntryColumns.read(entries)
            try add(entry, &words, with: insert, in: database)
            head = entry.sequence
        }
        for entry in fresh {
            try add(entry, &words, with: insert, in: database)
            head = entry.sequence
        }
        try database.execute("REPLACE INTO search_reached (id, reached) VALUES (1, ?)", head)
    }

    /// Rebuilds the index from the entries, even if its own tables are damaged.
    static func rebuild(in database: Database) throws {
        try drop(in: database)
        try database.execute(Schema.definition(of: "search"))
        try extend(from: 0, with: [], in: database)
    }

    /// Drops the index. SQLite cannot drop one whose own tables are damaged: then its name is taken
    /// out of the list of tables first.
    static func drop(in database: Database) throws {
        do { try database.execute("DROP TABLE IF EXISTS search") } catch {
            let version = try Int.first(database, "PRAGMA schema_version") ?? 0
            try database.execute(
                """
                PRAGMA writable_schema = ON;
                DELETE FROM sqlite_master WHERE name = 'search';
                PRAGMA schema_version = \(version + 1);
                PRAGMA writable_schema = OFF;
                """)
        }
        for table in ["data", "idx", "content", "docsize", "config"] {
            try database.execute("DROP TABLE IF EXISTS search_\(table)")
        }
    }
}
