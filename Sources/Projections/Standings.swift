public import Ledger

extension Projector {
    /// What the ledger knows of a release, and for how long it ran in other environments, as of a
    /// sequence (now if `nil`).
    public func standing(
        of release: Release, in places: [EnvironmentName], at: Int? = nil
    ) async throws -> Standing {
        var standing = Standing(release)
        if let revision = release.revision {
            var filter = EntryFilter()
            filter.revisions = [revision.rawValue]
            if let at { filter.limit(upto: at) }
            var entries: [Entry] = []
            try await store.each(filter) { entries.append($0) }
            for entry in entries.byTime { standing.add(entry) }
        }
        for change in standing.changes {
            var filter = EntryFilter()
            filter.kinds = Self.ofChanges.map(\.rawValue)
            filter.streams = [.repository(change.repository)]
            if let at { filter.limit(upto: at) }
            var said: [Entry] = []
            try await store.each(filter) { said.append($0) }
            standing.add(said.byTime, of: change)
        }
        for place in places { standing.stays += try await stays(of: release, in: place, at: at) }
        return standing
    }

    /// What is said of a change: who wrote it, and what others think of it.
    static let ofChanges: [EventKind] = [.changeOpened, .changeMerged, .reviewSubmitted]

    private func stays(
        of release: Release, in name: EnvironmentName, at: Int?
    ) async throws -> [Standing.Stay] {
        let past = try await deployments(of: release.service, in: name, at: at)
        var stays: [Standing.Stay] = []
        for (index, one) in past.enumerated() where one.release.runsTheSame(as: release) {
            let entry = try await store.entry(at: one.entry)
            stays.append(
                Standing.Stay(
                    environment: name, entry: one.entry, from: one.time,
                    until: index + 1 < past.count ? past[index + 1].time : nil,
                    seen: entry?.saysAfterLooking("verified") ?? false))
        }
        return stays
    }

    /// The newest push to a branch of each repository, among the last `Limits.page` pushes.
    public func heads(of branch: String) async throws -> [Entry] {
        var filter = EntryFilter()
        filter.kinds = [EventKind.repoPushed.rawValue]
        let page = try await store.page(filter, .newestFirst, after: nil, limit: Limits.page)
        var moves: [StreamName: BranchMoves] = [:]
        for entry in page {
            guard let push = BranchMoves.Push(entry, to: branch) else { continue }
            moves[entry.stream, default: BranchMoves()].add(push)
        }
        let heads = Set(moves.values.compactMap { $0.last?.entry })
        return page.filter { heads.contains($0.sequence) }.reversed()
    }
}

extension [Entry] {
    /// In the order in which things happened; at one time, in which they were recorded.
    var byTime: [Entry] { sorted { ($0.time, $0.sequence) < ($1.time, $1.sequence) } }
}
