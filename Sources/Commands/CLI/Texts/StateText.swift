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
        // For a drifted service, the row shows what was observed, and since when. `explain` shows
        // the recorded release.
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

    /// Notices beside the releases: runs under way, hosts that differ, incidents, undeployable
    /// branches, fences, pins, freezes. What is wrong with the state itself comes first.
    static func remarks(_ status: Status.Answer, _ time: LocalTime) -> [Answer.Block] {
        status.environments.flatMap { runs($0) + differences($0) }
            + (status.incidents ?? []).map { remark($0, time) }
            + status.undeployable.map { branch in
                .hint(
                    "\(branch.branch) is undeployable: the check \(branch.check) failed on "
                        + "\(branch.revision.short) (entry \(branch.entry))")
            }
            + status.environments.flatMap { answer in
                answer.marks.compactMap { remark($0, answer.environment, time) }
            }
    }

    /// Recorded text beside a state: a long one must not push the state off the screen.
    private static func short(_ text: String) -> String {
        let start = TextWidth.fitting(text, longest)
        return start.utf8.count < text.utf8.count ? start + " …" : text
    }

    /// Columns of recorded text in a notice.
    private static let longest = 200

    private static func remark(_ incident: IncidentAnswer, _ time: LocalTime) -> Answer.Block {
        let place = [incident.environment?.rawValue, incident.service?.rawValue]
            .compactMap(\.self).joined(separator: " ")
        let words = [incident.name, incident.severity.map { "(\($0))" }, incident.summary]
        return .hint(
            (place.isEmpty ? "" : place + ": ")
                + "open incident \(short(words.compactMap(\.self).joined(separator: " "))), since "
                + "\(time.text(incident.time.timestamp)) (entry \(incident.entry))")
    }

    private static func differences(_ answer: EnvironmentAnswer) -> [Answer.Block] {
        let name = answer.environment
        let other = [ServiceState.State.drifted, .mixed].map(\.rawValue)
        return answer.services.filter { other.contains($0.state) }.compactMap { service in
            service.release.map { release in
                .hint(
                    "\(name): \(service.service) should run \(release.title), but was observed "
                        + "not to",
                    command: "ledger explain -e \(shell: name) --service \(shell: service.service)")
            }
        }
    }

    private static func remark(
        _ mark: MarkAnswer, _ name: EnvironmentName, _ time: LocalTime
    ) -> Answer.Block? {
        let what = mark.release.map { "\($0.service) \($0.title)" } ?? name.rawValue
        let why = "\(short(mark.reason)) (entry \(mark.entry))"
        switch Mark.Kind(rawValue: mark.kind) {
        case .fence: return .hint("\(name): \(what) is fenced: \(why)")
        case .pin: return .hint("\(name): \(what) is pinned: \(why)")
        case .bypass:
            let run = mark.run ?? 0
            return .hint(
                "\(name): run \(run) ran without its required approvals, by \(mark.by): \(why); "
                    + "to review it",
                command: "ledger approve \(run) --review --key KEY --reason …")
        case .freeze where mark.until.map { time.clock() < $0.timestamp } ?? true:
            let end = mark.until.map { "; it ends \(time.text($0.timestamp))" } ?? ""
            return .hint("\(name) is frozen: \(why)\(end)")
        case .freeze, nil: return nil
        }
    }

    private static func runs(_ answer: EnvironmentAnswer) -> [Answer.Block] {
        guard let run = answer.run else { return [] }
        let name = answer.environment
        let holder = run.holder.map { ", held by \($0)" } ?? ""
        switch run.state {
        case .wasUnderWay: return [.hint("\(name): run \(run.run) was under way\(holder)")]
        case .underWay: return [.hint("\(name): run \(run.run) is under way\(holder)")]
        case .halfWay:
            return [
                .hint(
                    "\(name): run \(run.run) was left half-way"
                        + (run.holder.map { " by \($0)" } ?? "") + "; to continue",
                    command: "ledger runs resume \(run.run)"),
                .hint(
                    "\(name): to stop run \(run.run) here",
                    command: "ledger runs abandon \(run.run) --reason …"),
            ]
        }
    }
}
