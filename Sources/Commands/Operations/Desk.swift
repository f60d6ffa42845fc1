public import CommandEngine
public import CommandPorts
public import Commands
public import Ledger
public import Projections

/// The context of operations: a ledger, the team's playbook, and ports to the outside world.
public struct Desk: Sendable {
    public let projector: Projector
    private let readPlaybook: @Sendable () -> TeamPlaybook
    public let surroundings: Surroundings
    /// The repository at hand, for commits that the ledger does not know; `nil` without one.
    public let commitsAtHand: Projector.CommitsAtHand?

    /// `playbook` is read when an operation needs it; most queries do not.
    public init(
        projector: Projector, playbook: @autoclosure @escaping @Sendable () -> TeamPlaybook,
        surroundings: Surroundings,
        commitsAtHand: Projector.CommitsAtHand? = nil
    ) {
        self.projector = projector
        readPlaybook = playbook
        self.surroundings = surroundings
        self.commitsAtHand = commitsAtHand
    }

    public var playbook: TeamPlaybook { readPlaybook() }
    public var store: any EventReader { projector.store }
    public var now: Timestamp { surroundings.now() }
}

/// The context of operations that record entries.
public struct RecordingDesk: Sendable {
    public let desk: Desk
    public let recorder: Recorder
    /// Checks the signatures of approvals.
    public let checker: any SignatureChecker

    public init(_ desk: Desk, _ recorder: Recorder, checker: any SignatureChecker) {
        self.desk = desk
        self.recorder = recorder
        self.checker = checker
    }
}

/// The playbook of the team, read once.
public enum TeamPlaybook: Sendable {
    /// The playbook does not exist, for the given reason.
    case missing(Refusal)
    case read(Playbook)
    /// The playbook exists, and cannot be read.
    case unreadable(any Error)

    /// The playbook, if it can be read: for queries that can work without it.
    public var ifRead: Playbook? {
        if case .read(let playbook) = self { playbook } else { nil }
    }

    /// The playbook; throws the reason why it cannot be read.
    public func get() throws -> Playbook {
        switch self {
        case .read(let playbook): return playbook
        case .missing(let refusal): throw refusal
        case .unreadable(let error): throw error
        }
    }

    /// The playbook, or `nil` if it does not exist. Throws if it exists and cannot be read, since
    /// its policy would be unknown.
    public func ifPresent() throws -> Playbook? {
        if case .missing = self { return nil }
        return try get()
    }
}
