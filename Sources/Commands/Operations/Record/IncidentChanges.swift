internal import CommandEngine
internal import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// Record that an incident began
public struct OpenIncident: Change {
    public typealias Answer = EntryAnswer
    public static var right: Right { .record }

    /// The name of the incident, such as an alert's.
    public var name: String
    /// The affected environment; absent for all.
    public var environment: String?
    /// The affected service.
    public var service: String?
    /// How serious it is, in the words of the team.
    public var severity: String?
    /// What is wrong, in one sentence.
    public var summary: String?
    /// Where it is handled.
    public var url: String?
    /// When it began. Default: now.
    public var time: String?

    public init(
        _ name: String, environment: String? = nil, service: String? = nil,
        severity: String? = nil, summary: String? = nil, url: String? = nil, time: String? = nil
    ) {
        self.name = name
        self.environment = environment
        self.service = service
        self.severity = severity
        self.summary = summary
        self.url = url
        self.time = time
    }

    public func answer(at desk: RecordingDesk) async throws -> EntryAnswer {
        if name.isBlank { throw Refusal(.invalid, "the name of the incident is empty") }
        var incident = Incident(
            name: name, severity: severity, summary: summary, url: url)
        incident.environment = try await desk.desk.environment(ifNamed: environment)
        incident.service = try service.map { try ServiceName($0) }
        let fact = Fact(.incidentOpened(incident), time: try time.map { try desk.desk.time($0) })
        return EntryAnswer(
            try await desk.recorder.record(fact) {
                try await refuseOpen(incident, fact.time ?? desk.desk.now, desk.desk)
            })
    }

    /// The same incident is not opened twice, nor before it was last resolved: it would stay
    /// resolved.
    private func refuseOpen(_ incident: Incident, _ time: Timestamp, _ desk: Desk) async throws {
        let same = try await desk.projector.incidents().filter {
            $0.name == name && $0.environment == incident.environment
                && $0.service == incident.service
        }
        if let end = same.compactMap(\.resolved).max(), time <= end {
            throw Refusal(
                .invalid, "the incident \"\(name)\" was resolved at \(end), after \(time)",
                hint: Hint(
                    "write a time after its resolution, or add a note", run: "ledger note \"…\""))
        }
        guard let open = same.first(where: { $0.resolved == nil }) else { return }
        throw Refusal(
            .notPossible, "the incident \"\(name)\" is already open",
            cause: "entry \(open.entry), since \(open.time), by \(open.by)",
            hint: Hint("to add what is known", run: "ledger note --about \(open.entry) \"…\""))
    }
}

/// Record that an incident is resolved
public struct ResolveIncident: Change {
    public typealias Answer = [EntryAnswer]
    public static var right: Right { .record }

    /// The name of the incident.
    public var name: String
    /// Only the incident of this environment.
    public var environment: String?
    /// Only the incident of this service.
    public var service: String?
    /// What resolved it.
    public var summary: String?
    /// When it was resolved. Default: now.
    public var time: String?

    public init(
        _ name: String, environment: String? = nil, service: String? = nil,
        summary: String? = nil, time: String? = nil
    ) {
        self.name = name
        self.environment = environment
        self.service = service
        self.summary = summary
        self.time = time
    }

    public func answer(at desk: RecordingDesk) async throws -> [EntryAnswer] {
        let named = try await desk.desk.environment(ifNamed: environment)
        let service = try service.map { try ServiceName($0) }
        let open = try await desk.desk.projector.openIncidents()
        let ours = open.filter {
            $0.name == name && (named == nil || $0.environment == named)
                && (service == nil || $0.service == service)
        }
        guard !ours.isEmpty else {
            let names = Set(open.map(\.name)).sorted()
            if names.contains(where: { $0 == name }) {
                throw Refusal(
                    .unknownName, "no open incident \"\(name)\" has this environment and service",
                    hint: Hint("list the open incidents", run: "ledger incident list"))
            }
            throw Refusal(
                .unknownName, "no open incident has the name \"\(name)\"",
                cause: names.isEmpty
                    ? "no incident is open" : "open incidents: \(names.joined(separator: ", "))",
                hint: nearest(to: name, among: names).map { "did you mean \($0)?" }
                    ?? Hint("list all incidents", run: "ledger incident list --all"))
        }
        let time = try time.map { try desk.desk.time($0) }
        if let time, let late = ours.first(where: { time <= $0.time }) {
            throw Refusal(
                .invalid, "the incident \"\(name)\" began at \(late.time), not before \(time)",
                hint: "write a time after its beginning")
        }
        let facts = ours.map { incident in
            Fact(
                .incidentResolved(
                    Incident(
                        name: name, environment: incident.environment, service: incident.service,
                        summary: summary, incident: incident.incident)),
                time: time)
        }
        return try await desk.recorder.record(facts).map(EntryAnswer.init)
    }
}
