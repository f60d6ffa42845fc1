public import Ledger

/// Answers questions from the stored views of a ledger: what is, and what was so at any sequence.
public struct Projector: Sendable {
    public let store: any EventStore

    public init(_ store: any EventStore) { self.store = store }

    /// The environments that the ledger has heard of, as of a sequence (now if `nil`).
    public func environments(at: Int? = nil) async throws -> [EnvironmentName] {
        var names: [EnvironmentName] = []
        for row in try await store.rows("environment", .all, at: at) {
            if let name = row.subject.environment, names.last != name { names.append(name) }
        }
        return Array(Set(names)).sorted()
    }

    /// Every environment as of a sequence (now if `nil`), in three questions whatever their number.
    public func views(at: Int? = nil) async throws -> [EnvironmentView] {
        let rows = try await store.rows("environment", .all, at: at)
        let marks = try await store.rows("mark", .all, at: at)
        let leases = try await store.rows("lease", .all, at: at)
        func byName(_ rows: [ViewRow]) -> [EnvironmentName: [ViewRow]] {
            Dictionary(grouping: rows.filter { $0.subject.environment != nil }) {
                $0.subject.environment ?? EnvironmentName(unchecked: "")
            }
        }
        let (states, standing) = (byName(rows), byName(marks))
        return Set(states.keys).union(standing.keys).sorted().map { name in
            EnvironmentView(
                name: name, rows: states[name] ?? [], marks: standing[name] ?? [],
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

    /// What was true at a moment as far as is known today: the entries of one environment by the
    /// time at which they happened, whenever they were recorded.
    public func environment(
        _ name: EnvironmentName, trueAt moment: Timestamp
    ) async throws -> EnvironmentView {
        var filter = EntryFilter()
        filter.environments = [name]
        filter.until = Timestamp(microseconds: moment.microseconds + 1)
        var entries: [Entry] = []
        try await store.each(filter) { entries.append($0) }
        // What was put right later was so all the time.
        var corrections = EntryFilter()
        corrections.environments = [name]
        corrections.kinds = [EventKind.eventCorrected.rawValue]
        var putRight: [Int: [Entry]] = [:]
        try await store.each(corrections) { entry in
            guard let wrong = entry.corrects else { return }
            putRight[wrong, default: []].append(entry)
        }
        var replay = Replay()
        for entry in entries.sorted(by: { ($0.time, $0.sequence) < ($1.time, $1.sequence) })
        where entry.corrects == nil {
            replay.apply(entry)
            for correction in putRight[entry.sequence] ?? [] { replay.apply(correction) }
        }
        return EnvironmentView(
            name: name, rows: replay.rows("environment"), marks: replay.rows("mark"),
            lease: replay.rows("lease").first)
    }

    /// What one service (or each) has run in an environment, the oldest first by the time at which
    /// it happened, as of a sequence; what was corrected by then as it should have been said.
    public func deployments(
        of service: ServiceName?, in name: EnvironmentName, at: Int? = nil
    ) async throws -> [PastRelease] {
        let corrections = try await corrections(at: at)
        return try await store.history("deployment", key: name.rawValue, upto: at, limit: .max)
            .reversed().compactMap { row in
                var row = row
                row.subject = corrections[row.since]?.subject ?? row.subject
                return PastRelease(row)
            }
            .filter { service == nil || $0.release.service == service }
            .sorted { ($0.time, $0.entry) < ($1.time, $1.entry) }
    }

    /// The migrations of a service in an environment after an entry, the newest first.
    public func migrations(
        of service: ServiceName, in name: EnvironmentName, after sequence: Int, at: Int? = nil
    ) async throws -> [Entry] {
        var filter = EntryFilter()
        filter.kinds = [EventKind.migrationApplied.rawValue]
        filter.environments = [name]
        filter.services = [service]
        filter.sequences = sequence + 1...filter.sequences.upperBound
        if let at { filter.limit(upto: at) }
        var found: [Entry] = []
        try await store.each(filter, .newestFirst) { found.append($0) }
        if found.isEmpty { return [] }
        // What was taken back since does not count any more.
        let takenBack = try await takenBack(from: service, in: name, after: sequence, at: at)
        return found.filter { entry in
            entry.sequence > takenBack[entry.payload["name"]?.string ?? ""] ?? 0
        }
    }

    /// The migrations that runs have taken back since an entry, each with the entry that says so.
    private func takenBack(
        from service: ServiceName, in name: EnvironmentName, after sequence: Int, at: Int?
    ) async throws -> [String: Int] {
        var filter = EntryFilter()
        filter.kinds = [EventKind.stepFinished.rawValue]
        filter.environments = [name]
        filter.services = [service]
        filter.sequences = sequence + 1...filter.sequences.upperBound
        if let at { filter.limit(upto: at) }
        var found: [String: Int] = [:]
        try await store.each(filter) { entry in
            guard let payload = entry.payload(ifItMentions: "migration"),
                let name = payload["migration"]?.string,
                payload["outcome"]?.string == Outcome.succeeded.rawValue
            else { return }
            found[name] = entry.sequence
        }
        return found
    }

    /// The names of migrations that were taken back since an entry, and not applied again.
    public func missingMigrations(
        of service: ServiceName, in name: EnvironmentName, after sequence: Int
    ) async throws -> [String] {
        let takenBack = try await takenBack(from: service, in: name, after: sequence, at: nil)
        if takenBack.isEmpty { return [] }
        let applied = Set(
            try await migrations(of: service, in: name, after: sequence).compactMap {
                $0.payload["name"]?.string
            })
        return takenBack.keys.filter { !applied.contains($0) }.sorted()
    }

    /// The last migration since a release ran that nothing leads back over, by name.
    public func irreversible(
        since past: PastRelease, in name: EnvironmentName, at: Int? = nil
    ) async throws -> String? {
        let since = try await migrations(
            of: past.release.service, in: name, after: past.entry, at: at)
        let fatal = since.first { $0.payload["irreversible"]?.bool == true }
        return fatal.map { $0.payload["name"]?.string ?? "" }
    }

    /// Every run that an environment had, or all; the newest first.
    public func runs(in name: EnvironmentName? = nil, at: Int? = nil) async throws -> [RunView] {
        try await store.rows("run", .all, at: at).compactMap { RunView($0) }
            .filter { name == nil || $0.subject.environment == name }
            .sorted { $0.number > $1.number }
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
    public func releases(at: Int? = nil) async throws -> [ViewRow] {
        try await store.rows("release", .all, at: at)
    }

    /// The way of the commits that a revision or digest (or its beginning) names, as of a sequence.
    public func lineage(
        revision: String?, digest: String?, at: Int? = nil
    ) async throws -> Lineage {
        var lineage = Lineage()
        var asked = Set<String>()
        var revisions = [revision].compactMap(\.self)
        var digests = [digest].compactMap(\.self)
        // From revision to digest and back, until nothing new turns up.
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

    /// Adds what was said of the changes that brought the commit: a review is of the change's own
    /// commit, which need not be the one that it was merged as.
    private func addWords(ofChangesIn lineage: inout Lineage, at: Int?) async throws {
        let merged = lineage.entries[.change] ?? []
        let changes = Set(merged.compactMap(Standing.Change.init))
        if changes.isEmpty { return }
        let words = try await wordsOfChanges(in: Set(merged.map(\.stream)), at: at)
        for entry in changes.flatMap({ words[$0] ?? [] }) { lineage.add(word: entry) }
    }
}
