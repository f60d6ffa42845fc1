public import Ledger

/// Answers queries from the stored views of a ledger: the current state, and the state at any
/// sequence.
public struct Projector: Sendable {
    public let store: any EventReader

    public init(_ store: any EventReader) { self.store = store }

    /// The known environments as of a sequence (now if `nil`).
    public func environments(at: Int? = nil) async throws -> [EnvironmentName] {
        var names: [EnvironmentName] = []
        for row in try await store.rows("environment", .all, at: at) {
            if let name = row.subject.environment, names.last != name { names.append(name) }
        }
        return Array(Set(names)).sorted()
    }

    /// Every environment as of a sequence (now if `nil`), in three queries whatever their number.
    public func views(at: Int? = nil) async throws -> [EnvironmentView] {
        let rows = try await store.rows("environment", .all, at: at)
        let marks = try await store.rows("mark", .all, at: at)
        let leases = try await store.rows("lease", .all, at: at)
        func byName(_ rows: [ViewRow]) -> [EnvironmentName: [ViewRow]] {
            Dictionary(grouping: rows.filter { $0.subject.environment != nil }) {
                $0.subject.environment ?? EnvironmentName(unchecked: "")
            }
        }
        let (states, eligibility) = (byName(rows), byName(marks))
        return Set(states.keys).union(eligibility.keys).sorted().map { name in
            EnvironmentView(
                name: name, rows: states[name] ?? [], marks: eligibility[name] ?? [],
                lease: leases.first { $0.key == name.rawValue })
        }
    }

    /// One environment as of a sequence (now if `nil`).
    public func environment(
        _ name: EnvironmentName, at: Int? = nil
    ) async throws -> EnvironmentView {
        let rows = try await store.rows("environment", .starting("\(name):"), at: at)
        var marks: [ViewRow] = []
        for kind in ["fence", "pin", "bypass"] {
            marks += try await store.rows("mark", .starting("\(kind)/\(name):"), at: at)
        }
        marks += try await store.rows("mark", .one("freeze/\(name)"), at: at)
        let lease = try await store.rows("lease", .one(name.rawValue), at: at).first
        return EnvironmentView(name: name, rows: rows, marks: marks, lease: lease)
    }

    /// The state that was true at a time, according to today's knowledge: the entries of one
    /// environment by event time, whenever they were recorded.
    public func environment(
        _ name: EnvironmentName, trueAt moment: Timestamp
    ) async throws -> EnvironmentView {
        // A later correction applies from the start.
        var corrections = EntryFilter()
        corrections.environments = [name]
        corrections.kinds = [EventKind.eventCorrected.rawValue]
        var putRight: [Int: [Entry]] = [:]
        try await store.each(corrections) { entry in
            guard let wrong = entry.corrects else { return }
            putRight[wrong, default: []].append(entry)
        }
        var filter = EntryFilter()
        filter.environments = [name]
        var entries: [Entry] = []
        try await store.each(filter) { entry in
            var entry = entry
            entry.draft.time =
                putRight[entry.sequence]?.last { $0.correctedTime != nil }?.correctedTime
                ?? entry.time
            if entry.corrects == nil, entry.time <= moment { entries.append(entry) }
        }
        var replay = Replay()
        for entry in entries.byTime {
            replay.apply(entry)
            for correction in putRight[entry.sequence] ?? [] { replay.apply(correction) }
        }
        return EnvironmentView(
            name: name, rows: replay.rows("environment"), marks: replay.rows("mark"),
            lease: replay.rows("lease").first)
    }

    /// The releases that one service (or each) has run in an environment, oldest first, as of a
    /// sequence. Corrections up to that sequence are applied.
    public func deployments(
        of service: ServiceName?, in name: EnvironmentName, at: Int? = nil
    ) async throws -> [PastRelease] {
        let corrections = try await corrections(at: at)
        return try await store.history("deployment", key: name.rawValue, upto: at, limit: .max)
            .reversed().compactMap { row in
                var row = row
                row.subject = corrections[row.since]?.subject ?? row.subject
                row.time = corrections[row.since]?.correctedTime ?? row.time
                return PastRelease(row)
            }
            .filter { service == nil || $0.release.service == service }
            .asTheyRan
    }

    /// The entry that reports the deletion of a release's image, if it is later than all other
    /// facts about the image. The deletion of another tag of the image does not count.
    public func deletion(of release: Release) async throws -> Int? {
        guard let digest = release.digest else { return nil }
        let deleted = EventKind.imageDeleted.rawValue
        var filter = EntryFilter()
        filter.kinds = [deleted]
        filter.digests = [digest.rawValue]
        if try await store.page(filter, .newestFirst, after: nil, limit: 1).isEmpty { return nil }
        filter.kinds = ["image"]
        var words: [Entry] = []
        try await store.each(filter) { words.append($0) }
        let last = words.byTime.last { entry in
            entry.kind != deleted || entry.subject.tag.map { $0 == release.tag } ?? true
        }
        return last?.kind == deleted ? last?.sequence : nil
    }

    /// The runs of one environment, or of all; newest first.
    public func runs(in name: EnvironmentName? = nil, at: Int? = nil) async throws -> [RunView] {
        try await store.rows("run", .all, at: at).compactMap { RunView($0) }
            .filter { name == nil || $0.subject.environment == name }
            .sorted { $0.number > $1.number }
    }

    /// The run that was started in an environment and has not ended; the newest of several.
    public func halfWayRun(in name: EnvironmentName, at: Int? = nil) async throws -> RunView? {
        let row = try await store.rows("halfway", .one(name.rawValue), at: at).first
        var found: RunView?
        for id in row?.detail(as: HalfWayDetail.self).runs.compactMap(EntryID.init) ?? [] {
            guard let run = try await run(id, at: at), run.state == .running,
                run.number > found?.number ?? 0
            else { continue }
            found = run
        }
        return found
    }

    /// A run with its steps.
    public func run(_ id: EntryID, at: Int? = nil) async throws -> RunView? {
        guard let row = try await store.rows("run", .one(id.description), at: at).first else {
            return nil
        }
        let steps = try await store.rows("step", .starting("\(id)/"), at: at)
        return RunView(row, steps: steps)
    }

    /// What each tag names, as of a sequence.
    public func tags(at: Int? = nil) async throws -> [TagView] {
        try await store.rows("release", .all, at: at).map(TagView.init)
    }

    /// What a service's tag names; `nil` if no fact about it is recorded.
    public func tag(
        _ tag: ReleaseTag, of service: ServiceName, at: Int? = nil
    ) async throws -> TagView? {
        try await store.rows("release", .one(ReleaseFold.key(service, tag)), at: at).first.map(
            TagView.init)
    }

    /// The path of the commits that a revision or digest (or a prefix) names, as of a sequence.
    public func lineage(
        revision: String?, digest: String?, at: Int? = nil
    ) async throws -> Lineage {
        var lineage = Lineage()
        var asked = Set<String>()
        var revisions = [revision].compactMap(\.self)
        var digests = [digest].compactMap(\.self)
        // Alternates between revisions and digests until nothing new is found.
        while !revisions.isEmpty || !digests.isEmpty {
            for (values, isRevision) in [(revisions, true), (digests, false)] where !values.isEmpty
            {
                var filter = EntryFilter()
                if isRevision { filter.revisions = values } else { filter.digests = values }
                if let at { filter.limit(upto: at) }
                try await store.each(filter) { lineage.add($0) }
                asked.formUnion(values)
            }
            revisions = lineage.revisions.map(\.rawValue).filter { !asked.contains($0) }
            digests = lineage.digests.map(\.rawValue).filter { !asked.contains($0) }
        }
        try await addWords(ofChangesIn: &lineage, at: at)
        return lineage
    }

    /// Adds the entries about the changes that contain the commit. A review concerns the change's
    /// own commit, which may differ from the merge commit.
    private func addWords(ofChangesIn lineage: inout Lineage, at: Int?) async throws {
        let merged = lineage.entries[.change] ?? []
        let changes = Set(merged.compactMap(Eligibility.Change.init))
        if changes.isEmpty { return }
        let words = try await wordsOfChanges(in: Set(merged.map(\.stream)), at: at)
        for entry in changes.flatMap({ words[$0] ?? [] }) { lineage.add(word: entry) }
    }
}
