internal import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// Images are deployed only by digest, because a tag can move.
enum DigestRule {
    /// The image of a release in a repository, by digest.
    ///
    /// Throws `Refusal` if the digest is unknown.
    static func reference(_ image: String, _ release: Release) throws(Refusal) -> String {
        guard let digest = release.digest else {
            throw Refusal(
                .notPossible, "no image digest is known for \(release.service) \(release.title)",
                cause: "images are deployed only by digest, because a tag can move",
                hint: Hint(
                    "record it",
                    run:
                        "ledger record image.tagged --service \(shell: release.service) --tag \(shell: release.title) --digest sha256:…"
                ))
        }
        return "\(image)@\(digest)"
    }
}
