internal import CommandPorts
public import Ledger
internal import LedgerText
public import Projections

/// Show what differs between two environments, or two moments of one
public struct Compare: Query {
    /// An environment, or a deploy in its history: production~2, production#42, 118 with an
    /// environment.
    public var from: String
    /// An environment, or a deploy in its history. Default: the environment as it is now.
    public var to: String?
    /// The environment of references that do not name one.
    public var environment: String?

    public init(from: String, to: String? = nil, environment: String? = nil) {
        self.from = from
        self.to = to
        self.environment = environment
    }

    /// A service that runs a different release on each side.
    public struct Move: Codable, Hashable, Sendable {
        public let service: ServiceName
        public let from: Release?
        public let to: Release?
        /// The commits between both; absent if they are not known.
        public let commits: Shipment?
    }

    public typealias Answer = [Move]

    public func answer(at desk: Desk) async throws -> [Move] {
        let before = try await view(from, desk)
        let after: EnvironmentView
        if let to {
            after = try await view(to, desk)
        } else {
            after = try await desk.projector.environment(before.name)
        }
        var moves: [Move] = []
        for move in Difference(from: before, to: after).moves {
            let shipment = try await desk.projector.shipment(
                from: move.from, to: move.to, atHand: desk.commitsAtHand)
            let isKnown = move.from != nil && move.to != nil
            moves.append(
                Move(
                    service: move.service, from: move.from, to: move.to,
                    commits: isKnown ? shipment : nil))
        }
        return moves
    }

    private func view(_ text: String, _ desk: Desk) async throws -> EnvironmentView {
        let reference = try await desk.reference(text)
        switch reference {
        case .environment(let name): return try await desk.projector.environment(name)
        case .ago(let name, _), .deployment(let name, _), .moment(let name, _):
            let sequence = try await desk.projector.sequence(of: reference, in: name)
            return try await desk.projector.environment(name, at: sequence)
        case .sequence, .time, .release:
            if case .release = reference, environment == nil {
                try await refuseNoEnvironment(text, desk)
            }
            let name = try await desk.environment(environment)
            let sequence = try await desk.projector.sequence(of: reference, in: name)
            return try await desk.projector.environment(name, at: sequence)
        }
    }

    /// A reference that must be an environment: a tag alone does not name one.
    private func refuseNoEnvironment(_ text: String, _ desk: Desk) async throws {
        let known = try await desk.environments().map(\.rawValue)
        if known.count == 1 { return }
        throw Refusal(
            .unknownName, "unknown environment \"\(text)\"",
            cause: "known environments: \(known.joined(separator: ", "))",
            hint: nearest(to: text, among: known).map { "did you mean \($0)?" }
                ?? "for an earlier deploy, name its environment: -e ENVIRONMENT")
    }
}
