public import Ledger

/// The lease of an environment. The number is the fencing token: the sequence that granted the
/// lease. The time is that of the run's last entry, by the clock of the machine that runs it.
/// Another machine's wrong clock therefore extends no lease.
public struct LeaseFold: StoredView {
    public let name = "lease"
    public let version = 3
    public init() {}

    public let concern = ViewConcern(kinds: [], runs: true)

    public func keys(of entry: Entry) -> [String] {
        guard entry.draft.correlation != nil, let environment = entry.subject.environment else {
            return []
        }
        return [environment.rawValue]
    }

    public func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
        guard let run = entry.draft.correlation?.description else { return row }
        switch EventKind(rawValue: entry.kind) {
        case .leaseGranted, .leaseTaken:
            return ViewRow(
                key: key, entry, state: "held", number: entry.sequence,
                detail: LeaseDetail(entry, run: run))
        case .leaseReleased:
            return row?.detail(as: LeaseDetail.self).run == run ? nil : row
        default:
            // Every entry of the run renews its lease.
            guard var row, row.detail(as: LeaseDetail.self).run == run else { return row }
            row.time = max(row.time, entry.time)
            return row
        }
    }
}
