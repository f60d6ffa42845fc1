/// A no, with its reason, its cause and what to do instead. Nothing was written.
public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why: the word that programs read.
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
