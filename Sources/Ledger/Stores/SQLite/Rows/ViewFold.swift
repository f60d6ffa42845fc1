internal import Ledger

/// Folds stored views from the entries of the file.
enum ViewFold {
    /// Folds all entries again. Calls `body` for every change of a line, with the view's index, the
    /// line's key, the line, and the entry that changed it. One entry can be replaced by another.
    static func lines(
        _ views: [any StoredView], _ database: Database, replacing other: Entry? = nil,
        _ body: (Int, ExactText, ViewRow?, Entry) throws -> Void
    ) throws {
        var open: [[ExactText: ViewRow]] = Array(repeating: [:], count: views.count)
        let routes = ViewRoutes(views)
        try ViewKeeper.entries(for: routes, in: database) { entry in
            let entry = entry.sequence == other?.sequence ? other ?? entry : entry
            for index in routes.places(of: entry) {
                let view = views[index]
                for key in view.keys(of: entry) {
                    let exact = ExactText(key)
                    let before = open[index][exact]
                    var after = view.apply(entry, to: before, key: key)
                    if after == before { continue }
                    after?.since = entry.sequence
                    open[index][exact] = after
                    try body(index, exact, after, entry)
                }
            }
        }
    }
}
