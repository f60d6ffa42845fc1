public import Ledger

/// The folds whose lines a store keeps in step with its ledger.
public enum StoredViews {
    public static let all: [any StoredView] = [
        EnvironmentFold(), DeploymentFold(), ReleaseFold(), RunFold(), StepFold(), LeaseFold(),
        MarkFold(), IncidentFold(),
    ]
}

/// Stored views folded in memory: the lines as they are after the last entry applied.
///
/// It is what a store keeps, without the store; by it replayed and kept are compared.
public struct Replay: Sendable {
    /// The lines of each view, at its place, by key.
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

    /// One line of a view, if there is one.
    public func row(_ view: String, _ key: String) -> ViewRow? {
        views.firstIndex { $0.name == view }.flatMap { lines[$0][ExactText(key)] }
    }

    /// The lines of one view, by key.
    public func rows(_ view: String) -> [ViewRow] {
        guard let place = views.firstIndex(where: { $0.name == view }) else { return [] }
        return lines[place].sorted { $0.key < $1.key }.map(\.value)
    }
}

extension Entry {
    /// The sequence of the entry that this one corrects.
    public var corrects: Int? {
        kind == EventKind.eventCorrected.rawValue ? payload["corrects"]?.integer : nil
    }

    /// When what a correction puts right happened, if it says so.
    public var correctedTime: Timestamp? {
        corrects == nil ? nil : payload["fields"]?["time"]?.string.flatMap { Timestamp($0) }
    }

    /// Whether a run of the ledger's own says so, which has looked. Others may say it, and are not
    /// believed: only a run's entries bear the id of its plan.
    public func saysAfterLooking(_ claim: String) -> Bool {
        isOfOwnRun && payload(ifItMentions: claim)?[claim]?.bool == true
    }

    /// Whether a run of this ledger wrote it: those have no source, and others no run.
    public var isOfOwnRun: Bool { draft.correlation != nil && draft.source == nil }

    /// Whether it tells of a build that failed: that names no release.
    var isOfFailedBuild: Bool {
        kind == EventKind.buildFinished.rawValue
            && payload(ifItHas: Self.failed)?["outcome"]?.string == Outcome.failed.rawValue
    }
    private static let failed = Array("\"outcome\":\"\(Outcome.failed.rawValue)\"".utf8)

    /// The payload, read only if it can have the member.
    func payload(ifItMentions name: String) -> JSONValue? {
        payload(ifItHas: Array("\"\(name)\":".utf8))
    }

    /// The payload, read only if its text has these bytes: canonical JSON spells each thing in one
    /// way. Reading JSON costs more than all else in a replay.
    private func payload(ifItHas bytes: [UInt8]) -> JSONValue? {
        draft.payload.utf8.contains(bytes) ? payload : nil
    }
}
