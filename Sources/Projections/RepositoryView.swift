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
    /// What each tag was last seen to name.
    public var tags: [ReleaseTag: Revision]
    /// The last entry about each tag that there ever was: a tag may go and come again.
    public var tagEntries: [ReleaseTag: Int] = [:]

    public init(head: Revision? = nil, tags: [ReleaseTag: Revision] = [:]) {
        self.head = head
        self.tags = tags
    }
}

extension Projector {
    /// What the ledger knows of a repository: where a branch stands, and what its tags name.
    public func repository(
        _ name: RepositoryName, branch: String
    ) async throws -> RepositoryView {
        var view = RepositoryView()
        var pushes = EntryFilter()
        pushes.streams = [.repository(name)]
        pushes.kinds = [EventKind.repoPushed.rawValue]
        var after: Int?
        search: while true {
            let page = try await store.page(pushes, .newestFirst, after: after, limit: 100)
            for entry in page where entry.isPush(to: branch) {
                view.head = entry.subject.revision
                view.headEntry = entry.sequence
                break search
            }
            guard page.count == 100, let last = page.last else { break }
            after = last.sequence
        }
        try await store.each(pushes, .newestFirst) { entry in
            guard view.rewritten == 0, let payload = entry.payload(ifItMentions: "forced"),
                payload["forced"]?.bool == true, payload["branch"]?.string == branch
            else { return }
            view.rewritten = entry.sequence
        }
        var references = EntryFilter()
        references.streams = [.repository(name)]
        references.kinds = [EventKind.refCreated.rawValue, EventKind.refDeleted.rawValue]
        try await store.each(references) { entry in
            guard let tag = entry.subject.tag else { return }
            view.tagEntries[tag] = entry.sequence
            view.tags[tag] =
                entry.kind == EventKind.refCreated.rawValue ? entry.subject.revision : nil
        }
        return view
    }

    /// Whether a commit was pushed to a branch of a repository, as far as the ledger knows.
    public func wasPushed(
        _ revision: Revision, to branch: String, of name: RepositoryName
    ) async throws -> Bool {
        var pushes = EntryFilter()
        pushes.streams = [.repository(name)]
        pushes.kinds = [EventKind.repoPushed.rawValue]
        pushes.revisions = [revision.rawValue]
        let found = try await store.page(pushes, .newestFirst, after: nil, limit: Limits.page)
        return found.contains { $0.payload["branch"]?.string == branch }
    }

    /// Where a push to a branch does not begin where the one before it ended: pushes between them
    /// were not told. The oldest first.
    public func gaps(
        in branch: String, of name: RepositoryName
    ) async throws -> [(after: Revision, upTo: Revision)] {
        var pushes = EntryFilter()
        pushes.streams = [.repository(name)]
        pushes.kinds = [EventKind.repoPushed.rawValue]
        var gaps: [(after: Revision, upTo: Revision)] = []
        var told: Set<Revision> = []
        var head: Revision?
        try await store.each(pushes) { entry in
            guard case .pushed(let push) = entry.event, push.branch == branch else { return }
            told.insert(push.revision)
            if push.late == true { return }
            if let head, let before = push.before, push.forced != true, !told.contains(before) {
                gaps.append((head, before))
            }
            head = push.revision
        }
        return gaps.filter { !told.contains($0.upTo) }
    }
}

extension Entry {
    /// Whether it says where a branch stands: a push to it that was told in its turn.
    func isPush(to branch: String) -> Bool {
        let payload = payload
        return payload["branch"]?.string == branch && payload["late"]?.bool != true
    }
}
