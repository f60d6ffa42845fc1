internal import GRDB
internal import Ledger

/// Which stored views include all entries.
///
/// A view includes the entries that were there when it was made (table `view_made`). Every commit
/// of a writer folds its entries into all registered views and adds a root. So a view is up to date
/// if the last entry has a root, and no commit has to write about each view.
struct ViewRegister {
    private struct Made {
        let version: Int
        let reached: Int
    }

    private let made: [String: Made]
    private let head: Int
    /// Whether a writer committed the last entry.
    private let isCommitted: Bool

    /// Throws `StoreProblem` if roots cover entries that are missing: the end was cut off, and
    /// lines may be folded from it.
    init(head: Int, in database: Database) throws {
        try Self.refuseGone(head, in: database)
        var made: [String: Made] = [:]
        let rows = RowAccess(
            try database.cachedStatement(sql: "SELECT view, version, reached FROM view_made"))
        defer { rows.reset() }
        while try rows.next(database) {
            made[rows.text(0) ?? ""] = Made(version: rows.integer(1), reached: rows.integer(2))
        }
        let root = RowAccess(
            try database.cachedStatement(sql: "SELECT 1 FROM root WHERE size = ?"))
        defer { root.reset() }
        root.bind(head, at: 1)
        isCommitted = try root.next(database)
        (self.made, self.head) = (made, head)
    }

    /// The views that lack the last entry, or whose lines another version of their logic made.
    func outdated(of views: [any StoredView]) -> [any StoredView] {
        views.filter { view in
            guard let made = made[view.name], made.version == view.version else { return true }
            return made.reached != head && !(made.reached < head && isCommitted)
        }
    }

    /// Records that this program made these views, with all entries up to the head.
    static func add(_ views: [any StoredView], _ head: Int, in database: Database) throws {
        for view in views {
            try database.execute(
                sql: "REPLACE INTO view_made (view, version, reached) VALUES (?, ?, ?)",
                arguments: [view.name, view.version, head])
        }
    }

    /// Deletes the views that a writer does not know, because its appends do not maintain them.
    func removeOthers(than views: [any StoredView], in database: Database) throws {
        let names = Set(views.map(\.name))
        for name in made.keys where !names.contains(name) {
            for table in ["view_made", "view_row"] {
                try database.execute(
                    sql: "DELETE FROM \(table) WHERE view = ?", arguments: [name])
            }
        }
    }

    private static func refuseGone(_ head: Int, in database: Database) throws {
        let row = RowAccess(
            try database.cachedStatement(sql: "SELECT coalesce(max(size), 0) FROM root"))
        defer { row.reset() }
        let kept = try row.next(database) ? row.integer(0) : 0
        if kept <= head { return }
        throw StoreProblem(
            .damaged, "\((head + 1...kept).areGone): roots cover more entries",
            cause: "the ledger has \(head) entries: its end was truncated",
            hint:
                "keep the file unchanged, run `ledger verify`, and restore a backup beside it")
    }
}
