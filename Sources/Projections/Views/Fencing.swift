public import Ledger
internal import LedgerText

extension EnvironmentView {
    /// The fence on what a revert left; `nil` if it is the same, or is fenced already.
    public func fence(leaving from: Release?, for target: Release, _ reason: String) -> Fence? {
        guard let from, !from.runsTheSame(as: target), fence(against: from) == nil else {
            return nil
        }
        return Fence(
            environment: name, service: from.service, tag: from.tag, digest: from.digest,
            revision: from.revision, reason: reason)
    }
}
