internal import GRDB
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

    /// The sequence of the last indexed entry.
    static func reached(in database: Database) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(
                sql: "SELECT coalesce(max(reached), 0) FROM search_reached")) ?? 0
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
    }

    /// Calls `body` with the indexed texts of an entry, and the letter of each.
    private static func texts(of entry: Entry, _ body: (Column, String) -> Void) {
        let subject = entry.subject
        body(.stream, entry.stream.rawValue)
        body(.kind, entry.kind)
        body(.by, entry.by.name)
        if let name = subject.environment { body(.environment, name.rawValue) }
        if let name = subject.service { body(.service, name.rawValue) }
        if let name = subject.tag { body(.tag, name.rawValue) }
        if let name = subject.digest { body(.digest, beginning(ofDigest: name.rawValue)) }
        if let name = subject.revision { body(.revision, beginning(of: name.rawValue.utf8[...])) }
        if let run = entry.draft.correlation { body(.correlation, Hex.encode(run.bytes)) }
    }

    /// The indexed words of an entry, each after the letter of its column, in one text.
    static func words(of entry: Entry) -> String {
        var words: [UInt8] = []
        words.reserveCapacity(256)
        texts(of: entry) { column, text in
            let letter = column.rawValue.utf8.first ?? 0
            var isInside = false
            for unit in text.utf8 {
                let isWord = Words.contains(unit)
                if isWord, !isInside { words += [UInt8(ascii: " "), letter] }
                if isWord { words.append(unit) }
                isInside = isWord
            }
        }
        return String(decoding: words, as: UTF8.self)
    }

    private static func add(_ entry: Entry, with row: RowAccess, in database: Database) throws {
        row.bind(entry.sequence, at: 1)
        row.bind(words(of: entry), at: 2)
        try row.run(database)
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
        let insert = RowAccess(try database.cachedStatement(sql: insert), adding: true)
        let entries = RowAccess(
            try database.cachedStatement(
                sql: """
                    SELECT \(EntryColumns.names) FROM entry WHERE sequence > ? AND sequence < ?
                    ORDER BY sequence
                    """))
        defer { entries.reset() }
        entries.bind(reached, at: 1)
        entries.bind(fresh.first?.sequence ?? .max, at: 2)
        var head = reached
        while try entries.next(database) {
            let entry = try EntryColumns.read(entries)
            try add(entry, with: insert, in: database)
            head = entry.sequence
        }
        for entry in fresh {
            try add(entry, with: insert, in: database)
            head = entry.sequence
        }
        try database.cachedStatement(sql: "REPLACE INTO search_reached (id, reached) VALUES (1, ?)")
            .execute(arguments: [head])
    }

    /// Rebuilds the index from the entries.
    static func rebuild(in database: Database) throws {
        try database.execute(sql: "INSERT INTO search (search) VALUES ('delete-all')")
        try extend(from: 0, with: [], in: database)
    }
}
