public import Ledger
internal import LedgerText
public import Projections

/// Reads commits from the local repository when the ledger does not have them.
public struct GitCommits: Sendable {
    private let git: Git
    /// Redacts secrets in a text before it is cut: the filter does not recognize half a secret.
    private let redacted: @Sendable (String) -> String

    /// Uses the repository that contains the folder.
    public init(folder: String, redacted: @escaping @Sendable (String) -> String) {
        git = Git(folder: folder)
        self.redacted = redacted
    }

    /// The first-parent commits in one revision and not in the other, newest first. `nil` if the
    /// repository lacks either revision or the commits between them.
    public func between(_ has: Revision, _ hasNot: Revision) async -> [ShippedCommit]? {
        for revision in [has, hasNot] {
            let words = ["rev-parse", "--verify", "--quiet", "\(revision)^{commit}"]
            guard await git.maybe(words) != nil else { return nil }
        }
        // A shallow clone may not contain the common ancestor.
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
