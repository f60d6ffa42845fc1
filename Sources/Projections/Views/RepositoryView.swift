public import Ledger

/// What the ledger knows of a source repository's references.
public struct RepositoryView: Hashable, Sendable {
    /// The commit that a branch was last seen at.
    public var head: Revision?
    /// The entry that says so.
    public var headEntry = 0
    /// The last entry that says the branch was rewritten; 0 if it never was. What is pushed after
    /// it is a fact of its own, even if the same commit was pushed before.
    public var rewritten = 0
    /// Commits of which no earlier one was told: the first of the history, or of a shallow clone.
    public var roots: [Revision] = []
    /// Commits that others than git told of, and git has not: they tell only the last commit of
    /// each push, and need not know its message.
    public var untold: Set<Revision> = []
    /// All commits that were told.
    public var told: Set<Revision> = []
    /// What each tag was last seen to name.
    public var tags: [ReleaseTag: Revision]
    /// The last entry about each tag that there ever was: a tag may go and come again.
    public var tagEntries: [ReleaseTag: Int] = [:]

    public init(head: Revision? = nil, tags: [ReleaseTag: Revision] = [:]) {
        self.head = head
        self.tags = tags
    }
}
