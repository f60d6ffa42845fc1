internal import CommandPorts
internal import Commands
public import Ledger
internal import LedgerText
public import Projections

/// What names mean that people write: environments, services, references, moments.
extension Desk {
    /// The environment that a question names, or the only one; refused if there are several or no
    /// such one.
    public func environment(
        _ name: String?
    ) async throws -> EnvironmentName {
        let known = try await environments()
        let places = Dictionary(uniqueKeysWithValues: known.map { ($0, Playbook.Environment()) })
        return try Playbook(environments: places).environment(named: name)
    }

    /// The environments that the playbook or the ledger knows.
    public func environments() async throws -> [EnvironmentName] {
        let planned = playbook.ifRead?.environments.keys.map(\.self) ?? []
        return Set(try await projector.environments()).union(planned).sorted()
    }

    /// The services that are known in an environment, and those that a text names: all known ones
    /// without a text. A name that nobody has heard of is refused.
    public func services(
        _ text: String?, in name: EnvironmentName, at: Int? = nil
    ) async throws -> [ServiceName] {
        let planned = playbook.ifRead?.services(in: name) ?? []
        let ran = try await projector.environment(name, at: at).services.map(\.service)
        guard let text else { return Set(planned + ran).sorted() }
        let service = try ServiceName(text)
        let released = try await projector.releases().compactMap(\.subject.service)
        let known = Set(planned + ran + released).sorted()
        if known.contains(service) { return [service] }
        throw Refusal(
            .unknownName, "nobody has heard of a service \"\(text)\"",
            cause: known.isEmpty
                ? "no service is known yet"
                : "there are \(known.map(\.rawValue).joined(separator: ", "))",
            hint: nearest(to: text, among: known.map(\.rawValue)).map { "did you mean \($0)?" })
    }

    /// The service that a text names, if there is a text; a name that nobody has heard of is
    /// refused.
    public func service(
        _ text: String?, in name: EnvironmentName
    ) async throws -> ServiceName? {
        guard let text else { return nil }
        return try await services(text, in: name).first
    }

    /// What a text refers to: a sequence, a time, a release, a deploy of an environment.
    public func reference(_ text: String) async throws -> Reference {
        let now = now
        // Only names need the environments, which take long to list where there are thousands.
        var reference = try Reference(text, now: now, environments: [])
        switch reference {
        case .sequence(let number):
            // A tag, or the first digits of a commit, may be a number too.
            if number > (try await projector.store.head().sequence),
                try await projector.knows(text)
            {
                reference = .release(text)
            }
        case .time: break
        default:
            reference = try Reference(
                text, now: now, environments: try await environments())
        }
        let moment: Timestamp? =
            switch reference {
            case .time(let time), .moment(_, let time): time
            default: nil
            }
        if let time = moment, time > now {
            throw ReferenceProblem("\(time) is still to come", hint: "check the time and its zone")
        }
        return reference
    }

    /// The moment of a text; `nil` without one. Throws if it is still to come.
    public func moment(_ text: String?) throws -> Timestamp? {
        guard let moment = try text.map(time) else { return nil }
        if moment > now {
            throw ReferenceProblem(
                "\(moment) is still to come", hint: "check the time and its zone")
        }
        return moment
    }

    /// The sequence that a text refers to; `nil` without one.
    public func sequence(
        _ text: String?, in environment: EnvironmentName?
    ) async throws -> Int? {
        guard let text else { return nil }
        return try await projector.sequence(
            of: try await reference(text), in: environment)
    }

    /// A moment in one of the forms that people write.
    public func time(_ text: String) throws -> Timestamp { try Self.time(text, now: now) }

    /// The same at a given present moment.
    public static func time(_ text: String, now: Timestamp) throws -> Timestamp {
        guard let time = Reference.time(text, now: now) else {
            throw ReferenceProblem(
                "\"\(text)\" is not a time",
                hint:
                    "write 2026-11-20, 2026-11-20T12:00:00Z, @1763640000, yesterday or 2.hours.ago")
        }
        return time
    }
}
