internal import CommandEngine
internal import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// How states read.
enum StateText {
    static let columns = [
        "environment", "service", "runs", "state", "since", "by", "entry", "digest or revision",
    ]

    static func row(_ state: ServiceState) -> [String] {
        // What runs is what was seen, since it was seen; `explain` tells what is to run.
        if state.state == .drifted, let seen = state.hosts.first, !state.hostsDiffer {
            return [
                state.environment.rawValue, state.service.rawValue, runs(state),
                state.state.rawValue, seen.time?.description ?? "", "", String(seen.entry),
                seen.digest?.rawValue ?? seen.revision?.rawValue ?? "",
            ]
        }
        return [
            state.environment.rawValue, state.service.rawValue, runs(state),
            state.state.rawValue, state.entry == nil ? "" : state.time.description, state.by,
            state.entry.map(String.init) ?? "",
            state.release?.digest?.rawValue ?? state.release?.revision?.rawValue ?? "",
        ]
    }

    /// The release; for hosts that differ, who runs what.
    private static func runs(_ state: ServiceState) -> String {
        if state.release == nil, state.hosts.isEmpty { return "nothing yet" }
        let release = state.release
        let unreached = state.state == .unknown && state.hosts.contains { !$0.reachable }
        if let release, !unreached, state.state != .mixed, state.state != .drifted {
            return release.title
        }
        var groups: [(String, [String])] = []
        for host in state.hosts {
            let title = release.flatMap { host.runs($0) ? $0.title : nil }
            let what = title ?? name(of: host)
            if let place = groups.firstIndex(where: { $0.0 == what }) {
                groups[place].1.append(host.host.rawValue)
            } else {
                groups.append((what, [host.host.rawValue]))
            }
        }
        return groups.map { "\($0.0) on \($0.1.joined(separator: " and "))" }.joined(
            separator: ", ")
    }

    private static func name(of host: HostState) -> String {
        if !host.reachable { return "unknown" }
        return host.tag?.rawValue ?? host.digest.map { String($0.rawValue.prefix(19)) }
            ?? host.revision?.short ?? "nothing"
    }

    static func json(_ view: EnvironmentView, _ run: RunView?) -> JSONValue {
        var members: [String: JSONValue] = [
            "environment": .string(view.name.rawValue),
            "services": .array(view.services.map(json)),
            "marks": .array(
                view.marks.map { mark in
                    var members: [String: JSONValue] = [
                        "kind": .string(mark.kind.rawValue), "reason": .string(mark.reason),
                        "entry": JSONValue(mark.entry), "by": .string(mark.by),
                    ]
                    members["release"] = mark.release.map(json)
                    members["run"] = mark.run.map { JSONValue($0) }
                    members["until"] = mark.until.map { .string($0.description) }
                    return .object(members)
                }),
        ]
        members["run"] = run.map { JSONValue($0.number) }
        members["lease"] = view.lease.flatMap { run?.id == $0.run ? $0 : nil }.map { lease in
            .object([
                "token": JSONValue(lease.token), "holder": .string(lease.holder),
                "run": .string(lease.run.description), "ends": .string(lease.ends.description),
            ])
        }
        return .object(members)
    }

    static func json(_ release: Release) -> JSONValue {
        (try? JSONValue(encoding: release)) ?? .null
    }

    private static func json(_ state: ServiceState) -> JSONValue {
        var members: [String: JSONValue] = [
            "service": .string(state.service.rawValue), "state": .string(state.state.rawValue),
            "by": .string(state.by), "time": .string(state.time.description),
            "hosts": .array(
                state.hosts.map { host in
                    var members: [String: JSONValue] = [
                        "host": .string(host.host.rawValue), "reachable": .bool(host.reachable),
                        "entry": JSONValue(host.entry),
                    ]
                    members["digest"] = host.digest.map { .string($0.rawValue) }
                    members["revision"] = host.revision.map { .string($0.rawValue) }
                    members["tag"] = host.tag.map { .string($0.rawValue) }
                    return .object(members)
                }),
        ]
        members["release"] = state.release.map(json)
        members["entry"] = state.entry.map { JSONValue($0) }
        members["bundle"] = state.bundle.map { .string($0.rawValue) }
        return .object(members)
    }

    static func json(_ incident: OpenIncident) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(incident.name), "time": .string(incident.time.description),
            "entry": JSONValue(incident.entry), "by": .string(incident.by),
        ]
        members["environment"] = incident.environment.map { .string($0.rawValue) }
        members["service"] = incident.service.map { .string($0.rawValue) }
        members["severity"] = incident.severity.map { .string($0) }
        members["summary"] = incident.summary.map { .string($0) }
        members["url"] = incident.url.map { .string($0) }
        return .object(members)
    }

    static func remark(_ incident: OpenIncident) -> String {
        let place = [incident.environment?.rawValue, incident.service?.rawValue]
            .compactMap(\.self).joined(separator: " ")
        let words = [incident.name, incident.severity.map { "(\($0))" }, incident.summary]
        return (place.isEmpty ? "" : place + ": ")
            + "open incident \(words.compactMap(\.self).joined(separator: " ")), since "
            + "\(incident.time) (entry \(incident.entry))"
    }

    /// What stands beside the releases: fences, pins, a freeze, a run under way.
    ///
    /// `run` is the open run. Its holder is looked for only if the present is shown.
    static func remarks(
        _ view: EnvironmentView, _ run: RunView?, isPresent: Bool, _ surroundings: Surroundings
    ) -> [String] {
        let now = surroundings.now()
        var lines: [String] = []
        for state in view.services where state.state == .drifted || state.state == .mixed {
            guard let release = state.release else { continue }
            lines.append(
                "\(view.name): \(state.service) is to run \(release.title); what was seen is not: "
                    + "ledger explain -e \(shell: view.name) --service \(shell: state.service)")
        }
        for mark in view.marks {
            let what = mark.release.map { "\($0.service) \($0.title)" } ?? view.name.rawValue
            switch mark.kind {
            case .fence:
                lines.append(
                    "\(view.name): \(what) is fenced: \(mark.reason) (entry \(mark.entry))")
            case .pin:
                lines.append(
                    "\(view.name): \(what) is pinned: \(mark.reason) (entry \(mark.entry))")
            case .bypass:
                let run = mark.run ?? 0
                lines.append(
                    "\(view.name): run \(run) went without its approvals, by \(mark.by): "
                        + "\(mark.reason) (entry \(mark.entry)); to review it: "
                        + "ledger approve \(run) --review --key KEY --reason …")
            case .freeze:
                if mark.until.map({ now < $0 }) ?? true {
                    lines.append("\(view.name) is frozen: \(mark.reason) (entry \(mark.entry))")
                }
            }
        }
        guard let run else { return lines }
        let lease = view.lease.flatMap { $0.run == run.id ? $0 : nil }
        let holder = lease.map { ", held by \($0.holder)" } ?? ""
        if !isPresent {
            lines.append("\(view.name): run \(run.number) was under way\(holder)")
        } else if let lease, surroundings.mayWork(lease) {
            lines.append("\(view.name): run \(run.number) is under way\(holder)")
        } else {
            lines.append(
                "\(view.name): run \(run.number) was left half-way\(lease.map { " by \($0.holder)" } ?? ""); "
                    + "to go on: ledger runs resume \(run.number); to give it up: ledger runs "
                    + "abandon \(run.number) --reason …")
        }
        return lines
    }
}
