internal import CommandPorts
public import Ledger
internal import LedgerText
public import Projections

/// Show what differs between two environments, or two moments of one
public struct Compare: Query {
    /// An environment, or a deploy in its history: production~2, production#42, 118 with an
    /// environment.
    public var from: String
    /// The same. Default: the environment as it is now.
    public var to: String?
    /// The environment of places that do not name one.
    public var environment: String?

    public init(from: String, to: String? = nil, environment: String? = nil) {
        self.from = from
        self.to = to
        self.environment = environment
    }

    /// A service that runs one release here and another there.
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

    /// A word that is not an environment, where it must be one: a tag alone does not say where.
    private func refuseNoEnvironment(_ text: String, _ desk: Desk) async throws {
        let known = try await desk.environments().map(\.rawValue)
        if known.count == 1 { return }
        throw Refusal(
            .unknownName, "\(text) is no environment",
            cause: "there are \(known.joined(separator: ", "))",
            hint: nearest(to: text, among: known).map { "did you mean \($0)?" }
                ?? "for a place in the history of one, name it: -e ENVIRONMENT")
    }
}
