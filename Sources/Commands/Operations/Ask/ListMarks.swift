public import Ledger
public import Projections

/// List the active fences, pins or freezes
public struct ListMarks: Query {
    public typealias Answer = [Line]
    /// `fence`, `pin`, `freeze` or `bypass`.
    public var kind: String
    /// Only this environment.
    public var environment: String?
    /// As of an entry, a time, a tag or a deploy.
    public var at: String?

    public init(_ kind: Mark.Kind, environment: String? = nil, at: String? = nil) {
        self.kind = kind.rawValue
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
        var lines: [Line] = []
        for name in names {
            let marks = try await desk.projector.environment(name, at: sequence).marks
            // A freeze that ended by itself is still a mark.
            lines += marks.filter { mark in
                mark.kind.rawValue == kind
                    && (sequence != nil || mark.until.map { desk.now < $0 } ?? true)
            }.map { Line(environment: name, mark: MarkAnswer($0)) }
        }
        return lines
    }
}
