public import Ledger
public import Projections

/// List the active fences, pins, freezes or unreviewed bypasses
///
/// Freezes of the playbook are not marks: `ledger gate` names them.
public struct ListMarks: Query {
    public typealias Answer = [Line]
    /// `fence`, `pin`, `freeze` or `bypass`.
    public var kind: Mark.Kind
    /// Only this environment.
    public var environment: String?
    /// As of an entry, a time, a tag or a deploy.
    public var at: String?

    public init(_ kind: Mark.Kind, environment: String? = nil, at: String? = nil) {
        self.kind = kind
        self.environment = environment
        self.at = at
    }

    /// A mark and its environment.
    public struct Line: Codable, Hashable, Sendable {
        public let environment: EnvironmentName
        public let mark: MarkAnswer
    }

    public func answer(at desk: Desk) async throws -> [Line] {
        var names = try await desk.environments()
        if let environment { names = [try await desk.environment(environment)] }
        let sequence = try await desk.sequence(at, in: names.count == 1 ? names[0] : nil)
        var now = desk.now
        if let sequence, let entry = try await desk.store.entry(at: sequence) { now = entry.time }
        var lines: [Line] = []
        for name in names {
            let marks = try await desk.projector.environment(name, at: sequence).marks
            lines += marks.filter { $0.kind == kind && $0.isActive(at: now) }
                .map { Line(environment: name, mark: MarkAnswer($0)) }
        }
        return lines
    }
}
