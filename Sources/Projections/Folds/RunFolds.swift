public import Ledger

/// Every run, by the id of its `….planned` entry. The number is that entry's sequence: its short
/// name.
public struct RunFold: StoredView {
    public let name = "run"
    public let version = 4
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
        // An entry with a source comes from elsewhere: it changes no run of this ledger.
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
        case .deployStarted, .revertStarted: row.state = RunView.State.running.rawValue
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

/// Every step that a run began, and how it ended: `RUN/0003`.
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

/// Who may run in an environment. The number is the fencing token: the sequence that granted the
/// lease; the time is when the run was last heard of, by the clock of whoever runs: another's clock
/// that goes wrong makes no lease longer.
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
            // Every entry of the run keeps its lease alive.
            guard var row, row.details["run"]?.string == run else { return row }
            row.time = max(row.time, entry.time)
            return row
        }
    }
}

/// Fences, pins and freezes that stand, and runs without their approvals that nobody has reviewed:
/// `fence/production:api v1.0.0`. An environment's
/// name has no colon, a service's no space.
public struct MarkFold: StoredView {
    public let name = "mark"
    public let version = 5
    public init() {}

    public let concern = ViewConcern(kinds: [
        .fenceRaised, .fenceLifted, .pinSet, .pinRemoved, .freezeStarted, .freezeEnded,
        .approvalBypassed, .approvalReviewed,
    ])

    public func keys(of entry: Entry) -> [String] {
        guard let environment = entry.subject.environment else { return [] }
        let service = entry.subject.service?.rawValue ?? ""
        // What is marked is the image; a tag may come to name another one.
        let subject = entry.subject
        let release =
            subject.digest?.rawValue ?? subject.revision?.rawValue ?? subject.tag?.rawValue ?? ""
        switch EventKind(rawValue: entry.kind) {
        case .fenceRaised, .fenceLifted: return ["fence/\(environment):\(service) \(release)"]
        case .pinSet, .pinRemoved: return ["pin/\(environment):\(service) \(release)"]
        case .freezeStarted, .freezeEnded: return ["freeze/\(environment)"]
        case .approvalBypassed, .approvalReviewed:
            // An entry from another ledger reviews no run of this one.
            guard entry.isOfOwnRun else { return [] }
            return ["bypass/\(environment):\(entry.draft.correlation?.description ?? "")"]
        default: return []
        }
    }

    public func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
        switch EventKind(rawValue: entry.kind) {
        case .fenceRaised: fence(key, entry, row)
        case .pinSet: mark(key, entry, "pin")
        case .freezeStarted: mark(key, entry, "freeze")
        case .approvalBypassed: mark(key, entry, "bypass")
        case .fenceLifted, .pinRemoved, .freezeEnded, .approvalReviewed: nil
        default: row
        }
    }

    /// Who names the fix of a fence that stands changes neither why it stands nor who raised it.
    private func fence(_ key: String, _ entry: Entry, _ row: ViewRow?) -> ViewRow {
        var line = mark(key, entry, "fence")
        guard let row, let fixes = line.details["fixedBy"] else { return line }
        line = row
        var detail = row.details.object ?? [:]
        detail["fixedBy"] = fixes
        line.detail = Canonical.text(.object(detail))
        line.number = entry.sequence
        return line
    }

    private func mark(_ key: String, _ entry: Entry, _ state: String) -> ViewRow {
        var detail: [String: JSONValue] = [:]
        let payload = entry.payload
        for name in ["reason", "until", "fixedBy", "run"] { detail[name] = payload[name] }
        return ViewRow(
            key: key, entry, state: state, number: entry.sequence,
            detail: Canonical.text(.object(detail)))
    }
}
