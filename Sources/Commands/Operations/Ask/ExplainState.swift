internal import CommandPorts
public import Ledger
internal import LedgerText
internal import Projections

/// Name the entries from which an environment's state follows
public struct ExplainState: Query {
    /// The environment. Default: the only one.
    public var environment: String?
    /// Only this service.
    public var service: String?
    /// As of an entry, a time, a tag or a deploy, as recorded by then.
    public var at: String?
    /// At a time, with everything known today about what happened by then.
    public var trueAt: String?

    public init(
        environment: String? = nil, service: String? = nil, at: String? = nil,
        trueAt: String? = nil
    ) {
        self.environment = environment
        self.service = service
        self.at = at
        self.trueAt = trueAt
    }

    /// One field of a service's state.
    public struct Line: Codable, Hashable, Sendable {
        public let service: ServiceName
        public let field: String
        public let value: String
        /// The entries from which it follows, the decisive one first.
        public let because: [Cause]
    }

    /// An entry and its kind.
    public struct Cause: Codable, Hashable, Sendable {
        public let entry: Int
        public let kind: String
    }

    public typealias Answer = [Line]

    public func answer(at desk: Desk) async throws -> [Line] {
        let name = try await desk.environment(environment)
        let sequence = try await desk.sequence(at, in: name)
        let view: EnvironmentView
        if let moment = try desk.moment(trueAt) {
            view = try await desk.projector.environment(name, trueAt: moment)
        } else {
            view = try await desk.projector.environment(name, at: sequence)
        }
        let states = view.services.filter { service == nil || $0.service.rawValue == service }
        if states.isEmpty { throw nothingRan(view) }
        var lines: [Line] = []
        for state in states {
            for line in Explanation(state, in: view).lines {
                var because: [Cause] = []
                for number in line.entries {
                    let kind = try await desk.store.entry(at: number)?.kind ?? ""
                    because.append(Cause(entry: number, kind: kind))
                }
                lines.append(
                    Line(
                        service: state.service, field: line.field, value: line.value,
                        because: because))
            }
        }
        return lines
    }

    private func nothingRan(_ view: EnvironmentView) -> Refusal {
        let ran = view.services.map(\.service.rawValue).joined(separator: ", ")
        let isEmpty = ran.isEmpty
        return Refusal(
            .unknownName,
            isEmpty
                ? "nothing ever ran in \(view.name)"
                : "\(service ?? "it") never ran in \(view.name)",
            cause: isEmpty ? nil : "known services: \(ran)",
            hint: isEmpty
                ? Hint("deploy something", run: "ledger deploy TAG -e \(shell: view.name)") : nil)
    }
}
