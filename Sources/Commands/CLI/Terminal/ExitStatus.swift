internal import LedgerOperations

/// The exit codes of the process: each number has one meaning.
public enum ExitStatus: Int32, CaseIterable, Sendable {
    /// Done, or nothing to do.
    case done = 0
    /// It failed; the ledger records the reason.
    case failed = 1
    /// There are changes or findings (dry run, `diff --exit-code`).
    case changes = 2
    /// Refused; nothing changed.
    case refused = 3
    /// An approval is missing, or the plan is stale.
    case approvalMissing = 4
    /// Another process holds the lease.
    case leaseHeld = 5
    /// Hosts differ.
    case partial = 6
    /// The previous release was restored instead, or the result is not verified.
    case notAsPlanned = 7
    /// The ledger's integrity is broken.
    case broken = 8
    /// The command line is invalid.
    case usage = 64
    /// An internal error of this program.
    case internalFault = 70
}

extension ExitStatus {
    /// The exit code of a process that this stopped.
    init(_ kind: Problem.Kind) {
        self =
            switch kind {
            case .refused, .signedOut, .forbidden: .refused
            case .approvalMissing: .approvalMissing
            case .held: .leaseHeld
            case .failed: .failed
            case .broken: .broken
            case .fault: .internalFault
            }
    }
}
