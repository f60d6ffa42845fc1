/// A no, with its reason, its cause and what to do instead. Nothing was written.
public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why: the word that stands in `--output json`, and the exit code that goes with it.
    public enum Reason: String, CaseIterable, Sendable {
        case unknownName, ambiguous, notPossible, fenced, frozen, irreversible, invalid, unreachable
        /// What runs is not what the ledger has, and nobody has accepted that.
        case drifted
        /// The environment asks something of the release, or of who brings it, that is not so.
        case policy
        /// Data would be left behind, or begin empty.
        case volumes
        case approvalMissing, planStale
        case leaseHeld, tokenTooOld

        public var exitCode: ExitCode {
            switch self {
            case .unknownName, .ambiguous, .notPossible, .fenced, .frozen, .irreversible, .invalid,
                .unreachable, .drifted, .policy, .volumes:
                .refused
            case .approvalMissing, .planStale: .approvalMissing
            case .leaseHeld, .tokenTooOld: .leaseHeld
            }
        }
    }
    public let reason: Reason
    public let message: String
    public let cause: String?
    public let hint: String?

    public init(_ reason: Reason, _ message: String, cause: String? = nil, hint: String? = nil) {
        self.reason = reason
        self.message = message
        self.cause = cause
        self.hint = hint
    }

    public var description: String { message }
}

/// What a process ends with: each number means one thing.
public enum ExitCode: Int32, CaseIterable, Sendable {
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
