internal import GRDB
internal import Ledger

/// Updates the lines of the stored views inside the append transaction.
struct ViewKeeper {
    let views: [any StoredView]
    /// A cache of the open line of recent keys, so that most entries need no read.
    private var open: [[ExactText: ViewRow?]]
    /// Lines that are not written yet.
    private var pending: [Line] = []
    private let routes: ViewRoutes
    /// The place of each view among all of them, by name.
    private let ranks: [Int]

    /// Where a line is in the table. Lines of one key are pending in the order of their entries.
    private struct LinePlace: Comparable {
        let rank: Int
        let key: ExactText
        let line: Int

        static func < (left: LinePlace, right: LinePlace) -> Bool {
            if left.rank != right.rank { return left.rank < right.rank }
            return left.key == right.key ? left.line < right.line : left.key < right.key
        }
    }

    /// A key's new line; without a row it ends the previous line.
    private struct Line {
        let view: Int
        let key: String
        let row: ViewRow?
        let since: Int
    }

    init(views: [any StoredView]) {
        self.views = views
        routes = ViewRoutes(views)
        let names = views.map(\.name).sorted()
        ranks = views.map { names.firstIndex(of: $0.name) ?? 0 }
        open = Array(repeating: [:], count: views.count)
    }

    /// Maximum number of cached open lines; the cache is then cleared. It uses some tens of
    /// megabytes.
    private static let remembered = 50_000
    /// Number of lines per batch write.
    private static let gathered = 10_000

    mutating func forget() {
        open = Array(repeating: [:], count: views.count)
        pending = []
    }

    /// Folds one entry into all views; the lines are written by `flush`.
    mutating func fold(_ entry: Entry, in database: Database) throws {
        for index in routes.places(of: entry) { try fold(entry, into: index, in: database) }
    }

    private mutating func fold(_ entry: Entry, into index: Int, in database: Database) throws {
        let view = views[index]
        for key in view.keys(of: entry) {
            let exact = ExactText(key)
            let before = try open[index][exact] ?? read(view.name, key, in: database)
            var after = view.apply(entry, to: before, key: key)
            if after == before {
                open[index][exact] = .some(before)
                continue
            }
            after?.since = entry.sequence
            pending.append(Line(view: index, key: key, row: after, since: entry.sequence))
            if pending.count >= Self.gathered { try flush(in: database) }
            if open[index].count >= Self.remembered {
                try flush(in: database)
                open[index] = [:]
            }
            open[index][exact] = .some(after)
        }
    }

    /// Writes the pending lines in table order, so that lines of one page are written together.
    mutating func flush(in database: Database) throws {
        if pending.isEmpty { return }
        // Lines are large: their places in the table are sorted instead.
        let order = pending.enumerated().map { place, line in
            LinePlace(rank: ranks[line.view], key: ExactText(line.key), line: place)
        }.sorted()
        let rows = RowAccess(try database.cachedStatement(sql: Self.insert), adding: true)
        for place in order { try insert(pending[place.line], with: rows, in: database) }
        pending.removeAll(keepingCapacity: true)
    }

    /// Records that every view is folded up to the head.
    func markReached(_ head: Int, in database: Database) throws {
        let marks = views.map { _ in "?" }.joined(separator: ",")
        let row = RowAccess(
            try database.cachedStatement(
                sql: "UPDATE view_reached SET reached = ? WHERE view IN (\(marks))"))
        row.bind(head, at: 1)
        for (index, view) in views.enumerated() { row.bind(view.name, at: Int32(index + 2)) }
        try row.run(database)
    }

    /// Records that this program built these views, up to the head.
    private func register(_ head: Int, in database: Database) throws {
        for view in views {
            try database.execute(
                sql: "REPLACE INTO view_reached (view, version, reached) VALUES (?, ?, ?)",
                arguments: [view.name, view.version, head])
        }
    }

    /// The views that do not reach the head, or that another version of their logic built. Throws
    /// `StoreProblem` if lines were folded from entries that are missing.
    func stale(head: Int, in database: Database) throws -> [any StoredView] {
        var reached: [String: [Int]] = [:]
        try RowAccess.each("SELECT view, version, reached FROM view_reached", in: database) { row in
            reached[row.text(0) ?? ""] = [row.integer(1), row.integer(2)]
            if row.integer(2) > head { try Self.refuseGone(head, in: database) }
        }
        return views.filter { reached[$0.name] != [$0.version, head] }
    }

    /// Throws if stored views and roots both have more entries than the ledger: a rebuild would
    /// hide the loss. If only the views do, the views are wrong.
    static func refuseGone(_ head: Int, in database: Database) throws {
        let kept = try Int.fetchOne(database, sql: "SELECT max(size) FROM root") ?? 0
        if kept <= head { return }
        throw StoreProblem(
            .damaged, "\((head + 1...kept).areGone): roots and stored views include more entries",
            cause: "the ledger has \(head) entries: its end was truncated",
            hint:
                "keep the file unchanged, run `ledger verify`, and restore a backup beside it")
    }

    /// Rebuilds the lines of some views from all entries.
    static func rebuild(_ views: [any StoredView], head: Int, in database: Database) throws {
        var keeper = ViewKeeper(views: views)
        for view in views {
            try database.execute(
                sql: "DELETE FROM view_row WHERE view = ?", arguments: [view.name])
        }
        try entries(for: keeper.routes, in: database) { try keeper.fold($0, in: database) }
        try keeper.flush(in: database)
        try keeper.register(head, in: database)
    }

    /// Calls `body` with the entries that the views read, oldest first.
    static func entries(
        for routes: ViewRoutes, in database: Database, _ body: (Entry) throws -> Void
    ) throws {
        let kinds = routes.kinds.map { "'\($0)'" }.joined(separator: ",")
        let rows = RowAccess(
            try database.makeStatement(
                sql: """
                    SELECT \(EntryColumns.names) FROM entry
                    WHERE sequence > 0
                    AND (kind IN (\(kinds))\(routes.runs ? " OR correlation IS NOT NULL" : ""))
                    ORDER BY sequence
                    """), scanning: true)
        while try rows.next(database) { try body(EntryColumns.read(rows)) }
    }

    // MARK: Lines

    static let columns = """
        key, environment, service, tag, digest, revision, state, number, time, "by", detail, since
        """

    private func read(_ view: String, _ key: String, in database: Database) throws -> ViewRow? {
        let row = RowAccess(
            try database.cachedStatement(
                sql: """
                    SELECT \(Self.columns) FROM view_row WHERE view = ? AND key = ?
                    ORDER BY since DESC LIMIT 1
                    """))
        row.bind(view, at: 1)
        row.bind(key, at: 2)
        defer { row.reset() }
        return try row.next(database) ? Self.line(row) : nil
    }

    private static let insert = """
        INSERT INTO view_row (\(columns), view) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)
        """

    private func insert(_ line: Line, with row: RowAccess, in database: Database) throws {
        let subject = line.row?.subject
        row.bind(line.key, at: 1)
        row.bind(subject?.environment?.rawValue, at: 2)
        row.bind(subject?.service?.rawValue, at: 3)
        row.bind(subject?.tag?.rawValue, at: 4)
        row.bind(subject?.digest?.rawValue, at: 5)
        row.bind(subject?.revision?.rawValue, at: 6)
        row.bind(line.row?.state, at: 7)
        row.bind(line.row?.number, at: 8)
        row.bind(Int(line.row?.time.microseconds ?? 0), at: 9)
        row.bind(line.row?.by ?? "", at: 10)
        row.bind(line.row?.detail, at: 11)
        row.bind(line.since, at: 12)
        row.bind(views[line.view].name, at: 13)
        try row.run(database)
    }

    /// The line of the current row of a statement that selects `columns`; `nil` if the row ends a
    /// line.
    static func line(_ row: RowAccess) -> ViewRow? {
        guard let state = row.repeated(6) else { return nil }
        return ViewRow(
            key: row.repeated(0) ?? "",
            subject: Subject(
                environment: row.name(1), service: row.name(2), tag: row.name(3),
                digest: row.name(4), revision: row.name(5)),
            state: state, number: row.optionalInteger(7),
            time: Timestamp(microseconds: Int64(row.integer(8))), by: row.repeated(9) ?? "",
            detail: row.text(10), since: row.integer(11))
    }
}
