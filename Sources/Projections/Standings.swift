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
            for entry in entries { standing.add(entry) }
        }
        for change in standing.changes {
            var filter = EntryFilter()
            filter.kinds = [EventKind.reviewSubmitted.rawValue]
            filter.streams = [.repository(change.repository)]
            if let at { filter.limit(upto: at) }
            var reviews: [Entry] = []
            try await store.each(filter) { reviews.append($0) }
            standing.add(reviews, of: change)
        }
        for place in places { standing.stays += try await stays(of: release, in: place, at: at) }
        return standing
    }

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
        var heads: [StreamName: Entry] = [:]
        for entry in try await store.page(filter, .newestFirst, after: nil, limit: Limits.page) {
            guard heads[entry.stream] == nil, entry.isPush(to: branch) else { continue }
            heads[entry.stream] = entry
        }
        return heads.values.sorted { $0.sequence < $1.sequence }
    }
}
