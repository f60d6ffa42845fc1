internal import CommandEngine
internal import CommandPorts
internal import Ledger
public import Projections

/// Show an entry, with its corrections and redactions
public struct ShowEntry: Query {
    /// A sequence, an entry's id, or a deploy such as `production~1`.
    public var name: String
    /// As of an entry, a time, a tag or a deploy.
    public var at: String?

    public init(_ name: String, at: String? = nil) {
        self.name = name
        self.at = at
    }

    /// The entry; `nil` if the name does not name one.
    public typealias Answer = Found?

    /// An entry, and what was recorded about it later.
    public struct Found: Codable, Hashable, Sendable {
        public let entry: EntryAnswer
        public let corrections: [EntryAnswer]
        public let redactions: [EntryAnswer]
        /// For a deploy: the release before it, and the commits between the two.
        public let from: Release?
        public let commits: Shipment?
    }

    public func answer(at desk: Desk) async throws -> Found? {
        let sequence = try await desk.sequence(at, in: nil)
        guard let entry = try await entry(desk), entry.sequence <= sequence ?? .max else {
            return nil
        }
        let (from, commits) = try await commits(of: entry, desk)
        return Found(
            entry: EntryAnswer(entry),
            corrections: try await corrections(of: entry, desk, upto: sequence),
            redactions: try await desk.store.decisions(about: entry).map { EntryAnswer($0.entry) },
            from: from, commits: commits)
    }

    private func entry(_ desk: Desk) async throws -> Entry? {
        // `production~1`, `production#42`: the entry that finished that deploy.
        if name.utf8.contains(UInt8(ascii: "~")) || name.utf8.contains(UInt8(ascii: "#")) {
            let past = try await desk.projector.past(try await desk.reference(name)).last
            if let past { return try await desk.store.entry(at: past.entry) }
        }
        if let number = Int(name), name.utf8.count < 10 {
            return try await desk.store.entry(at: number)
        }
        guard let id = EntryID(name) else { return nil }
        return try await desk.store.entry(id)
    }

    private func corrections(
        of entry: Entry, _ desk: Desk, upto: Int?
    ) async throws -> [EntryAnswer] {
        var filter = EntryFilter()
        filter.kinds = [EventKind.eventCorrected.rawValue]
        if let upto { filter.limit(upto: upto) }
        var found: [EntryAnswer] = []
        try await desk.store.each(filter) { correction in
            if correction.corrects == entry.sequence { found.append(EntryAnswer(correction)) }
        }
        return found
    }

    /// The release before a deploy, and the commits that the deploy added and removed.
    private func commits(
        of entry: Entry, _ desk: Desk
    ) async throws -> (from: Release?, commits: Shipment?) {
        guard let name = entry.subject.environment, let to = Release(entry.subject) else {
            return (nil, nil)
        }
        let all = try await desk.projector.deployments(of: to.service, in: name)
        guard let place = all.firstIndex(where: { $0.entry == entry.sequence }), place > 0 else {
            return (nil, nil)
        }
        let from = all[place - 1].release
        return (
            from,
            try await desk.projector.shipment(from: from, to: to, atHand: desk.commitsAtHand)
        )
    }
}
