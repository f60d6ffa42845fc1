internal import Ledger

/// Updates the lines of the stored views inside the append transaction.
struct ViewKeeper {
    let views: [any StoredView]
    /// A cache of the open line of recent keys, so that most entries need no read.
    private var open: [[ExactText: ViewRow?]]
    /// Lines that are not written yet.
    private var pending: [(view: Int, line: KeptLine)] = []
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
            pending.append((index, KeptLine(exact, after, since: entry)))
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
        let order = pending.enumerated().map { place, one in
            LinePlace(rank: ranks[one.view], key: one.line.key, line: place)
        }.sorted()
        let rows = RowAccess(try database.keptStatement(KeptLine.insert), adding: true)
        for place in order {
            let (view, line) = pending[place.line]
            try line.insert(with: rows, view: views[view].name, in: database)
        }
        pending.removeAll(keepingCapacity: true)
    }

    /// Rebuilds the lines of some views from all entries.
    static func rebuild(_ views: [any StoredView], head: Int, in database: Database) throws {
        var keeper = ViewKeeper(views: views)
        for view in views {
            try database.execute(
                "DELETE FROM view_row WHERE view = ?", view.name)
        }
        try entries(for: keeper.routes, in: database) { try keeper.fold($0, in: database) }
        try keeper.flush(in: database)
        try ViewRegister.add(views, in: database)
        try ViewRegister.mark(head, in: database)
    }

    /// Calls `body` with the entries that the views read, oldest first.
    static func entries(
        for routes: ViewRoutes, in database: Database, _ body: (Entry) throws -> Void
    ) throws {
        let kinds = routes.kinds.map { "'\($0)'" }.joined(separator: ",")
        let rows = RowAccess(
            try database.statement(
                """
                SELECT \(EntryColumns.names) FROM entry
                WHERE sequence > 0
                AND (kind IN (\(kinds))\(routes.runs ? " OR correlation IS NOT NULL" : ""))
                ORDER BY sequence
                """), scanning: true)
        while try rows.next() { try body(EntryColumns.read(rows)) }
    }

    private func read(_ view: String, _ key: String, in database: Database) throws -> ViewRow? {
        let row = RowAccess(
            try database.keptStatement(
                """
                SELECT \(WholeLine.columns) FROM line WHERE view = ? AND key = ?
                ORDER BY since DESC LIMIT 1
                """))
        row.bind(view, at: 1)
        row.bind(key, at: 2)
        defer { row.reset() }
        return try row.next() ? WholeLine.read(row) : nil
    }
}
