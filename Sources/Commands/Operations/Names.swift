internal import CommandEngine
internal import CommandPorts
internal import Commands
public import Ledger
internal import LedgerText
public import Projections

/// Resolves the names that people write: environments, services, references, moments.
extension Desk {
    /// The environment that a query names, or the only one. Refuses an unknown one, and no name if
    /// there are several.
    public func environment(
        _ name: String?
    ) async throws -> EnvironmentName {
        let known = try await environments()
        let places = Dictionary(uniqueKeysWithValues: known.map { ($0, Playbook.Environment()) })
        return try Playbook(environments: places).environment(named: name)
    }

    /// The environment that a query names; `nil` if it names none. Refuses an unknown one.
    public func environment(ifNamed name: String?) async throws -> EnvironmentName? {
        guard let name else { return nil }
        return try await environment(name)
    }

    /// The environments that the playbook or the ledger knows.
    public func environments() async throws -> [EnvironmentName] {
        let planned = playbook.ifRead?.environments.keys.map(\.self) ?? []
        return Set(try await projector.environments()).union(planned).sorted()
    }

    /// The known services of an environment, or those that a text names. Refuses an unknown name.
    public func services(
        _ text: String?, in name: EnvironmentName, at: Int? = nil
    ) async throws -> [ServiceName] {
        let planned = playbook.ifRead?.services(in: name) ?? []
        let ran = try await projector.environment(name, at: at).services.map(\.service)
        guard let text else { return Set(planned + ran).sorted() }
        let service = try ServiceName(text)
        let released = try await projector.tags().compactMap(\.subject.service)
        let known = Set(planned + ran + released).sorted()
        if known.contains(service) { return [service] }
        throw Refusal(
            .unknownName, "unknown service \"\(text)\"",
            cause: known.isEmpty
                ? "no service is known yet"
                : "known services: \(known.map(\.rawValue).joined(separator: ", "))",
            hint: nearest(to: text, among: known.map(\.rawValue)).map { "did you mean \($0)?" })
    }

    /// The service that a text names, if there is a text. Refuses an unknown name.
    public func service(
        _ text: String?, in name: EnvironmentName
    ) async throws -> ServiceName? {
        guard let text else { return nil }
        return try await services(text, in: name).first
    }

    /// The run of a number. Refuses one that does not exist.
    public func run(_ number: Int) async throws -> RunView {
        if let planned = try await store.entry(at: number),
            let run = try await projector.run(planned.id)
        {
            return run
        }
        let runs = try await projector.runs()
        let open = runs.filter(\.isOpen).map { String($0.number) }
        throw Refusal(
            .unknownName, "run \(number) does not exist",
            cause: open.isEmpty
                ? "no run is open" : "open runs: \(open.joined(separator: ", "))",
            hint: Hint("list all runs", run: "ledger runs list"))
    }

    /// What a text refers to: a sequence, a time, a release, a deploy of an environment.
    public func reference(_ text: String) async throws -> Reference {
        let now = now
        // Only names need the environments; listing thousands of them is slow.
        var reference = try Reference(text, now: now, environments: [])
        switch reference {
        case .sequence(let number):
            // A tag, or the first digits of a commit, may also be a number.
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
            throw ReferenceProblem("\(time) is in the future", hint: "check the time and its zone")
        }
        return reference
    }

    /// What a text names in the history of an environment, as the target of a revert. Throws
    /// `Refusal` that lists the possible targets if there is no text.
    /// `verb` is what a person types to name one.
    func target(
        _ text: String?, in environment: EnvironmentName, for verb: String = "revert"
    ) async throws -> Target {
        guard let text else { throw try await noTarget(in: environment, verb) }
        if text == "previous" { return .previous }
        // A release that ran there takes precedence, even if its name looks like a number or date.
        let ran = try await projector.deployments(of: nil, in: environment)
        if ran.contains(where: { $0.release.tag?.rawValue == text }) {
            return .reference(.release(text))
        }
        let reference = try await reference(text)
        if let other = reference.environment, other != environment {
            throw Refusal(
                .invalid, "\(text) is in the history of \(other), not of \(environment)",
                hint: "to deploy the same release here, use its tag")
        }
        return .reference(reference)
    }

    private func noTarget(
        in environment: EnvironmentName, _ verb: String
    ) async throws -> Refusal {
        let all = try await RollbackTargets(projector).all(in: environment)
        let possible = all.filter { $0.why == nil }.map(\.past.release.title)
        return Refusal(
            .invalid, "no rollback target is named",
            cause: possible.isEmpty
                ? "\(environment) has no rollback target"
                : "possible targets, the newest first: \(possible.joined(separator: ", "))",
            hint: possible.first.map {
                Hint(
                    "for the newest",
                    run: "ledger \(verb) --to \(shell: $0) -e \(shell: environment)")
            } ?? Hint("to see why", run: "ledger targets -e \(shell: environment)"))
    }

    /// The moment of a text; `nil` without one. Throws if it is in the future.
    public func moment(_ text: String?) throws -> Timestamp? {
        guard let moment = try text.map(time) else { return nil }
        if moment > now {
            throw ReferenceProblem(
                "\(moment) is in the future", hint: "check the time and its zone")
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

    /// Parses the moment relative to a given present moment.
    public static func time(_ text: String, now: Timestamp) throws -> Timestamp {
        guard let time = SpokenTime.time(text, now: now) ?? SpokenTime.ago(text, now: now)
        else {
            throw ReferenceProblem(
                "\"\(text)\" is not a time",
                hint:
                    "write 6h, 2.days.ago, yesterday, 2026-11-20, 2026-11-20T12:00:00Z or @1763640000"
            )
        }
        return time
    }
}

extension EventReader {
    /// The entry of a number. Refuses one that does not exist.
    public func existing(_ number: Int) async throws -> Entry {
        if let entry = try await entry(at: number) { return entry }
        throw Refusal(
            .unknownName, "entry \(number) does not exist",
            cause: "the ledger ends at entry \(try await head().sequence)")
    }
}
