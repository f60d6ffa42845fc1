internal import CommandEngine
internal import CommandPorts
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// The text form of states.
enum StateText {
    static let columns: [Column] = [
        "environment", "service", Column("runs", .wraps), "state", "since",
        Column("by", .leaves(3)), Column("entry", .leaves(2)),
        Column("digest or revision", .leaves(1)),
    ]

    static func row(_ service: ServiceAnswer) -> [Cell] {
        // `runs` is the last observed release, since its observation; `explain` shows the recorded
        // release.
        if service.state == ServiceState.State.drifted.rawValue, !service.hostsDiffer,
            let seen = service.hosts.first
        {
            return [
                Cell(service.environment.rawValue), Cell(service.service.rawValue),
                Cell(runs(service)), state(service), Cell(seen.time?.timestamp), "",
                Cell(seen.entry), Cell(contentsOf: seen.release),
            ]
        }
        return [
            Cell(service.environment.rawValue), Cell(service.service.rawValue),
            Cell(runs(service)), state(service), Cell(service.time?.timestamp), Cell(service.by),
            Cell(service.entry), Cell(contentsOf: service.release),
        ]
    }

    /// How the end of a run or attempt is coloured.
    static func style(ending: String) -> Style {
        switch ending {
        case "finished", "verified": .well
        case "failed": .failed
        default: .attention
        }
    }

    private static func state(_ service: ServiceAnswer) -> Cell {
        let style: Style =
            switch ServiceState.State(rawValue: service.state) {
            case .verified: .well
            case .drifted, .mixed: .failed
            default: .attention
            }
        return .text(service.state, style)
    }

    /// The release; for hosts that differ, the release of each host.
    static func runs(_ service: ServiceAnswer) -> String {
        if service.release == nil, service.hosts.isEmpty { return "nothing yet" }
        let state = ServiceState.State(rawValue: service.state) ?? .unknown
        let unreached = state == .unknown && service.hosts.contains { !$0.reachable }
        if let release = service.release, !unreached, state != .mixed, state != .drifted {
            return release.title
        }
        var groups: [(String, [String])] = []
        for host in service.hosts {
            let expected = host.asExpected == true ? service.release?.title : nil
            let what =
                expected ?? (host.reachable ? host.release?.title ?? "nothing" : "unknown")
            if let place = groups.firstIndex(where: { $0.0 == what }) {
                groups[place].1.append(host.host.rawValue)
            } else {
                groups.append((what, [host.host.rawValue]))
            }
        }
        return groups.map { "\($0.0) on \($0.1.joined(separator: " and "))" }.joined(
            separator: ", ")
    }

    static func json(_ release: Release) -> JSONValue {
        (try? JSONValue(encoding: release)) ?? .null
    }

    // MARK: Beside the releases

    /// Notices beside the releases: incidents, undeployable branches, fences, pins, freezes, open
    /// runs.
    static func remarks(_ status: Status.Answer, now: Timestamp) -> [String] {
        (status.incidents ?? []).map(remark)
            + status.undeployable.map { branch in
                "\(branch.branch) is undeployable: the check \(branch.check) failed on "
                    + "\(branch.revision.short) (entry \(branch.entry))"
            } + status.environments.flatMap { remarks($0, now) }
    }

    private static func remark(_ incident: IncidentAnswer) -> String {
        let place = [incident.environment?.rawValue, incident.service?.rawValue]
            .compactMap(\.self).joined(separator: " ")
        let words = [incident.name, incident.severity.map { "(\($0))" }, incident.summary]
        return (place.isEmpty ? "" : place + ": ")
            + "open incident \(words.compactMap(\.self).joined(separator: " ")), since "
            + "\(incident.time.timestamp) (entry \(incident.entry))"
    }

    private static func remarks(_ answer: EnvironmentAnswer, _ now: Timestamp) -> [String] {
        let name = answer.environment
        var lines: [String] = []
        let other = [ServiceState.State.drifted, .mixed].map(\.rawValue)
        for service in answer.services where other.contains(service.state) {
            guard let release = service.release else { continue }
            lines.append(
                "\(name): \(service.service) should run \(release.title), but was observed not to: "
                    + "ledger explain -e \(shell: name) --service \(shell: service.service)")
        }
        lines += answer.marks.compactMap { remark($0, name, now) }
        return lines + (answer.run.map { remarks($0, name) } ?? [])
    }

    private static func remark(
        _ mark: MarkAnswer, _ name: EnvironmentName, _ now: Timestamp
    ) -> String? {
        let what = mark.release.map { "\($0.service) \($0.title)" } ?? name.rawValue
        switch Mark.Kind(rawValue: mark.kind) {
        case .fence: return "\(name): \(what) is fenced: \(mark.reason) (entry \(mark.entry))"
        case .pin: return "\(name): \(what) is pinned: \(mark.reason) (entry \(mark.entry))"
        case .bypass:
            let run = mark.run ?? 0
            return "\(name): run \(run) ran without its required approvals, by \(mark.by): "
                + "\(mark.reason) (entry \(mark.entry)); to review it: "
                + "ledger approve \(run) --review --key KEY --reason …"
        case .freeze where mark.until.map { now < $0.timestamp } ?? true:
            return "\(name) is frozen: \(mark.reason) (entry \(mark.entry))"
        case .freeze, nil: return nil
        }
    }

    private static func remarks(_ run: OpenRunAnswer, _ name: EnvironmentName) -> [String] {
        let holder = run.holder.map { ", held by \($0)" } ?? ""
        switch run.state {
        case .wasUnderWay: return ["\(name): run \(run.run) was under way\(holder)"]
        case .underWay: return ["\(name): run \(run.run) is under way\(holder)"]
        case .halfWay:
            return [
                "\(name): run \(run.run) was left half-way"
                    + (run.holder.map { " by \($0)" } ?? "")
                    + "; to continue: ledger runs resume \(run.run)",
                "\(name): to stop run \(run.run) here: ledger runs abandon \(run.run) --reason …",
            ]
        }
    }
}
