public import Ledger

/// What each environment runs, per service: `production:api`. An
/// environment's name may hold slashes, and no colon.
///
/// The line's subject is the release; `number` is the sequence of the entry that made it the
/// release; the state is one of `ServiceState.State`; the detail holds what was seen on each host.
public struct EnvironmentFold: StoredView {
    public let name = "environment"
    public let version = 5
    public init() {}

    /// The key of a service's line.
    public static func key(_ environment: EnvironmentName, _ service: ServiceName) -> String {
        "\(environment):\(service)"
    }

    public let concern = ViewConcern(kinds: [
        .deployStarted, .revertStarted, .deployFinished, .revertFinished, .deployFailed,
        .revertFailed, .deployAbandoned, .revertAbandoned, .hostObserved, .eventCorrected,
    ])

    public func keys(of entry: Entry) -> [String] {
        guard let environment = entry.subject.environment, let service = entry.subject.service
        else { return [] }
        return [Self.key(environment, service)]
    }

    public func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
        if let row, entry.isOfRunElsewhere, entry.time < row.time { return row }
        switch EventKind(rawValue: entry.kind) {
        case .deployFinished, .revertFinished: return finished(entry, row, key)
        case .deployStarted, .revertStarted:
            return changed(row, by: entry, key) { row in
                row.state = State.changing.rawValue
                var detail = row.details.object ?? [:]
                detail["began"] = JSONValue(entry.sequence)
                row.detail = Canonical.text(.object(detail))
            }
        case .deployFailed, .revertFailed, .deployAbandoned, .revertAbandoned:
            return changed(row, by: entry, key) { row in
                row.state = Self.state(row, after: entry).rawValue
            }
        case .hostObserved: return observed(entry, row, key)
        case .eventCorrected: return corrected(entry, row)
        default: return row
        }
    }

    private typealias State = ServiceState.State

    private func finished(_ entry: Entry, _ row: ViewRow?, _ key: String) -> ViewRow {
        var line = ViewRow(
            key: key, entry, state: State.unverified.rawValue, number: entry.sequence)
        if entry.saysAfterLooking("verified") { line.state = State.verified.rawValue }
        var detail: [String: JSONValue] = [:]
        if let bundle = entry.payload(ifItMentions: "bundle")?["bundle"] {
            detail["bundle"] = bundle
        }
        // What was seen before the run began was seen of another release, maybe on another host.
        if row?.state == State.changing.rawValue, let before = row?.details,
            let hosts = before["hosts"]?.object
        {
            let began = before["began"]?.integer ?? 0
            let fresh = hosts.filter { ($0.value["entry"]?.integer ?? 0) > began }
            if !fresh.isEmpty { detail["hosts"] = .object(fresh) }
        }
        if !detail.isEmpty { line.detail = Canonical.text(.object(detail)) }
        return line
    }

    /// The line with a change; a line without a release if there was none.
    private func changed(
        _ row: ViewRow?, by entry: Entry, _ key: String, _ change: (inout ViewRow) -> Void
    ) -> ViewRow {
        var line =
            row
            ?? ViewRow(
                key: key,
                subject: Subject(
                    environment: entry.subject.environment, service: entry.subject.service),
                state: State.unknown.rawValue, time: entry.time, by: entry.by.name,
                since: entry.sequence)
        change(&line)
        return line
    }

    private func observed(_ entry: Entry, _ row: ViewRow?, _ key: String) -> ViewRow? {
        let payload = entry.payload
        guard let host = payload["host"]?.string else { return row }
        var seen: [String: JSONValue] = [
            "entry": JSONValue(entry.sequence), "time": .string(entry.time.description),
            "reachable": payload["reachable"] ?? true,
        ]
        for (name, value) in entry.subject.fields where !["environment", "service"].contains(name) {
            seen[name] = .string(value)
        }
        return changed(row, by: entry, key) { row in
            var detail = row.details.object ?? [:]
            var hosts = detail["hosts"]?.object ?? [:]
            hosts[host] = .object(seen)
            detail["hosts"] = .object(hosts)
            row.detail = Canonical.text(.object(detail))
            if row.state != State.changing.rawValue {
                row.state = Self.state(row).rawValue
            }
        }
    }

    private func corrected(_ entry: Entry, _ row: ViewRow?) -> ViewRow? {
        guard var row, let corrects = entry.corrects, row.number == corrects
        else { return row }
        row.subject.tag = entry.subject.tag ?? row.subject.tag
        row.subject.digest = entry.subject.digest ?? row.subject.digest
        row.subject.revision = entry.subject.revision ?? row.subject.revision
        var detail = row.details.object ?? [:]
        detail["corrected"] = JSONValue(entry.sequence)
        row.detail = Canonical.text(.object(detail))
        // What was seen was seen of something; whether that is this release is asked anew.
        if row.state != State.changing.rawValue, row.details["hosts"] != nil {
            row.state = Self.state(row).rawValue
        }
        return row
    }

    /// What the hosts, as last seen, say of the line's release. After a run that did not finish
    /// only what was seen since it began counts; one that says it put the former release back has
    /// looked.
    private static func state(_ row: ViewRow, after failed: Entry? = nil) -> State {
        if let failed, failed.saysAfterLooking("putBack") { return .verified }
        let began = row.details["began"]?.integer
        let hosts = HostState.all(in: row.details)
        guard let release = Release(row.subject) else { return .unknown }
        if hosts.isEmpty { return began == nil ? .unverified : .unknown }
        if hosts.contains(where: { !$0.reachable || $0.entry <= began ?? 0 }) { return .unknown }
        let right = hosts.filter { $0.runs(release) }
        return right.count == hosts.count ? .verified : right.isEmpty ? .drifted : .mixed
    }
}
