public import Ledger

/// What the ledger knows of a source repository's references.
public struct RepositoryView: Hashable, Sendable {
    /// The commit that a branch was last seen at.
    public var head: Revision?
    /// What each tag was last seen to name.
    public var tags: [ReleaseTag: Revision]

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
            for entry in page where entry.payload["branch"]?.string == branch {
                view.head = entry.subject.revision
                break search
            }
            guard page.count == 100, let last = page.last else { break }
            after = last.sequence
        }
        var references = EntryFilter()
        references.streams = [.repository(name)]
        references.kinds = [EventKind.refCreated.rawValue, EventKind.refDeleted.rawValue]
        try await store.each(references) { entry in
            guard let tag = entry.subject.tag else { return }
            view.tags[tag] =
                entry.kind == EventKind.refCreated.rawValue ? entry.subject.revision : nil
        }
        return view
    }
}
