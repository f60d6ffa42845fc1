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
        var detail = row?.detail(as: HalfWayDetail.self) ?? .empty
        let isEnd = EventKind.endsOfRuns.contains { $0.rawValue == entry.kind }
        if !isEnd {
            if detail.runs.contains(run) { return row }
            detail.runs.append(run)
            if entry.draft.source == nil { detail.own.append(run) }
        } else {
            // An entry with a source is external: it ends no run of this ledger.
            guard detail.runs.contains(run),
                entry.draft.source == nil || !detail.own.contains(run)
            else { return row }
            detail.runs.removeAll { $0 == run }
        }
        let runs = detail.runs
        detail.own.removeAll { !runs.contains($0) }
        return ViewRow(
            key: key, subject: Subject(environment: entry.subject.environment),
            state: runs.isEmpty ? "none" : "running", time: entry.time, by: entry.by.name,
            detail: detail, since: entry.sequence)
    }
}
