internal import CommandEngine
internal import CommandPorts
public import Ledger
internal import LedgerText
internal import Projections

/// A fact from outside, as a request gives it.
public struct FactInput: OperationPart {
    /// The kind of event, such as image.tagged.
    public var kind: String
    /// The fields of the kind, as a JSON object.
    public var fields: JSONValue
    /// When it happened (RFC 3339, @seconds, 2.hours.ago). Default: now.
    public var time: String?
    /// Who caused it. Default: the author of the request.
    public var by: String?
    /// The system that reported the fact: github, jenkins.
    public var source: String?
    /// The fact's id in that system: a delivery id, a run id and attempt.
    public var sourceID: String?

    public init(
        _ kind: String, _ fields: JSONValue, time: String? = nil, source: Source? = nil
    ) {
        self.kind = kind
        self.fields = fields
        self.time = time
        self.source = source?.name
        sourceID = source?.id
    }

    /// Parses one line of JSON: an object with the fields, `time`, `by`, `source` and `sourceID`.
    /// It must also have `kind` if the parameter `kind` is `nil`. Throws `Refusal` that names the
    /// line.
    public init(parsing line: String, number: Int, kind: String? = nil) throws {
        let value: JSONValue
        do { value = try JSONValue(parsing: line) } catch {
            throw Refusal(
                .invalid, "line \(number) is not JSON: \(error.reason) at byte \(error.offset)",
                hint: "write one object per line")
        }
        guard var members = value.object else {
            throw Refusal(.invalid, "line \(number) is not an object")
        }
        func take(_ name: String) throws -> String? {
            guard let value = members.removeValue(forKey: name) else { return nil }
            guard let text = value.string else {
                throw Refusal(.invalid, "line \(number): \(name) must be a string")
            }
            return text
        }
        guard let said = try kind ?? take("kind") else {
            throw Refusal(
                .invalid, "line \(number) has no kind",
                hint: "add a kind: {\"kind\": \"image.tagged\", …}")
        }
        self.kind = said
        time = try take("time")
        (source, sourceID, by) = (try take("source"), try take("sourceID"), try take("by"))
        fields = .object(members)
        // A file of facts has exact times; `2.hours.ago` would change with each import.
        if let time, Timestamp(time) == nil {
            throw Refusal(.invalid, "line \(number): \"\(time)\" is not a time (RFC 3339)")
        }
        if (source == nil) != (sourceID == nil) {
            throw Refusal(
                .invalid, "line \(number): only one of source and sourceID is given",
                hint: "give both; together they identify the fact")
        }
    }

    func fact(now: Timestamp) throws -> Fact {
        guard (source == nil) == (sourceID == nil) else {
            throw Refusal(
                .invalid, "only one of source and sourceID is given",
                hint: "give both; together they identify the fact")
        }
        if source?.isBlank == true || sourceID?.isBlank == true {
            throw Refusal(
                .invalid, "source or sourceID is empty",
                hint: "omit both, or name the system and the fact's id in it")
        }
        return Fact(
            kind: kind, fields: fields, time: try time.map { try Desk.time($0, now: now) },
            source: source.flatMap { name in sourceID.map { Source(name: name, id: $0) } },
            by: by.map { Author(name: $0) })
    }
}

/// Record an event
public struct RecordFact: Change {
    public static var right: Right { .record }

    /// The fact.
    public var fact: FactInput

    public init(_ fact: FactInput) { self.fact = fact }

    /// What was recorded.
    public struct Answer: Codable, Hashable, Sendable {
        public let entry: EntryAnswer
        /// Whether a fact with the same source was already recorded.
        public let isKnown: Bool
        /// The environment or service that is new, and may be a typing error.
        public let newName: NewName?
        /// The state of the service, if a later deploy is current: the fact then changes only the
        /// history.
        public let overtakenBy: ServiceAnswer?
    }

    /// A name that no earlier entry has.
    public struct NewName: Codable, Hashable, Sendable {
        public let environment: EnvironmentName
        /// The new service of a known environment; absent if the environment is new.
        public let service: String?
        /// The known names of the same kind; of environments only the nearest.
        public let known: [String]
    }

    public func answer(at desk: RecordingDesk) async throws -> Answer {
        let fact = try fact.fact(now: desk.desk.now)
        let newName = try await newName(fact, desk)
        let (entries, new) = try await desk.recorder.recordCounting([fact])
        return Answer(
            entry: EntryAnswer(entries[0]), isKnown: new == 0, newName: newName,
            overtakenBy: try await overtaking(entries[0], desk.desk.projector))
    }

    private func overtaking(
        _ entry: Entry, _ projector: Projector
    ) async throws -> ServiceAnswer? {
        let ends = [EventKind.deployFinished.rawValue, EventKind.revertFinished.rawValue]
        guard ends.contains(entry.kind), let name = entry.subject.environment,
            let service = entry.subject.service,
            let state = try await projector.environment(name)[service], entry.time < state.time,
            state.release != nil
        else { return nil }
        return ServiceAnswer(state)
    }

    /// The fact is recorded in any case; a person may want to correct it.
    private func newName(_ fact: Fact, _ desk: RecordingDesk) async throws -> NewName? {
        guard let name = fact.fields["environment"]?.string.flatMap(EnvironmentName.init(rawValue:))
        else { return nil }
        let environments = try await desk.desk.environments()
        var filter = EntryFilter()
        filter.environments = [name]
        if !environments.contains(name),
            let near = nearest(to: name.rawValue, among: environments.map(\.rawValue)),
            try await desk.desk.store.page(filter, .newestFirst, after: nil, limit: 1).isEmpty
        {
            return NewName(environment: name, service: nil, known: [near])
        }
        guard let service = fact.fields["service"]?.string else { return nil }
        let services = try await desk.desk.services(nil, in: name)
        let known = services.map(\.rawValue)
        let isKnown = known.contains { $0.utf8.elementsEqual(service.utf8) }
        if known.isEmpty || isKnown { return nil }
        return NewName(environment: name, service: service, known: known)
    }
}

/// Record many events: all or none
public struct RecordFacts: Change {
    public static var right: Right { .record }

    /// The facts, in their order.
    public var facts: [FactInput]

    public init(_ facts: [FactInput]) { self.facts = facts }

    /// What was recorded.
    public struct Answer: Codable, Hashable, Sendable {
        /// The number of new entries.
        public let recorded: Int
        /// The number of facts that were already recorded.
        public let known: Int

        public init(recorded: Int, known: Int) {
            self.recorded = recorded
            self.known = known
        }
    }

    /// Names the fact that was refused.
    public struct Problem: Error {
        /// The index of the fact; 0 is the first.
        public let index: Int
        public let error: any Error
    }

    /// Throws `Problem` if one of the facts is refused, and `StoreProblem` if the store cannot
    /// write.
    public func answer(at desk: RecordingDesk) async throws -> Answer {
        let told = try facts(at: desk)
        do {
            let new = try await desk.recorder.recordCounting(told).new
            return Answer(recorded: new, known: told.count - new)
        } catch  where !(error is StoreProblem) {
            try check(at: desk)
            throw error
        }
    }

    /// Throws the `Problem` of the first fact that would be refused; records nothing.
    public func check(at desk: RecordingDesk) throws(Problem) {
        for (index, fact) in try facts(at: desk).enumerated() {
            do { try desk.recorder.check(fact) } catch { throw Problem(index: index, error: error) }
        }
    }

    private func facts(at desk: RecordingDesk) throws(Problem) -> [Fact] {
        let now = desk.desk.now
        var told: [Fact] = []
        for (index, input) in facts.enumerated() {
            do { told.append(try input.fact(now: now)) } catch {
                throw Problem(index: index, error: error)
            }
        }
        return told
    }
}
