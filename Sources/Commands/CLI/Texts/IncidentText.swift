internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// The text form of incidents.
enum IncidentText {
    static func row(_ incident: IncidentAnswer) -> [Cell] {
        [
            Cell(incident.name), state(incident), Cell(incident.environment?.rawValue),
            Cell(incident.service?.rawValue), Cell(incident.severity),
            Cell(incident.time.timestamp), Cell(incident.resolved?.timestamp),
            Cell(incident.entry), Cell(incident.summary),
        ]
    }

    private static func state(_ incident: IncidentAnswer) -> Cell {
        incident.resolved == nil ? .text("open", .failed) : .text("resolved", .well)
    }

    /// The incident, and the deploys before it: where to look for the cause.
    static func blocks(_ found: ShowIncident.Answer) -> [Answer.Block] {
        let incident = found.incident
        var rows: [[Cell]] = [["state", state(incident)]]
        func add(_ name: String, _ value: Cell) {
            if !value.exact.isEmpty { rows.append([Cell(name), value]) }
        }
        add("environment", Cell(incident.environment?.rawValue))
        add("service", Cell(incident.service?.rawValue))
        add("severity", Cell(incident.severity))
        add("since", Cell(incident.time.timestamp))
        add("opened by", Cell("\(incident.by), entry \(incident.entry)"))
        add("resolved", Cell(incident.resolved?.timestamp))
        add("summary", Cell(incident.summary))
        add("link", Cell(incident.url))
        let columns: [Column] = [
            "deploy", "ended before", "service", "release", Column("by", .leaves(2)), "ending",
            Column("commits", .leaves(1)), Column("why", .wraps),
        ]
        let deploys = found.deploysBefore.map { attempt -> [Cell] in
            let gap = incident.time.timestamp.seconds(since: attempt.time.timestamp)
            return [
                Cell(attempt.number.map { "\(attempt.environment)#\($0)" }),
                .seconds(gap), Cell(attempt.service?.rawValue),
                Cell(attempt.release?.title), Cell(attempt.by),
                .text(attempt.ending, StateText.style(ending: attempt.ending)),
                Cell(attempt.from == nil ? "" : CommitText.count(attempt.commits)),
                Cell(attempt.reason ?? attempt.why),
            ]
        }
        let environment = found.deploysBefore.first?.environment ?? incident.environment
        return [
            .line("incident \(incident.name)"), .sheet(Answer.Grid(sheet: rows, wrapping: [1])),
            .line(deploys.isEmpty ? "No deploy is recorded before it." : "Deploys before it:"),
            .grid(Answer.Grid(columns, deploys)),
        ]
            + (environment.map {
                [.hint("List the rollback targets", command: "ledger targets -e \(shell: $0)")]
            } ?? [])
    }
}
