internal import Ledger

/// Checks that stored views match the entries: every line, including ended ones.
///
/// Lines are compared by the sum of their hashes, so memory use stays constant. Only if the sums
/// differ, lines are compared one by one. Each process uses a new hash seed, so a collision cannot
/// be prepared.
struct ViewCheck {
    let path: String
    let views: [any StoredView]
    /// Whether these are all views that the file may have.
    let isAll: Bool

    func findings() throws -> [Verification.Finding] {
        let reader = try Opening.readOnly(path)
        defer { try? reader.close() }
        return try reader.read { database in
            let head = try Log.head(database)
            let stale = try ViewRegister(head: head, in: database).outdated(of: views).map(\.name)
            if head > 0, let view = stale.sorted().first {
                return [
                    .init(
                        .outdatedView, sequence: nil,
                        what: "the stored view \"\(view)\" does not reach the last entry "
                            + "(rebuild it: ledger rebuild)")
                ]
            }
            let names = views.map { "'\($0.name)'" }.joined(separator: ",")
            if isAll, !views.isEmpty,
                let name = try String.first(
                    database,
                    "SELECT view FROM view_row WHERE view NOT IN (\(names)) LIMIT 1")
            {
                return [
                    .init(
                        .outdatedView, sequence: nil,
                        what:
                            "there are lines of a view \(name.debugDescription), which this program "
                            + "does not know (rebuild the views: ledger rebuild)")
                ]
            }
            var kept = Array(repeating: 0, count: views.count)
            for (index, view) in views.enumerated() {
                try lines(of: view.name, database) { kept[index] &+= $0.hashValue }
            }
            var folded = Array(repeating: 0, count: views.count)
            try ViewFold.lines(views, database) { view, key, row, entry in
                folded[view] &+= KeptLine(key, row, since: entry).hashValue
            }
            return try views.indices.filter { kept[$0] != folded[$0] }.map {
                try firstDifference(views[$0], database)
            }
        }
    }

    private func lines(
        of view: String, _ database: Database, _ body: (KeptLine) -> Void
    ) throws {
        let rows = RowAccess(
            try database.statement(
                "SELECT \(KeptLine.columns) FROM view_row WHERE view = ? ORDER BY key, since"
            ), scanning: true)
        rows.bind(view, at: 1)
        while try rows.next() { body(KeptLine(rows)) }
    }

    /// Folds one view completely and reports the first line that differs.
    private func firstDifference(
        _ view: any StoredView, _ database: Database
    ) throws -> Verification.Finding {
        var wanted: Set<KeptLine> = []
        try ViewFold.lines([view], database) { _, key, row, entry in
            wanted.insert(KeptLine(key, row, since: entry))
        }
        var wrong: [KeptLine] = []
        try lines(of: view.name, database) { line in
            if wanted.remove(line) == nil { wrong.append(line) }
        }
        let line = (wrong + wanted).min { $0.since < $1.since }
        return .init(
            .outdatedView, sequence: nil,
            what:
                "the stored view \"\(view.name)\" has a wrong line for \(line?.key.text ?? "?") since entry "
                + "\(line?.since ?? 0) (rebuild it: ledger rebuild)")
    }
}
