public import Ledger
internal import LedgerText
public import Projections

/// The commits of the repository at hand, for what the ledger does not know of them.
public struct GitCommits: Sendable {
    private let git: Git
    /// Takes secrets out of a text: before it is cut, since half a secret is one too.
    private let redacted: @Sendable (String) -> String

    /// The repository that the folder is in.
    public init(folder: String, redacted: @escaping @Sendable (String) -> String) {
        git = Git(folder: folder)
        self.redacted = redacted
    }

    /// The first-parent commits that one revision has and another has not, the newest first; `nil`
    /// if the repository does not hold both whole, or does not hold all that lies between them.
    public func between(_ has: Revision, _ hasNot: Revision) async -> [ShippedCommit]? {
        for revision in [has, hasNot] {
            let words = ["rev-parse", "--verify", "--quiet", "\(revision)^{commit}"]
            guard await git.maybe(words) != nil else { return nil }
        }
        // A shallow clone may end before the two have met.
        guard await git.maybe(["merge-base", "\(has)", "\(hasNot)"]) != nil else { return nil }
        var commits: [ShippedCommit] = []
        let words = [
            "log", "--first-parent", "--max-count=\(Limits.shippedCommits)",
            "--format=%H%x00%an%x00%B%x00", "\(has)", "^\(hasNot)", "--",
        ]
        do {
            try await git.records(words, fields: 3, longest: GitImporter.message) { record in
                guard let revision = Revision(rawValue: record[0]) else { return }
                commits.append(
                    ShippedCommit(
                        revision: revision, author: Author.told(redacted(record[1])).name,
                        message: redacted(record[2]))
                )
            }
        } catch {
            return nil
        }
        return commits
    }
}
