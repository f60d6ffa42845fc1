internal import LedgerText
public import Projections

/// Where a deploy or revert is to lead.
public enum Target: Hashable, Sendable {
    /// The last release that was good before the present one.
    case previous
    case reference(Reference)
}
