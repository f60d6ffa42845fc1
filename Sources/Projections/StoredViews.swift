public import Ledger

/// The folds whose lines a store keeps up to date with its ledger.
public enum StoredViews {
    public static let all: [any StoredView] = [
        EnvironmentFold(), DeploymentFold(), ReleaseFold(), RunFold(), StepFold(), LeaseFold(),
        MarkFold(), IncidentFold(), HalfWayFold(),
    ]
}

/// Stored views folded in memory: the lines as they are after the last entry applied.
///
/// It produces the lines of a store without the store, so replayed and stored lines can be
/// compared.
public struct Replay: Sendable {
    /// The lines of each view, by view index and key.
    private var lines: [[ExactText: ViewRow]]
    private let views: [any StoredView]
    private let routes: ViewRoutes

    public init(views: [any StoredView] = StoredViews.all) {
        self.views = views
        routes = ViewRoutes(views)
        lines = Array(repeating: [:], count: views.count)
    }

    /// Folds one entry into all views.
    public mutating func apply(_ entry: Entry) {
        for place in routes.places(of: entry) {
            let view = views[place]
            for key in view.keys(of: entry) {
                let exact = ExactText(key)
                let before = lines[place][exact]
                var after = view.apply(entry, to: before, key: key)
                if after == before { continue }
                after?.since = entry.sequence
                lines[place][exact] = after
            }
        }
    }

    /// One line of a view, if it exists.
    public func row(_ view: String, _ key: String) -> ViewRow? {
        views.firstIndex { $0.name == view }.flatMap { lines[$0][ExactText(key)] }
    }

    /// The lines of one view, by key.
    public func rows(_ view: String) -> [ViewRow] {
        guard let place = views.firstIndex(where: { $0.name == view }) else { return [] }
        return lines[place].sorted { $0.key < $1.key }.map(\.value)
    }
}
