public import Ledger

/// Migrations of a service's data since a release ran.
extension Projector {
    /// The migrations of a service in an environment after the entry of a past release, newest
    /// first.
    public func migrations(
        of service: ServiceName, in name: EnvironmentName, after past: Entry, at: Int? = nil
    ) async throws -> [Entry] {
        let applied = try await words(.migrationApplied, of: service, in: name, at: at)
            .filter { $0.happened(after: past) }
        if applied.isEmpty { return [] }
        // Migrations that were reverted since then no longer count.
        let takenBack = try await takenBack(from: service, in: name, after: past, at: at)
        return applied.filter { entry in
            let name = entry.payload["name"]?.string ?? ""
            return takenBack[name].map(entry.happened(after:)) ?? true
        }.reversed()
    }

    /// The names of migrations that were reverted since then and not applied again.
    public func missingMigrations(
        of service: ServiceName, in name: EnvironmentName, after past: Entry
    ) async throws -> [String] {
        let takenBack = try await takenBack(from: service, in: name, after: past, at: nil)
        if takenBack.isEmpty { return [] }
        let applied = Set(
            try await migrations(of: service, in: name, after: past).compactMap {
                $0.payload["name"]?.string
            })
        return takenBack.keys.filter { !applied.contains($0) }.sorted()
    }

    /// The name of the last irreversible migration since a release ran.
    public func irreversible(
        since past: PastRelease, in name: EnvironmentName, at: Int? = nil
    ) async throws -> String? {
        guard let entry = try await store.entry(at: past.entry) else { return nil }
        let since = try await migrations(
            of: past.release.service, in: name, after: entry, at: at)
        let fatal = since.first { $0.payload["irreversible"]?.bool == true }
        return fatal.map { $0.payload["name"]?.string ?? "" }
    }

    /// The migrations that runs have reverted since then, each with its last entry.
    private func takenBack(
        from service: ServiceName, in name: EnvironmentName, after past: Entry, at: Int?
    ) async throws -> [String: Entry] {
        var found: [String: Entry] = [:]
        for entry in try await words(.stepFinished, of: service, in: name, at: at) {
            guard entry.happened(after: past),
                let payload = entry.payload(ifItMentions: "migration"),
                let name = payload["migration"]?.string,
                payload["outcome"]?.string == Outcome.succeeded.rawValue
            else { continue }
            found[name] = entry
        }
        return found
    }

    private func words(
        _ kind: EventKind, of service: ServiceName, in name: EnvironmentName, at: Int?
    ) async throws -> [Entry] {
        var filter = EntryFilter()
        filter.kinds = [kind.rawValue]
        filter.environments = [name]
        filter.services = [service]
        if let at { filter.limit(upto: at) }
        var words: [Entry] = []
        try await store.each(filter) { words.append($0) }
        return words.byTime
    }
}

extension Entry {
    /// Whether it happened after another entry, by event time. Two entries of this ledger's own
    /// runs are ordered by sequence.
    fileprivate func happened(after other: Entry) -> Bool {
        if isOfOwnRun, other.isOfOwnRun { return sequence > other.sequence }
        return (time, sequence) > (other.time, other.sequence)
    }
}
