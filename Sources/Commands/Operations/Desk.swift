public import CommandPorts
public import Commands
public import Ledger
public import Projections

/// What operations work with: a ledger, the team's playbook, the outside world behind ports.
public struct Desk: Sendable {
    public let projector: Projector
    public let playbook: TeamPlaybook
    public let surroundings: Surroundings
    /// The repository at hand, for commits that the ledger does not know; `nil` without one.
    public let commitsAtHand: Projector.CommitsAtHand?

    public init(
        projector: Projector, playbook: TeamPlaybook, surroundings: Surroundings,
        commitsAtHand: Projector.CommitsAtHand? = nil
    ) {
        self.projector = projector
        self.playbook = playbook
        self.surroundings = surroundings
        self.commitsAtHand = commitsAtHand
    }

    public var store: any EventReader { projector.store }
    public var now: Timestamp { surroundings.now() }
}

/// The playbook of the team, read once.
public enum TeamPlaybook: Sendable {
    /// There is none, for the given reason.
    case missing(Refusal)
    case read(Playbook)
    /// There is one, and it cannot be read.
    case unreadable(any Error)

    /// The playbook, if it could be read: for queries that can do without.
    public var ifRead: Playbook? {
        if case .read(let playbook) = self { playbook } else { nil }
    }

    /// The playbook; throws what kept it from being read.
    public func get() throws -> Playbook {
        switch self {
        case .read(let playbook): return playbook
        case .missing(let refusal): throw refusal
        case .unreadable(let error): throw error
        }
    }

    /// The playbook, or `nil` if there is none; throws if there is one that cannot be read, since
    /// nobody would know which policy it contains.
    public func ifPresent() throws -> Playbook? {
        if case .missing = self { return nil }
        return try get()
    }
}
