public import Ledger

/// What each environment runs, per service: `production:api`. An environment's name may contain
/// slashes, but no colon.
///
/// The line's subject is the release. `number` is the sequence of the entry that made it current.
/// The state is one of `ServiceState.State`. The detail contains the observations of each host.
public struct EnvironmentFold: StoredView {
    public let name = "environment"
    public let version = 8
    public let isKey = true
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
        var timeline = ServiceTimeline(row)
        let moment = timeline.moment(of: entry)
        switch EventKind(rawValue: entry.kind) {
        case .deployFinished, .revertFinished:
            guard timeline.finishes(entry, moment, over: row) else { return row }
            return timeline.line(ViewRow(key: key, entry, state: "", number: entry.sequence))
        case .deployStarted, .revertStarted:
            guard timeline.starts(entry, moment) else { return row }
        case .deployFailed, .revertFailed, .deployAbandoned, .revertAbandoned:
            guard timeline.stops(entry, moment) else { return row }
        case .hostObserved:
            guard timeline.sees(entry, moment) else { return row }
        case .eventCorrected:
            guard var line = row, let corrects = entry.corrects else { return row }
            // Another ledger cannot correct this ledger's own runs, which stored a bundle.
            if entry.draft.source != nil, line.number == corrects, timeline.isOfOwnDeploy {
                return row
            }
            if let time = entry.correctedTime, !timeline.moves(&line, corrects, to: time, entry) {
                return row
            }
            guard line.number == corrects || entry.correctedTime != nil else { return row }
            if line.number == corrects {
                line.subject.tag = entry.subject.tag ?? line.subject.tag
                line.subject.digest = entry.subject.digest ?? line.subject.digest
                line.subject.revision = entry.subject.revision ?? line.subject.revision
                timeline.corrected = entry.sequence
            }
            return timeline.line(line)
        default: return row
        }
        return timeline.line(row ?? Self.withoutRelease(key, entry))
    }

    private static func withoutRelease(_ key: String, _ entry: Entry) -> ViewRow {
        ViewRow(
            key: key,
            subject: Subject(
                environment: entry.subject.environment, service: entry.subject.service),
            state: "", time: entry.time, by: entry.by.name, since: entry.sequence)
    }
}
