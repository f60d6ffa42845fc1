public import Ledger

extension Projector {
    /// Lists the commits of a local repository that one revision has and another has not, newest
    /// first; `nil` if it does not contain both revisions.
    public typealias CommitsAtHand =
        @Sendable (_ has: Revision, _ hasNot: Revision) async -> [ShippedCommit]?

    /// The commits between two releases of a service; `nil` if unknown. If the ledger does not know
    /// the path between the two commits, the local repository is queried. Without details only the
    /// commits themselves are returned.
    public func shipment(
        from: Release?, to: Release?, at: Int? = nil, atHand: CommitsAtHand? = nil,
        details: Bool = true
    ) async throws -> Shipment? {
        guard let from, let to else { return nil }
        if from.runsTheSame(as: to) { return Shipment() }
        guard let before = try await revision(of: from, at: at),
            let after = try await revision(of: to, at: at)
        else { return nil }
        if before.agrees(with: after) { return Shipment() }
        let told = try await told(before, after, at: at)
        if let told, told.isWhole { return details ? try await complete(told, at: at) : told }
        if let atHand, let comes = await atHand(after, before),
            let goes = await atHand(before, after)
        {
            return try await complete(Shipment(comes: comes, goes: goes), at: at)
        }
        guard let told else { return nil }
        return details ? try await complete(told, at: at) : told
    }

    /// The commits between two commits according to pushes; `nil` if no path is known.
    private func told(
        _ before: Revision, _ after: Revision, at: Int?
    ) async throws -> Shipment? {
        guard let (sides, graph) = try await sides(before, after, at: at),
            let goes = sides.alone(0), let comes = sides.alone(1), !(goes + comes).isEmpty
        else { return nil }
        func named(_ revisions: [Revision]) -> [ShippedCommit] {
            revisions.map { revision in
                var commit = ShippedCommit(revision: revision)
                commit.unnamed = graph.unnamed(with: revision)
                return commit
            }
        }
        return Shipment(comes: named(comes), goes: named(goes))
    }

    /// One commit with the recorded facts about it.
    public func shippedCommit(_ revision: Revision, at: Int? = nil) async throws -> ShippedCommit {
        try await complete([ShippedCommit(revision: revision)], at: at)[0]
    }

    private func complete(_ shipment: Shipment, at: Int?) async throws -> Shipment {
        Shipment(
            comes: try await complete(shipment.comes, at: at),
            goes: try await complete(shipment.goes, at: at))
    }

    /// The fence that blocks a release: on the release itself, or on a recorded ancestor. A release
    /// that is known to contain a fix of the fence is not blocked. If facts contradict each other,
    /// the release stays blocked.
    public func fence(
        against release: Release, in view: EnvironmentView, at: Int? = nil
    ) async throws -> Mark? {
        if let own = view.fence(against: release) { return own }
        let fences = view.marks.filter {
            $0.kind == .fence && $0.release?.service == release.service
        }
        if fences.isEmpty { return nil }
        let mine = try await revisions(of: release, at: at)
        var graph = CommitGraph()
        var pushes = EntryFilter()
        pushes.kinds = [EventKind.repoPushed.rawValue]
        if let at { pushes.limit(upto: at) }
        try await store.each(pushes) { graph.add($0) }
        let claimed = mine.reduce(into: Set()) {
            $0.formUnion(graph.ancestors(of: $1, byClaims: true))
        }
        let known = mine.map { graph.ancestors(of: $0, byClaims: false) }
        for fence in fences {
            guard let fenced = fence.release else { continue }
            let bad = try await revisions(of: fenced, at: at)
            guard !claimed.isDisjoint(with: bad) else { continue }
            let isMended = fence.fixes.contains { fix in
                known.allSatisfy { $0.contains { $0.agrees(with: fix) } }
            }
            if !isMended { return fence }
        }
        return nil
    }

    /// The kinds that a decision about fences reads, besides the fences.
    static let ofAncestry: [EventKind] = [
        .repoPushed, .imageTagged, .imagePushed, .buildFinished, .releasePublished, .refCreated,
        .refDeleted,
    ]

    /// Every commit that any fact names as the source of a release.
    private func revisions(of release: Release, at: Int?) async throws -> Set<Revision> {
        var found = Set([release.revision].compactMap(\.self))
        var filters: [EntryFilter] = []
        if let digest = release.digest {
            var filter = EntryFilter()
            filter.digests = [digest.rawValue]
            filters.append(filter)
        }
        if let short = release.revision, !short.isWhole {
            var filter = EntryFilter()
            filter.revisions = [short.rawValue]
            filters.append(filter)
        }
        for var filter in filters {
            filter.kinds = Self.ofAncestry.map(\.rawValue)
            if let at { filter.limit(upto: at) }
            try await store.each(filter) { entry in
                if let revision = entry.subject.revision { found.insert(revision) }
            }
        }
        if found.isEmpty, let tag = release.tag {
            found = Set(try await repositoryTags(tag, at: at).compactMap(\.revision))
        }
        // A prefix of a whole commit adds nothing to it.
        return found.filter { short in
            short.isWhole || !found.contains { $0.isWhole && $0.agrees(with: short) }
        }
    }

    /// The whole revision of a recorded commit; a short one must be unambiguous.
    public func whole(_ revision: Revision) async throws -> Revision? {
        var filter = EntryFilter()
        filter.kinds = [EventKind.repoPushed.rawValue]
        filter.revisions = [revision.rawValue]
        let found = try await store.page(filter, .newestFirst, after: nil, limit: Limits.page)
        let all = Set(found.compactMap(\.subject.revision))
        return all.count == 1 ? all.first : nil
    }

    /// Whether one commit equals another, or is a known ancestor of it.
    public func lies(_ first: Revision, behind second: Revision) async throws -> Bool {
        try await sides(first, second, at: nil)?.0.alone(0)?.isEmpty ?? false
    }

    /// The whole commit that a release was built from: its own, or that of its image if all facts
    /// agree.
    private func revision(of release: Release, at: Int?) async throws -> Revision? {
        if let revision = release.revision, revision.isWhole { return revision }
        var filter = EntryFilter()
        if let at { filter.limit(upto: at) }
        if let revision = release.revision {
            filter.revisions = [revision.rawValue]
        } else if let digest = release.digest {
            filter.digests = [digest.rawValue]
        } else {
            return try await commitOfTag(release, at: at)
        }
        var whole: Revision?
        for entry in try await store.page(filter, .newestFirst, after: nil, limit: Limits.page) {
            guard let revision = entry.subject.revision else { continue }
            if let known = whole, !known.agrees(with: revision) { return release.revision }
            if revision.rawValue.utf8.count > whole?.rawValue.utf8.count ?? 0 { whole = revision }
        }
        if let known = whole ?? release.revision { return known }
        return try await commitOfTag(release, at: at)
    }

    /// Follows both commits back until they meet, or no more ancestors are known. `nil` if that
    /// takes more than `Limits.shippedCommits`.
    private func sides(
        _ from: Revision, _ to: Revision, at: Int?
    ) async throws -> (CommitSides, CommitGraph)? {
        var sides = CommitSides(from, to)
        var graph = CommitGraph()
        while !sides.wanted.isEmpty {
            if sides.count > Limits.shippedCommits { return nil }
            var filter = EntryFilter()
            filter.kinds = [EventKind.repoPushed.rawValue]
            filter.revisions = sides.wanted.map(\.rawValue)
            if let at { filter.limit(upto: at) }
            try await store.each(filter) { graph.add($0) }
            sides.go(by: graph)
        }
        return (sides, graph)
    }

    /// Adds the recorded facts about the commits: their authors, the changes that contain them with
    /// reviews, and the results of their checks.
    private func complete(
        _ commits: [ShippedCommit], at: Int?
    ) async throws -> [ShippedCommit] {
        var said: [Revision: [Entry]] = [:]
        for start in stride(from: 0, to: commits.count, by: Limits.revisionsPerQuestion) {
            var filter = EntryFilter()
            filter.kinds = [
                EventKind.repoPushed.rawValue, EventKind.changeMerged.rawValue,
                EventKind.checkFinished.rawValue, EventKind.guardChecked.rawValue,
            ]
            filter.revisions = commits[start...].prefix(Limits.revisionsPerQuestion).map(
                \.revision.rawValue)
            if let at { filter.limit(upto: at) }
            try await store.each(filter) { entry in
                guard let revision = entry.subject.revision else { return }
                said[revision, default: []].append(entry)
            }
        }
        let merged = said.values.joined().filter { $0.kind == EventKind.changeMerged.rawValue }
        let words = try await wordsOfChanges(in: Set(merged.map(\.stream)), at: at)
        return commits.map { commit in
            Self.completed(commit, by: (said[commit.revision] ?? []).byTime, words)
        }
    }

    func wordsOfChanges(
        in streams: Set<StreamName>, at: Int?
    ) async throws -> [Eligibility.Change: [Entry]] {
        if streams.isEmpty { return [:] }
        var filter = EntryFilter()
        filter.kinds = Self.ofChanges.map(\.rawValue)
        filter.streams = streams.sorted { $0.rawValue < $1.rawValue }
        if let at { filter.limit(upto: at) }
        var words: [Eligibility.Change: [Entry]] = [:]
        try await store.each(filter) { entry in
            guard let change = Eligibility.Change(entry) else { return }
            words[change, default: []].append(entry)
        }
        return words.mapValues(\.byTime)
    }

    private static func completed(
        _ commit: ShippedCommit, by entries: [Entry], _ words: [Eligibility.Change: [Entry]]
    ) -> ShippedCommit {
        var commit = commit
        var eligibility = Eligibility(
            Release(service: ServiceName(unchecked: ""), revision: commit.revision))
        var changes: [ShippedCommit.Change] = []
        for entry in entries {
            eligibility.add(entry)
            let payload = entry.payload
            if entry.kind == EventKind.repoPushed.rawValue {
                commit.message =
                    payload["message"]?.string.map(ShippedCommit.firstLine) ?? commit.message
                commit.author = payload["author"]?.string ?? commit.author
            }
            guard entry.kind == EventKind.changeMerged.rawValue else { continue }
            var change = ShippedCommit.Change(
                number: payload["number"]?.integer,
                title: payload["title"]?.string.map(ShippedCommit.firstLine),
                author: payload["author"]?.string)
            if let name = Eligibility.Change(entry), let said = words[name] {
                var approvals = Eligibility(eligibility.release)
                approvals.add(said, of: name)
                change.approvers = approvals.approvers.sorted()
                let authors = said.compactMap { $0.payload["author"]?.string }
                change.author = change.author ?? authors.last
            }
            guard change.number != nil else { continue }
            if let place = changes.firstIndex(where: { $0.number == change.number }) {
                change.title = change.title ?? changes[place].title
                changes[place] = change
            } else {
                changes.append(change)
            }
        }
        if !changes.isEmpty { commit.changes = changes }
        let checks = eligibility.checks.mapValues(\.outcome)
        if !checks.isEmpty { commit.checks = checks }
        return commit
    }
}
