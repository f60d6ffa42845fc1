internal import CommandEngine
internal import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// Trace a commit, image or tag: change, reviews, checks, build, image, environments
public struct TraceRelease: Query {
    /// A tag, a revision or a digest (or its first digits).
    public var name: String
    /// As of an entry, a time, a tag or a deploy.
    public var at: String?

    public init(_ name: String, at: String? = nil) {
        self.name = name
        self.at = at
    }

    /// The facts about it, by station and then by sequence.
    public typealias Answer = [Line]

    /// One fact.
    public struct Line: Codable, Hashable, Sendable {
        /// `commit`, `change`, `review`, `check`, `build`, `image`, `release` or `environment`.
        public let station: String
        public let fact: EntryAnswer
        /// How long a deployed release ran; absent for all other facts.
        public let ran: Period?
        /// Who approved the deploy, without the person who requested it.
        public let approvers: [String]?
    }
    /// When a release was the current one of its service.
    public struct Period: Codable, Hashable, Sendable {
        public let from: ExactTime
        /// When another release replaced it; absent while it is current.
        public let until: ExactTime?
    }

    public func answer(at desk: Desk) async throws -> [Line] {
        let sequence = try await desk.sequence(at, in: nil)
        let lineage = try await lineage(desk, upto: sequence)
        var lines: [Line] = []
        for station in Lineage.Station.allCases {
            let entries = (lineage.entries[station] ?? []).sorted { $0.sequence < $1.sequence }
            for entry in entries {
                lines.append(
                    Line(
                        station: station.rawValue, fact: EntryAnswer(entry),
                        ran: try await period(of: entry, desk, upto: sequence),
                        approvers: try await approvers(of: entry, desk)))
            }
        }
        return lines
    }

    // MARK: Environments

    private func period(
        of entry: Entry, _ desk: Desk, upto sequence: Int?
    ) async throws -> Period? {
        guard let name = entry.subject.environment, let service = entry.subject.service else {
            return nil
        }
        let past = try await desk.projector.deployments(of: service, in: name, at: sequence)
        guard let place = past.firstIndex(where: { $0.entry == entry.sequence }) else { return nil }
        let next = past[past.index(after: place)...].first
        return Period(from: ExactTime(past[place].time), until: next.map { ExactTime($0.time) })
    }

    private func approvers(of entry: Entry, _ desk: Desk) async throws -> [String]? {
        guard entry.subject.environment != nil, let id = entry.draft.correlation,
            let run = try await desk.projector.run(id)
        else { return nil }
        let others = run.approvals.map(\.by).filter { $0 != run.by }
        return others.isEmpty ? nil : others
    }

    // MARK: Finding

    private func lineage(_ desk: Desk, upto: Int?) async throws -> Lineage {
        let projector = desk.projector
        var lineage = Lineage()
        for var filter in Projector.filters(for: name) {
            if let upto { filter.limit(upto: upto) }
            try await refuseAmbiguous(filter, desk)
            if filter.tags.isEmpty {
                let whole = try await projector.lineage(
                    revision: filter.revisions.first, digest: filter.digests.first, at: upto)
                for entry in whole.entries.values.joined() { lineage.add(entry) }
            } else {
                var found: [Entry] = []
                try await desk.store.each(filter) { found.append($0) }
                for entry in found {
                    lineage.add(entry)
                    guard let revision = entry.subject.revision else { continue }
                    let whole = try await projector.lineage(
                        revision: revision.rawValue, digest: nil, at: upto)
                    for entry in whole.entries.values.joined() { lineage.add(entry) }
                }
            }
            if !lineage.entries.isEmpty { return lineage }
        }
        throw Refusal(
            .unknownName, "unknown name \"\(name)\"",
            cause: Int(name) == nil
                ? nil : "the ledger ends at entry \(try await desk.store.head().sequence)",
            hint: try await projector.hint(for: name, in: nil))
    }

    /// Throws `Refusal` if several commits or images begin with the given digits.
    private func refuseAmbiguous(_ filter: EntryFilter, _ desk: Desk) async throws {
        if filter.revisions.isEmpty, filter.digests.isEmpty { return }
        var whole: Set<String> = []
        try await desk.store.each(filter) { entry in
            let subject = entry.subject
            let found =
                filter.digests.isEmpty ? subject.revision?.rawValue : subject.digest?.rawValue
            // The short and the long form of a revision count as one.
            guard let found, !whole.contains(where: { $0.begins(with: found) }) else { return }
            whole = whole.filter { !found.begins(with: $0) }
            whole.insert(found)
        }
        guard whole.count > 1 else { return }
        throw Refusal(
            .ambiguous, "\"\(name)\" is ambiguous",
            cause: whole.sorted().prefix(5).joined(separator: ", "), hint: "write more digits")
    }
}
