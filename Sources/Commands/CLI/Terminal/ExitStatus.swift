public import CommandPorts

/// What a process ends with: each number means one thing.
public enum ExitStatus: Int32, CaseIterable, Sendable {
    /// Done, or nothing to do.
    case done = 0
    /// It failed; the ledger tells how.
    case failed = 1
    /// There are changes or findings (dry run, `diff --exit-code`).
    case changes = 2
    /// Refused; nothing changed.
    case refused = 3
    /// An approval is missing, or the plan is stale.
    case approvalMissing = 4
    /// Somebody else holds the lease.
    case leaseHeld = 5
    /// Hosts differ.
    case partial = 6
    /// Put back instead, or not verified.
    case notAsPlanned = 7
    /// The ledger's integrity is broken.
    case broken = 8
    /// The command line cannot be read.
    case usage = 64
    /// A fault of this program.
    case internalFault = 70
}

extension Refusal.Reason {
    /// What the process ends with when this stopped it.
    public var exitCode: ExitStatus {
        switch self {
        case .unknownName, .ambiguous, .notPossible, .fenced, .frozen, .irreversible, .invalid,
            .unreachable, .drifted, .policy, .volumes:
            .refused
        case .approvalMissing, .planStale: .approvalMissing
        case .leaseHeld, .tokenTooOld: .leaseHeld
        }
    }
}
