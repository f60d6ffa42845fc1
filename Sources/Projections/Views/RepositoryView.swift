public import Ledger

/// What the ledger knows of a source repository's references.
public struct RepositoryView: Hashable, Sendable {
    /// The last known head of the branch.
    public var head: Revision?
    /// The entry of that head.
    public var headEntry = 0
    /// The last entry of a rewrite of the branch; 0 if there is none. A push after it is a new
    /// fact, even if the same commit was pushed before.
    public var rewritten = 0
    /// Commits without a recorded parent: the first of the history, or of a shallow clone.
    public var roots: [Revision] = []
    /// Commits that were reported by other senders but not by git. Those senders report only the
    /// last commit of each push, and may not know its message.
    public var untold: Set<Revision> = []
    /// All recorded commits.
    public var told: Set<Revision> = []
    /// The last known commit of each tag.
    public var tags: [ReleaseTag: Revision]
    /// The last entry about each tag that ever existed: a tag may be deleted and created again.
    public var tagEntries: [ReleaseTag: Int] = [:]

    public init(head: Revision? = nil, tags: [ReleaseTag: Revision] = [:]) {
        self.head = head
        self.tags = tags
    }
}
