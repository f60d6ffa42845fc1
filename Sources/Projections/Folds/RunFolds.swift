public import Ledger

/// Every run, by the id of its `….planned` entry. The number is that entry's sequence, which people
/// use to name the run.
public struct RunFold: StoredView {
    public let name = "run"
    public let version = 5
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
            let payload = entry.payload
            var detail: [String: JSONValue] = [
                "kind": kind == .deployPlanned ? "deploy" : "revert",
                "plan": payload["plan"] ?? .null, "steps": payload["steps"] ?? 0,
            ]
            detail["reason"] = payload["reason"]
            detail["needed"] = payload["approvals"]
            if entry.draft.source != nil { detail["told"] = true }
            if entry.recorded != entry.time {
                detail["recorded"] = .string(entry.recorded.description)
            }
            return ViewRow(
                key: key, entry, state: RunView.State.planned.rawValue, number: entry.sequence,
                detail: Canonical.text(.object(detail)))
        }
        guard var row else { return nil }
        // An entry with a source is external: it changes no run of this ledger.
        if entry.draft.source != nil, row.details["told"] == nil { return row }
        switch kind {
        case .deployApproved, .revertApproved:
            var approvals = row.details["approvals"]?.array ?? []
            let payload = entry.payload
            var approval: [String: JSONValue] = [
                "by": .string(entry.by.name), "known": .string(entry.by.known.rawValue),
                "entry": JSONValue(entry.sequence),
            ]
            for name in ["way", "expires", "plan"] { approval[name] = payload[name] }
            approvals.append(.object(approval))
            set("approvals", .array(approvals), in: &row)
            let people = Set(approvals.map { $0["by"]?.string }).count
            if people >= row.details["needed"]?.integer ?? 1 {
                row.state = RunView.State.approved.rawValue
            }
        case .approvalBypassed: bypass(entry, &row)
        case .approvalReviewed: set("reviewed", JSONValue(entry.sequence), in: &row)
        case .deployStarted, .revertStarted:
            row.state = RunView.State.running.rawValue
            set("began", true, in: &row)
        case .leaseGranted, .leaseTaken: set("token", JSONValue(entry.sequence), in: &row)
        case .deployFinished, .revertFinished: row.state = RunView.State.finished.rawValue
        case .deployFailed, .revertFailed:
            row.state = RunView.State.failed.rawValue
            set("why", entry.payload["reason"] ?? .null, in: &row)
        case .deployAbandoned, .revertAbandoned:
            row.state = RunView.State.abandoned.rawValue
            set("why", entry.payload["reason"] ?? .null, in: &row)
        default: break
        }
        return row
    }

    private func bypass(_ entry: Entry, _ row: inout ViewRow) {
        let payload = entry.payload
        var bypass: [String: JSONValue] = [
            "by": .string(entry.by.name), "known": .string(entry.by.known.rawValue),
            "entry": JSONValue(entry.sequence),
        ]
        for name in ["plan", "reason", "expires"] { bypass[name] = payload[name] }
        var detail = row.details.object ?? [:]
        detail["bypass"] = .object(bypass)
        detail["reviewed"] = nil
        row.detail = Canonical.text(.object(detail))
        row.state = RunView.State.approved.rawValue
    }

    private func set(_ name: String, _ value: JSONValue, in row: inout ViewRow) {
        var detail = row.details.object ?? [:]
        detail[name] = value
        row.detail = Canonical.text(.object(detail))
    }
}

/// Every started step of a run, and its outcome: `RUN/0003`.
public struct StepFold: StoredView {
    public let name = "step"
    public let version = 2
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
        var detail: [String: JSONValue] = [
            "name": payload["name"] ?? .null, "host": payload["host"] ?? .null,
            "token": payload["token"] ?? .null,
        ]
        for name in ["attempt", "ran"] {
            detail[name] = started ? payload[name] : row?.details[name]
        }
        detail["exitCode"] = payload["exitCode"]
        detail["reason"] = payload["reason"]
        return ViewRow(
            key: key, entry, state: started ? "started" : payload["outcome"]?.string ?? "unknown",
            number: payload["step"]?.integer, detail: Canonical.text(.object(detail)))
    }
}

/// The lease of an environment. The number is the fencing token: the sequence that granted the
/// lease. The time is that of the run's last entry, by the clock of the machine that runs it.
/// Another machine's wrong clock therefore extends no lease.
public struct LeaseFold: StoredView {
    public let name = "lease"
    public let version = 2
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
            let payload = entry.payload
            let detail: [String: JSONValue] = [
                "holder": payload["holder"] ?? "", "seconds": payload["seconds"] ?? 0,
                "run": .string(run),
            ]
            return ViewRow(
                key: key, entry, state: "held", number: entry.sequence,
                detail: Canonical.text(.object(detail)))
        case .leaseReleased:
            return row?.details["run"]?.string == run ? nil : row
        default:
            // Every entry of the run renews its lease.
            guard var row, row.details["run"]?.string == run else { return row }
            row.time = max(row.time, entry.time)
            return row
        }
    }
}
