internal import LedgerText
public import Projections

/// The target of a deploy or revert.
public enum Target: Hashable, Sendable {
    /// The last good release before the current one.
    case previous
    case reference(Reference)
}
