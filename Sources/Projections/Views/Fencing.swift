public import Ledger
internal import LedgerText

extension EnvironmentView {
    /// The fence on the release that a revert removed; `nil` if the release did not change or is
    /// already fenced.
    public func fence(leaving from: Release?, for target: Release, _ reason: String) -> Fence? {
        guard let from, !from.runsTheSame(as: target), fence(against: from) == nil else {
            return nil
        }
        return Fence(
            environment: name, service: from.service, tag: from.tag, digest: from.digest,
            revision: from.revision, reason: reason)
    }
}
