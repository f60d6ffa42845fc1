public import Ledger

/// Every run, by the id of its `….planned` entry. The number is that entry's sequence, which people
/// use to name the run.
public struct RunFold: StoredView {
    public let name = "run"
    public let version = 6
    public init() {}

    public let concern = ViewConcern(kinds: [
        .deployPlanned, .revertPlanned, .deployApproved, .revertApproved, .deployStarted,
        .revertStarted, .deployFinished, .revertFinished, .deployFailed, .revertFailed,
        .deployAbandoned, .revertAbandoned, .leaseGranted, .leaseTaken, .approvalBypassed,
        .approvalReviewed,
    ])

    public func keys(of entry: Entry) -> [String] {
        switch EventKind(rawValue: entry.kind) {
        case .deployPlanned, .revertPlanned: [entry.id.description]
        default: entry.draft.correlation.map { [$0.description] } ?? []
        }
    }

    public func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
        let kind = EventKind(rawValue: entry.kind)
        if kind == .deployPlanned || kind == .revertPlanned {
            return ViewRow(
                key: key, entry, state: RunView.State.planned.rawValue, number: entry.sequence,
                detail: Self.planned(entry, kind == .deployPlanned ? .deploy : .revert))
        }
        guard var row, let kind else { return row }
        var detail = row.detail(as: RunDetail.self)
        // An entry with a source is external: it changes no run of this ledger.
        if entry.draft.source != nil, !detail.isTold { return row }
        switch kind {
        case .deployApproved, .revertApproved:
            detail.approvals.append(RunDetail.Decision(entry))
            if Set(detail.approvals.map(\.by)).count >= detail.needed ?? 1 {
                row.state = RunView.State.approved.rawValue
            }
        case .approvalBypassed:
            (detail.bypass, detail.reviewed) = (RunDetail.Decision(entry), nil)
            row.state = RunView.State.approved.rawValue
        case .approvalReviewed: detail.reviewed = entry.sequence
        case .deployStarted, .revertStarted:
            row.state = RunView.State.running.rawValue
            detail.hasBegun = true
        case .leaseGranted, .leaseTaken: detail.token = entry.sequence
        case .deployFinished, .revertFinished:
            row.state = RunView.State.finished.rawValue
            return row
        case .deployFailed, .revertFailed:
            row.state = RunView.State.failed.rawValue
            detail.why = entry.payload["reason"]?.string
        case .deployAbandoned, .revertAbandoned:
            row.state = RunView.State.abandoned.rawValue
            detail.why = entry.payload["reason"]?.string
        default: return row
        }
        row.lineDetail = detail
        return row
    }

    private static func planned(_ entry: Entry, _ kind: RunView.Kind) -> RunDetail {
        let payload = entry.payload
        var detail = RunDetail()
        detail.kind = kind.rawValue
        detail.plan = payload["plan"]?.string
        detail.steps = payload["steps"]?.integer ?? 0
        detail.reason = payload["reason"]?.string
        detail.needed = payload["approvals"]?.integer
        detail.isTold = entry.draft.source != nil
        if entry.recorded != entry.time { detail.recorded = entry.recorded }
        return detail
    }
}

/// Every started step of a run, and its outcome: `RUN/0003`.
public struct StepFold: StoredView {
    public let name = "step"
    public let version = 3
    public init() {}

    public let concern = ViewConcern(kinds: [.stepStarted, .stepFinished])

    public func keys(of entry: Entry) -> [String] {
        guard let run = entry.draft.correlation,
            let step = entry.payload["step"]?.integer
        else { return [] }
        let digits = String(step)
        return ["\(run)/" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits]
    }

    public func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
        let payload = entry.payload
        let started = entry.kind == EventKind.stepStarted.rawValue
        var detail = StepDetail(payload)
        if !started {
            let before = row?.detail(as: StepDetail.self)
            (detail.attempt, detail.ran) = (before?.attempt, before?.ran)
        }
        return ViewRow(
            key: key, entry, state: started ? "started" : payload["outcome"]?.string ?? "unknown",
            number: payload["step"]?.integer, detail: detail)
    }
}
