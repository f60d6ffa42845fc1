public import Ledger

/// A rejection with its reason, its cause and a hint. Nothing was written.
public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, as the word that programs read.
    public enum Reason: String, CaseIterable, Sendable {
        case unknownName, ambiguous, notPossible, fenced, frozen, irreversible, invalid, unreachable
        /// The running release differs from the recorded one, and nobody has accepted that.
        case drifted
        /// The release or the author does not satisfy the environment's policy.
        case policy
        /// A change would drop data, or start with an empty volume.
        case volumes
        case approvalMissing, planStale
        case leaseHeld, tokenTooOld
    }
    public let reason: Reason
    public let message: String
    public let cause: String?
    public let hint: Hint?

    public init(_ reason: Reason, _ message: String, cause: String? = nil, hint: Hint? = nil) {
        self.reason = reason
        self.message = message
        self.cause = cause
        self.hint = hint
    }

    public var description: String { message }
}
