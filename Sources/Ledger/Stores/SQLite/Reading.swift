internal import Glibc
public import Ledger
internal import LedgerProof
internal import LedgerText

extension SQLiteStore {
    /// Reads a consistent snapshot of the file; throws `StoreProblem`.
    func read<T>(_ body: (Database) throws -> T) throws -> T {
        do { return try reader.read(body) } catch { throw StoreProblem.from(error, path: path) }
    }

    public func head() async throws -> LedgerHead {
        try read { database in
            let head = try Log.head(database)
            let kept = try [UInt8].first(
                database, "SELECT root FROM root WHERE size = ?", head)
            let root =
                try kept.flatMap { TreeHash(bytes: Array($0)) }
                ?? Log.sealer(head: head, in: database).tree.root
            return LedgerHead(sequence: head, root: root)
        }
    }

    /// The entries that are known to be lost; throws `StoreProblem`.
    public func gone() throws -> ClosedRange<Int>? {
        // Read this before the head, because other processes may append meanwhile.
        guard let known = NewestFile.newest(at: NewestFile.path(of: path)) else { return nil }
        let head = try read { try Log.head($0) }
        return known.size > head ? head + 1...known.size : nil
    }

    public func entries(of scope: SealedScope) async throws -> [Entry] {
        // The unary plus prevents the use of indexes (sqlite.org/optoverview.html).
        let exact = [
            ("environment", scope.environments.map(\.rawValue)),
            ("tag", scope.tags.map(\.rawValue)), ("kind", scope.kinds.map(\.rawValue)),
        ].filter { !$0.1.isEmpty }
        var conditions = exact.map { column, values in
            "+\(column) IN (\(values.map { _ in "?" }.joined(separator: ",")))"
        }
        var values = exact.flatMap(\.1)
        // A prefix of ASCII characters: the index, from 1, and the text twice.
        func begins(_ column: String, _ place: String, _ text: String) {
            conditions.append("substr(+\(column), \(place), length(?)) = ?")
            values += [text, text]
        }
        for text in scope.revisions { begins("revision", "1", text) }
        for text in scope.digests {
            begins("digest", text.holds(":") ? "1" : "instr(digest, ':') + 1", text)
        }
        if conditions.isEmpty { return [] }
        return try read { database in
            let rows = RowAccess(
                try database.keptStatement(
                    """
                    SELECT \(EntryColumns.names) FROM entry
                    WHERE \(conditions.joined(separator: " OR ")) ORDER BY sequence
                    """))
            defer { rows.reset() }
            for (place, value) in values.enumerated() {
                rows.bind(value, at: Int32(place + 1))
            }
            var entries: [Entry] = []
            while try rows.next() { entries.append(try EntryColumns.read(rows)) }
            return entries
        }
    }

    /// The last entry that was copied from another ledger.
    public func copied() async throws -> Int {
        try read { database in
            try Int.first(database, "SELECT coalesce(max(upto), 0) FROM copied") ?? 0
        }
    }

    public func position(of stream: StreamName) async throws -> Int {
        try read { database in
            try Int.first(
                database, "SELECT head FROM stream WHERE name = ?",
                stream.rawValue) ?? 0
        }
    }

    public func page(
        _ filter: EntryFilter, _ order: ReadOrder, after: Int?, limit: Int
    ) async throws -> [Entry] {
        var low = filter.sequences.lowerBound
        var high = filter.sequences.upperBound
        switch order {
        case .oldestFirst: low = max(low, (after ?? 0) + 1)
        case .newestFirst: high = min(high, (after ?? .max) - 1)
        }
        guard low <= high else { return [] }
        let query = SearchIndex.query(filter)
        return try read { database in
            if let since = filter.since { low = max(low, try Self.first(since, in: database)) }
            guard low <= high else { return [] }
            // The last entries are not indexed yet: they are read directly.
            let reached = query == nil ? 0 : try SearchIndex.reached(in: database)
            var parts: [(String?, Int, Int)] = []
            if query != nil, low <= min(high, reached) {
                parts.append((query, low, min(high, reached)))
            }
            if max(low, reached + 1) <= high { parts.append((nil, max(low, reached + 1), high)) }
            if order == .newestFirst { parts.reverse() }
            var result: [Entry] = []
            for (query, low, high) in parts where result.count < limit {
                let (sql, values) = Self.select(filter, query, order, low, high)
                try Self.collect(&result, limit, filter, sql, values, in: database)
            }
            return result
        }
    }

    private static func collect(
        _ result: inout [Entry], _ limit: Int, _ filter: EntryFilter, _ sql: String,
        _ values: [Value], in database: Database
    ) throws {
        let rows = RowAccess(try database.keptStatement(sql))
        defer { rows.reset() }
        for (index, value) in values.enumerated() {
            switch value {
            case .integer(let value): rows.bind(value, at: Int32(index + 1))
            case .text(let value): rows.bind(value, at: Int32(index + 1))
            }
        }
        while result.count < limit, try rows.next() {
            let entry = try EntryColumns.read(rows)
            if filter.matches(entry) { result.append(entry) }
        }
    }

    private enum Value { case integer(Int), text(String) }

    /// A query whose rows include all matching entries, in order.
    private static func select(
        _ filter: EntryFilter, _ query: String?, _ order: ReadOrder, _ low: Int, _ high: Int
    ) -> (String, [Value]) {
        var from = "entry"
        var place = "sequence"
        var conditions: [String] = []
        var values: [Value] = []
        if let query {
            from = "search CROSS JOIN entry ON entry.sequence = search.rowid"
            place = "search.rowid"
            conditions.append("search MATCH ?")
            values.append(.text(query))
        }
        conditions.append("\(place) BETWEEN ? AND ?")
        values += [.integer(low), .integer(high)]
        if let since = filter.since {
            conditions.append("entry.time >= ?")
            values.append(.integer(Int(since.microseconds)))
        }
        if let until = filter.until {
            conditions.append("entry.time < ?")
            values.append(.integer(Int(until.microseconds)))
        }
        if let text = filter.text {
            let columns = [
                "payload", "entry.kind", "entry.\"by\"", "entry.environment", "entry.service",
                "entry.tag", "entry.digest", "entry.revision",
            ]
            let any = columns.map { "instr(lower(\($0)), lower(?)) > 0" }.joined(separator: " OR ")
            conditions.append("(\(any))")
            values += columns.map { .text($0 == "payload" ? Canonical.inside(text) : text) }
        }
        let direction = order == .oldestFirst ? "ASC" : "DESC"
        let sql = """
            SELECT \(EntryColumns.names) FROM \(from) WHERE \(conditions.joined(separator: " AND "))
            ORDER BY \(place) \(direction)
            """
        return (sql, values)
    }

    public func entry(_ id: EntryID) async throws -> Entry? {
        try await entries(idStarting: Hex.encode(id.bytes), limit: 1).first
    }

    public func entry(from source: Source) async throws -> Entry? {
        try read { database in
            let row = RowAccess(try database.keptStatement(EntryColumns.fromSource))
            row.bind(source.name, at: 1)
            row.bind(source.id, at: 2)
            defer { row.reset() }
            return try row.next() ? EntryColumns.read(row) : nil
        }
    }

    public func entries(idStarting digits: String, limit: Int) async throws -> [Entry] {
        let rest = String(repeating: "0", count: max(0, 32 - digits.count))
        guard let low = Hex.decode(digits + rest),
            let high = Hex.decode(digits + rest.exchanging("0", for: "f")), low.count == 16
        else { return [] }
        return try read { database in
            let rows = RowAccess(
                try database.keptStatement(
                    """
                    SELECT \(EntryColumns.names) FROM entry WHERE id BETWEEN ? AND ?
                    ORDER BY id LIMIT ?
                    """))
            defer { rows.reset() }
            low.withUnsafeBytes { rows.bind($0, at: 1) }
            high.withUnsafeBytes { rows.bind($0, at: 2) }
            rows.bind(limit, at: 3)
            var result: [Entry] = []
            while try rows.next() { result.append(try EntryColumns.read(rows)) }
            return result
        }
    }

    public func sequence(recordedBy moment: Timestamp) async throws -> Int {
        try read { try Self.last(recordedBy: moment.microseconds, in: $0) }
    }

    /// A binary search: `recorded` never decreases along the ledger. Since 1970, in microseconds.
    private static func last(recordedBy moment: Int64, in database: Database) throws -> Int {
        let row = RowAccess(
            try database.keptStatement("SELECT recorded FROM entry WHERE sequence = ?"))
        var low = 0
        var high = min(try Log.head(database), EntryFilter.lastSequence)
        while low < high {
            let middle = (low + high + 1) / 2
            row.bind(middle, at: 1)
            let isKept = try row.next()
            if isKept, row.integer(0) <= moment { low = middle } else { high = middle - 1 }
            row.reset()
        }
        return low
    }

    /// The first entry that can be about a time at or after `since`: it was recorded then or later,
    /// or it is about something later than its recording. (One entry about a far future, which only
    /// a merge can bring, makes later searches begin there.)
    private static func first(_ since: Timestamp, in database: Database) throws -> Int {
        let recorded = try last(recordedBy: max(since.microseconds, .min + 1) - 1, in: database) + 1
        let row = RowAccess(
            try database.keptStatement(
                """
                SELECT min(sequence) FROM entry INDEXED BY entry_ahead
                WHERE time > recorded AND time >= ?
                """))
        defer { row.reset() }
        row.bind(Int(since.microseconds), at: 1)
        let ahead = try row.next() ? row.optionalInteger(0) : nil
        return min(recorded, ahead ?? recorded)
    }

    public func content(_ hash: ContentHash) async throws -> [UInt8]? {
        try read { database in
            let row = RowAccess(
                try database.keptStatement(
                    "SELECT \(KeptContent.columns) FROM content WHERE hash = ?"))
            defer { row.reset() }
            row.bind(hash.rawValue, at: 1)
            guard try row.next() else { return nil }
            if let bytes = KeptContent.read(row) { return bytes }
            throw StoreProblem(
                .damaged, "the stored content \(hash) was changed",
                cause: "its bytes do not match the hash",
                hint: "run `ledger verify`, and restore a backup beside the file")
        }
    }

    /// A page of the hashes of stored contents.
    public func contentHashes(after: ContentHash?, limit: Int) async throws -> [ContentHash] {
        try read { database in
            try String.all(
                database, "SELECT hash FROM content WHERE hash > ? ORDER BY hash LIMIT ?",
                after?.rawValue ?? "", limit
            ).map(ContentHash.init(unchecked:))
        }
    }

    // MARK: Stored views

    public func rows(_ view: String, _ keys: RowKeys, at: Int?) async throws -> [ViewRow] {
        let (from, upto) =
            switch keys {
            case .all: ("", "\u{10FFFF}")
            case .one(let key): (key, key + "\u{1}")
            case .starting(let beginning): (beginning, beginning + "\u{10FFFF}")
            }
        return try read { database in
            try self.checkReached(view, in: database)
            guard let at else {
                return try Self.lastLines(view, keys, from, upto, in: database)
            }
            let rows = RowAccess(try database.keptStatement(Self.rowsSQL))
            defer { rows.reset() }
            rows.bind(view, at: 1)
            rows.bind(from, at: 2)
            rows.bind(upto, at: 3)
            rows.bind(at, at: 4)
            var result: [ViewRow] = []
            while try rows.next() {
                guard let line = try WholeLine.read(rows), keys.contains(line.key) else { continue }
                result.append(line)
            }
            return result
        }
    }

    /// The last line of each key: backwards through the keys, one search in the index for each.
    private static func lastLines(
        _ view: String, _ keys: RowKeys, _ from: String, _ upto: String, in database: Database
    ) throws -> [ViewRow] {
        let rows = RowAccess(
            try database.keptStatement(
                """
                SELECT \(WholeLine.columns) FROM line
                WHERE view = ? AND key >= ? AND key < ? ORDER BY key DESC, since DESC LIMIT 1
                """))
        defer { rows.reset() }
        rows.bind(view, at: 1)
        rows.bind(from, at: 2)
        var before = upto
        var result: [ViewRow] = []
        while true {
            rows.bind(before, at: 3)
            guard try rows.next(), let key = rows.text(0) else { break }
            // A line without a state has ended.
            if let line = try WholeLine.read(rows), keys.contains(key) { result.append(line) }
            before = key
            rows.reset()
        }
        return result.reversed()
    }

    /// Walks the keys by index and reads each key's line at the sequence. The cost depends on the
    /// number of keys, not on the length of the history.
    private static let rowsSQL = """
        WITH RECURSIVE keys (name) AS (
            SELECT min(key) FROM view_row WHERE view = ?1 AND key >= ?2 AND key < ?3
            UNION ALL
            SELECT (SELECT min(key) FROM view_row WHERE view = ?1 AND key > name AND key < ?3)
            FROM keys WHERE name IS NOT NULL
        )
        SELECT \(WholeLine.columns) FROM keys CROSS JOIN line
        ON view = ?1 AND key = name AND since = (
            SELECT max(since) FROM view_row WHERE view = ?1 AND key = name AND since <= ?4)
        """

    public func history(
        _ view: String, key: String, upto: Int?, limit: Int
    ) async throws -> [ViewRow] {
        try read { database in
            try self.checkReached(view, in: database)
            let rows = RowAccess(
                try database.keptStatement(
                    """
                    SELECT \(WholeLine.columns) FROM line
                    WHERE view = ? AND key = ? AND since <= ? AND state IS NOT NULL
                    ORDER BY since DESC LIMIT ?
                    """))
            defer { rows.reset() }
            rows.bind(view, at: 1)
            rows.bind(key, at: 2)
            rows.bind(upto ?? .max, at: 3)
            rows.bind(limit, at: 4)
            var result: [ViewRow] = []
            while try rows.next() {
                if let line = try WholeLine.read(rows) { result.append(line) }
            }
            return result
        }
    }

    /// Refuses to answer from a view that is behind the head, or that other logic produced.
    private func checkReached(_ view: String, in database: Database) throws {
        guard let known = views.first(where: { $0.name == view }) else {
            throw StoreProblem(.input, "this store has no view \"\(view)\"")
        }
        let head = try Log.head(database)
        if head > 0, try !ViewRegister(head: head, in: database).outdated(of: [known]).isEmpty {
            throw StoreProblem(
                .older, "the stored view \"\(view)\" is out of date",
                cause: "another version of `ledger` built it, or it is behind the last entry",
                hint: Hint("rebuild it", run: "ledger rebuild --db \(shell: path)"))
        }
    }
}
