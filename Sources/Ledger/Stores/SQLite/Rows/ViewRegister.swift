internal import Ledger

/// Which stored views include all entries.
///
/// A writer folds the entries of a commit into all registered views (table `view_made`), and then
/// moves one mark, `view_reached`. So a program that does not fold leaves the mark behind.
struct ViewRegister {
    /// The version of the logic that made each view.
    private let made: [String: Int]
    private let head: Int
    private let reached: Int

    /// Throws `StoreProblem` if roots cover entries that are missing: the end was cut off, and
    /// lines may be folded from it.
    init(head: Int, in database: Database) throws {
        try Self.refuseGone(head, in: database)
        var made: [String: Int] = [:]
        let rows = RowAccess(
            try database.keptStatement("SELECT view, version FROM view_made"))
        defer { rows.reset() }
        while try rows.next() { made[rows.text(0) ?? ""] = rows.integer(1) }
        let mark = RowAccess(
            try database.keptStatement("SELECT reached FROM view_reached"))
        defer { mark.reset() }
        reached = try mark.next() ? mark.integer(0) : 0
        (self.made, self.head) = (made, head)
    }

    /// The views that lack the last entry, or whose lines another version of their logic made.
    func outdated(of views: [any StoredView]) -> [any StoredView] {
        views.filter { made[$0.name] != $0.version || reached != head }
    }

    /// Records that this program made these views.
    static func add(_ views: [any StoredView], in database: Database) throws {
        for view in views {
            try database.execute(
                "REPLACE INTO view_made (view, version) VALUES (?, ?)",
                view.name, view.version)
        }
    }

    /// Records that all registered views include the entries up to the head.
    static func mark(_ head: Int, in database: Database) throws {
        let row = RowAccess(
            try database.keptStatement(
                "REPLACE INTO view_reached (id, reached) VALUES (1, ?)"))
        row.bind(head, at: 1)
        try row.run()
    }

    /// Deletes the views that a writer does not know, because its appends do not maintain them.
    func removeOthers(than views: [any StoredView], in database: Database) throws {
        let names = Set(views.map(\.name))
        for name in made.keys where !names.contains(name) {
            for table in ["view_made", "view_row"] {
                try database.execute(
                    "DELETE FROM \(table) WHERE view = ?", name)
            }
        }
    }

    private static func refuseGone(_ head: Int, in database: Database) throws {
        let row = RowAccess(
            try database.keptStatement("SELECT coalesce(max(size), 0) FROM root"))
        defer { row.reset() }
        let kept = try row.next() ? row.integer(0) : 0
        if kept <= head { return }
        throw StoreProblem(
            .damaged, "\((head + 1...kept).areGone): roots cover more entries",
            cause: "the ledger has \(head) entries: its end was truncated",
            hint:
                "keep the file unchanged, run `ledger verify`, and restore a backup beside it")
    }
}
