package import Ledger
internal import Projections

extension Plan.Move {
    /// Where a tag was looked up.
    package enum TagSource: Sendable { case ledger, registry }

    /// The warning that its tag names another image now; `nil` if it does not. The recorded digest
    /// is deployed. The text never varies: it is part of what is approved.
    package func movedTag(now: ImageDigest?, in source: TagSource) -> String? {
        guard let tag = to.tag, let used = to.digest, let now, now != used else { return nil }
        switch source {
        case .ledger: return "\(tag) now names \(now); the deployed \(used) is used"
        case .registry:
            return "the registry's \(tag) now names \(now); the recorded \(used) is used"
        }
    }
}
