public import Ledger

extension Projector {
    /// What the ledger knows of a repository: the head of a branch, and the commits of its tags.
    public func repository(
        _ name: RepositoryName, branch: String
    ) async throws -> RepositoryView {
        var view = RepositoryView()
        var pushes = EntryFilter()
        pushes.streams = [.repository(name)]
        pushes.kinds = [EventKind.repoPushed.rawValue]
        var moves = BranchMoves()
        var byGit: Set<Revision> = []
        try await store.each(pushes) { entry in
            guard let push = BranchMoves.Push(entry, to: branch) else { return }
            moves.add(push)
            view.told.insert(push.revision)
            if push.sender == Source.git { byGit.insert(push.revision) }
            if push.before == nil { view.roots.append(push.revision) }
            if push.isForced { view.rewritten = entry.sequence }
        }
        view.untold = view.told.subtracting(byGit)
        view.head = moves.last?.revision
        view.headEntry = moves.last?.entry ?? 0
        var references = EntryFilter()
        references.streams = [.repository(name)]
        references.kinds = [EventKind.refCreated.rawValue, EventKind.refDeleted.rawValue]
        var told: [ReleaseTag: Timestamp] = [:]
        try await store.each(references) { entry in
            guard let tag = entry.subject.tag else { return }
            view.tagEntries[tag] = entry.sequence
            guard told[tag].map({ $0 <= entry.time }) ?? true else { return }
            told[tag] = entry.time
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

    /// Pushes to a branch whose start differs from the end of the previous push: pushes between
    /// them were not recorded. Oldest first.
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

/// The pushes to one branch, and the last of them, whatever the order of recording.
///
/// A push that begins where another ended is later, whatever their clocks say. Of the pushes
/// without a successor the latest by time counts. The same applies if a branch was reset and every
/// push has a successor.
struct BranchMoves {
    struct Push {
        let entry: Int
        let time: Timestamp
        let revision: Revision
        let before: Revision?
        let isForced: Bool
        let sender: String

        /// The push of an entry; `nil` if the entry concerns another branch.
        init?(_ entry: Entry, to branch: String) {
            let payload = entry.payload
            guard entry.kind == EventKind.repoPushed.rawValue,
                payload["branch"]?.string == branch, let revision = entry.subject.revision
            else { return nil }
            self.entry = entry.sequence
            time = entry.time
            sender = entry.draft.source?.name ?? ""
            self.revision = revision
            before = payload["before"]?.string.flatMap(Revision.init(rawValue:))
            isForced = payload["forced"]?.bool == true
            isLate = payload["late"]?.bool == true
        }
        /// Recorded late: the push does not move the branch.
        fileprivate let isLate: Bool
    }
    /// A push between two commits. If one sender reports it twice, it happened twice. If another
    /// sender reports it too, it is the same push.
    private struct Move: Hashable {
        let before: Revision?
        let revision: Revision
        var number = 0
    }
    private var pushes: [Push] = []
    private var told: Set<Move> = []
    private var tellings: [String: [Move: Int]] = [:]
    /// The number of pushes to each commit minus the pushes from it: a branch may be reset
    /// repeatedly.
    private var balance: [Revision: Int] = [:]

    mutating func add(_ push: Push) {
        if push.isLate { return }
        pushes.append(push)
        var move = Move(before: push.before, revision: push.revision)
        tellings[push.sender, default: [:]][move, default: 0] += 1
        move.number = tellings[push.sender]?[move] ?? 0
        guard told.insert(move).inserted, push.before != push.revision else { return }
        balance[push.revision, default: 0] += 1
        if let before = push.before { balance[before, default: 0] -= 1 }
    }

    var last: Push? {
        let open = pushes.filter { balance[$0.revision] ?? 1 > 0 }
        return (open.isEmpty ? pushes : open).max { ($0.time, $0.entry) < ($1.time, $1.entry) }
    }
}
