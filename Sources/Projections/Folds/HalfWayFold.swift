public import Ledger

/// Unfinished runs by environment, so that a decision need not read every run of the ledger.
///
/// The detail holds their ids. A run that another ledger reports is kept until that ledger reports
/// its end. It may be out of date here, so readers must check the state of each run.
public struct HalfWayFold: StoredView {
    public let name = "halfway"
    public let version = 1
    public init() {}

    public let concern = ViewConcern(
        kinds: Set(EventKind.endsOfRuns).union([.deployStarted, .revertStarted]))

    public func keys(of entry: Entry) -> [String] {
        guard entry.draft.correlation != nil, let name = entry.subject.environment else {
            return []
        }
        return [name.rawValue]
    }

    public func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
        guard let run = entry.draft.correlation?.description else { return row }
        var runs = row.map(Self.runs) ?? []
        let isEnd = EventKind.endsOfRuns.contains { $0.rawValue == entry.kind }
        if !isEnd {
            if runs.contains(run) { return row }
            runs.append(run)
        } else {
            // An entry with a source is external: it ends no run of this ledger.
            guard runs.contains(run), entry.draft.source == nil || !isOwn(run, row) else {
                return row
            }
            runs.removeAll { $0 == run }
        }
        var own = row.map(Self.own) ?? []
        if !isEnd, entry.draft.source == nil { own.append(run) }
        own.removeAll { !runs.contains($0) }
        let detail: JSONValue = [
            "runs": .array(runs.map { .string($0) }), "own": .array(own.map { .string($0) }),
        ]
        return ViewRow(
            key: key, subject: Subject(environment: entry.subject.environment),
            state: runs.isEmpty ? "none" : "running", time: entry.time, by: entry.by.name,
            detail: Canonical.text(detail), since: entry.sequence)
    }

    private func isOwn(_ run: String, _ row: ViewRow?) -> Bool {
        row.map(Self.own)?.contains(run) ?? false
    }

    private static func own(_ row: ViewRow) -> [String] { names("own", row) }
    static func runs(_ row: ViewRow) -> [String] { names("runs", row) }

    private static func names(_ member: String, _ row: ViewRow) -> [String] {
        (row.details[member]?.array ?? []).compactMap(\.string)
    }
}
