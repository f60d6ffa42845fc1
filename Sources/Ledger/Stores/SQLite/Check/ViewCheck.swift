internal import GRDB
internal import Ledger

/// Checks that stored views match the entries: every line, including ended ones.
///
/// Lines are compared by the sum of their hashes, so memory use stays constant. Only if the sums
/// differ, lines are compared one by one. Each process uses a new hash seed, so a collision cannot
/// be prepared.
struct ViewCheck {
    let path: String
    let views: [any StoredView]

    func findings() throws -> [Verification.Finding] {
        let reader = try Opening.readOnly(path)
        defer { try? reader.close() }
        return try reader.read { database in
            let head = try Log.head(database)
            let stale = Set(
                try ViewKeeper(views: views).stale(head: head, in: database).map(\.name))
            if head > 0, let view = stale.sorted().first {
                return [
                    .init(
                        .outdatedView, sequence: nil,
                        what: "the stored view \"\(view)\" does not reach the last entry "
                            + "(rebuild it: ledger rebuild)")
                ]
            }
            var kept = Array(repeating: 0, count: views.count)
            for (index, view) in views.enumerated() {
                try lines(of: view.name, database) { kept[index] &+= Line($0, $1, $2).hashValue }
            }
            var folded = Array(repeating: 0, count: views.count)
            try ViewFold.lines(views, database) { folded[$0] &+= Line($1, $2, $3).hashValue }
            return try views.indices.filter { kept[$0] != folded[$0] }.map {
                try firstDifference(views[$0], database)
            }
        }
    }

    /// A row of a view, or (if `row` is `nil`) the entry that removed the row.
    private struct Line: Hashable {
        let key: String
        let since: Int
        let row: ViewRow?

        init(_ key: String, _ since: Int, _ row: ViewRow?) {
            self.key = key
            self.since = since
            self.row = row
        }
    }

    private func lines(
        of view: String, _ database: Database, _ body: (String, Int, ViewRow?) -> Void
    ) throws {
        let rows = RowAccess(
            try database.makeStatement(
                sql: "SELECT \(ViewKeeper.columns) FROM view_row WHERE view = ? ORDER BY key, since"
            ), scanning: true)
        rows.bind(view, at: 1)
        while try rows.next(database) {
            body(rows.repeated(0) ?? "", rows.integer(11), ViewKeeper.line(rows))
        }
    }

    /// Folds one view completely and reports the first line that differs.
    private func firstDifference(
        _ view: any StoredView, _ database: Database
    ) throws -> Verification.Finding {
        var wanted: Set<Line> = []
        try ViewFold.lines([view], database) { wanted.insert(Line($1, $2, $3)) }
        var wrong: [Line] = []
        try lines(of: view.name, database) { key, since, row in
            let line = Line(key, since, row)
            if wanted.remove(line) == nil { wrong.append(line) }
        }
        let line = (wrong + wanted).min { $0.since < $1.since }
        return .init(
            .outdatedView, sequence: nil,
            what:
                "the stored view \"\(view.name)\" has a wrong line for \(line?.key ?? "?") since entry "
                + "\(line?.since ?? 0) (rebuild it: ledger rebuild)")
    }
}
