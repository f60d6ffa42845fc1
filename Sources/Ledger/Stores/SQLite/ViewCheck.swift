internal import GRDB
internal import Ledger

/// Stored views follow from the entries: every line, those that ended too.
///
/// Lines are compared by the sum of their hashes, so that memory stays flat; only if the sums
/// differ are they compared one by one. The hash is seeded anew in each process: nobody can prepare
/// a collision.
struct ViewCheck {
    let path: String
    let views: [any StoredView]

    func findings(head: Int) throws -> [Verification.Finding] {
        let reader = try Opening.reading(path: path)
        defer { try? reader.close() }
        return try reader.read { database in
            let stale = Set(
                try ViewKeeper(views: views).stale(head: head, in: database).map(\.name))
            if head > 0, let view = stale.sorted().first {
                return [
                    .init(
                        sequence: nil,
                        what: "the stored view \"\(view)\" does not reach the last entry "
                            + "(ledger rebuild makes it anew)")
                ]
            }
            var kept = Array(repeating: 0, count: views.count)
            for (index, view) in views.enumerated() {
                try lines(of: view.name, database) { kept[index] &+= $0.hashValue }
            }
            let folded = try fold(database)
            return try views.indices.filter { kept[$0] != folded[$0] }.map {
                try firstDifference(views[$0], database)
            }
        }
    }

    private func lines(
        of view: String, _ database: Database, _ body: (ViewRow) -> Void
    ) throws {
        let rows = RowAccess(
            try database.makeStatement(
                sql: "SELECT \(ViewKeeper.columns) FROM view_row WHERE view = ? ORDER BY key, since"
            ))
        rows.bind(view, at: 1)
        while try rows.next(database) { body(ViewKeeper.line(rows)) }
    }

    /// The sums that the views' lines have when they are folded afresh.
    private func fold(_ database: Database) throws -> [Int] {
        var sums = Array(repeating: 0, count: views.count)
        var open: [[String: ViewRow]] = Array(repeating: [:], count: views.count)
        let rows = RowAccess(
            try database.makeStatement(
                sql: "SELECT \(EntryColumns.names) FROM entry ORDER BY sequence"))
        while try rows.next(database) {
            let entry = try EntryColumns.read(rows)
            for (index, view) in views.enumerated() {
                for key in view.keys(of: entry) {
                    let before = open[index][key]
                    var after = view.apply(entry, to: before, key: key)
                    if after == before { continue }
                    if var before {
                        before.until = entry.sequence
                        sums[index] &+= before.hashValue
                    }
                    after?.since = entry.sequence
                    open[index][key] = after
                }
            }
        }
        for index in views.indices {
            for line in open[index].values { sums[index] &+= line.hashValue }
        }
        return sums
    }

    /// Folds one view whole and names the first line that differs.
    private func firstDifference(
        _ view: any StoredView, _ database: Database
    ) throws -> Verification.Finding {
        var wanted: [String: [ViewRow]] = [:]
        let rows = RowAccess(
            try database.makeStatement(
                sql: "SELECT \(EntryColumns.names) FROM entry ORDER BY sequence"))
        while try rows.next(database) {
            let entry = try EntryColumns.read(rows)
            for key in view.keys(of: entry) {
                var lines = wanted[key] ?? []
                let before = lines.last.flatMap { $0.until == nil ? $0 : nil }
                var after = view.apply(entry, to: before, key: key)
                if after == before { continue }
                if before != nil { lines[lines.count - 1].until = entry.sequence }
                after?.since = entry.sequence
                if let after { lines.append(after) }
                wanted[key] = lines
            }
        }
        var extra: ViewRow?
        try lines(of: view.name, database) { line in
            guard let place = wanted[line.key]?.firstIndex(of: line) else {
                extra = extra ?? line
                return
            }
            wanted[line.key]?.remove(at: place)
        }
        let missing = wanted.values.joined().min { $0.since < $1.since }
        let line = extra ?? missing
        return .init(
            sequence: nil,
            what:
                "the stored view \"\(view.name)\" has a wrong line for \(line?.key ?? "?") since entry "
                + "\(line?.since ?? 0) (ledger rebuild makes it anew)")
    }
}
