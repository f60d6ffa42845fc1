internal import CommandPorts
internal import Ledger
internal import Projections

/// List incidents, the newest first
public struct ListIncidents: Query {
    public typealias Answer = [IncidentAnswer]
    /// Only this environment.
    public var environment: String?
    /// Resolved incidents too.
    public var all: Bool
    /// As of an entry, a time, a tag or a deploy.
    public var at: String?

    public init(environment: String? = nil, all: Bool = false, at: String? = nil) {
        self.environment = environment
        self.all = all
        self.at = at
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        environment = try members.decodeIfPresent(String.self, forKey: .environment)
        all = try members.decodeIfPresent(Bool.self, forKey: .all) ?? false
        at = try members.decodeIfPresent(String.self, forKey: .at)
    }

    public func answer(at desk: Desk) async throws -> [IncidentAnswer] {
        let name = try await desk.environment(ifNamed: environment)
        let sequence = try await desk.sequence(at, in: name)
        return try await desk.projector.incidents(at: sequence).filter { incident in
            (all || incident.resolved == nil)
                && (name == nil || incident.environment.map { $0 == name } ?? true)
        }.reversed().map(IncidentAnswer.init)
    }
}

/// Show an incident, and the deploys before it
///
/// The deploys of the incident's environment (of all, if it names none) that ended before it, the
/// newest first: where to look for the cause.
public struct ShowIncident: Query {
    /// The name of the incident, or the number of its entry.
    public var name: String
    /// Only the incident of this environment.
    public var environment: String?

    public init(_ name: String, environment: String? = nil) {
        self.name = name
        self.environment = environment
    }

    /// The incident and the deploys that ended before it.
    public struct Answer: Codable, Hashable, Sendable {
        public let incident: IncidentAnswer
        /// At most five.
        public let deploysBefore: [AttemptAnswer]
    }

    /// More deploys are not shown: an older one is rarely the cause.
    private static let mostDeploys = 5

    public func answer(at desk: Desk) async throws -> Answer {
        let incident = try await incident(desk)
        let known = try await desk.projector.environments()
        var deploys: [AttemptAnswer] = []
        for environment in incident.environment.map({ [$0] }) ?? known
        where known.contains(environment) {
            let history = try await DeployHistory(environment: environment.rawValue)
                .answer(at: desk)
            deploys += history.attempts.filter { attempt in
                attempt.ending != Attempt.Ending.open.rawValue
                    && attempt.time.timestamp <= incident.time
                    && (incident.service == nil || attempt.service == incident.service)
            }
        }
        let newest = deploys.sorted { $0.time.timestamp > $1.time.timestamp }
        return Answer(
            incident: IncidentAnswer(incident),
            deploysBefore: Array(newest.prefix(Self.mostDeploys)))
    }

    /// The newest incident of the name; open ones first. Refuses several open ones.
    private func incident(_ desk: Desk) async throws -> IncidentView {
        let place = try await desk.environment(ifNamed: environment)
        let all = try await desk.projector.incidents().filter {
            place == nil || $0.environment == place
        }
        let named = all.filter { $0.name == name }
        let open = named.filter { $0.resolved == nil }
        if open.count > 1 {
            let places = open.map { $0.environment?.rawValue ?? "all environments" }
            throw Refusal(
                .ambiguous, "several open incidents have the name \"\(name)\"",
                cause: "entries \(open.map { String($0.entry) }.joined(separator: ", ")), in "
                    + places.joined(separator: ", "),
                hint: Hint("name one by its entry", run: "ledger incident show \(open[0].entry)"))
        }
        if let found = open.last ?? named.last ?? all.last(where: { String($0.entry) == name }) {
            return found
        }
        let names = Set(all.map(\.name)).sorted()
        throw Refusal(
            .unknownName, "no incident has the name \"\(name)\"",
            hint: nearest(to: name, among: names).map { "did you mean \($0)?" }
                ?? Hint("list all incidents", run: "ledger incident list --all"))
    }
}
