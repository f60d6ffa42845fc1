package import Ledger
package import Projections

/// Where a tag was looked up.
package enum TagSource: Sendable { case ledger, registry }

extension Release {
    /// The warning that the tag of a target names another image now; `nil` if it does not. The
    /// recorded digest is deployed. The text never varies: it is part of what is approved.
    package func movedTag(now: ImageDigest?, in source: TagSource) -> String? {
        guard let tag, let digest, let now, now != digest else { return nil }
        switch source {
        case .ledger: return "\(tag) now names \(now); the deployed \(digest) is used"
        case .registry:
            return "the registry's \(tag) now names \(now); the recorded \(digest) is used"
        }
    }
}
