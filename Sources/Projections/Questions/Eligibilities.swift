public import Ledger

extension Projector {
    /// What the ledger knows of a release, and how long it ran in other environments, as of a
    /// sequence (now if `nil`).
    public func eligibility(
        of release: Release, in places: [EnvironmentName], at: Int? = nil
    ) async throws -> Eligibility {
        var eligibility = Eligibility(release)
        if let revision = release.revision {
            var filter = EntryFilter()
            filter.revisions = [revision.rawValue]
            if let at { filter.limit(upto: at) }
            var entries: [Entry] = []
            try await store.each(filter) { entries.append($0) }
            for entry in entries.byTime { eligibility.add(entry) }
        }
        for change in eligibility.changes {
            var filter = EntryFilter()
            filter.kinds = Self.ofChanges.map(\.rawValue)
            filter.streams = [.repository(change.repository)]
            if let at { filter.limit(upto: at) }
            var said: [Entry] = []
            try await store.each(filter) { said.append($0) }
            eligibility.add(said.byTime, of: change)
        }
        for place in places { eligibility.stays += try await stays(of: release, in: place, at: at) }
        return eligibility
    }

    /// The kinds about a change: its author and its reviews.
    static let ofChanges: [EventKind] = [.changeOpened, .changeMerged, .reviewSubmitted]

    /// The continuous periods in which a release ran in an environment. A period ends when another
    /// release was deployed or observed there, or when a run failed.
    private func stays(
        of release: Release, in name: EnvironmentName, at: Int?
    ) async throws -> [Eligibility.Stay] {
        let past = try await deployments(of: release.service, in: name, at: at)
        var filter = EntryFilter()
        filter.environments = [name]
        filter.services = [release.service]
        filter.kinds = [
            EventKind.hostObserved.rawValue, EventKind.deployFailed.rawValue,
            EventKind.revertFailed.rawValue,
        ]
        if let at { filter.limit(upto: at) }
        var words: [Entry] = []
        try await store.each(filter) { words.append($0) }
        words = words.byTime
        var stays: [Eligibility.Stay] = []
        for (index, one) in past.enumerated() where one.release.runsTheSame(as: release) {
            let entry = try await store.entry(at: one.entry)
            let until = index + 1 < past.count ? past[index + 1].time : nil
            var stretches = Stretches(
                of: release, from: one.time,
                hosts: words.prefix { $0.time <= one.time }.compactMap(\.observedHost))
            for word in words where word.time > one.time && until.map({ word.time < $0 }) ?? true {
                stretches.take(word)
            }
            let isSeen = entry?.saysAfterLooking("verified") ?? false
            stays += stretches.ended(until).enumerated().map { place, stretch in
                Eligibility.Stay(
                    environment: name, entry: one.entry, from: stretch.from, until: stretch.until,
                    seen: isSeen || place > 0)
            }
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

/// The periods in which a release ran after one deploy, as far as it was observed.
private struct Stretches {
    private let release: Release
    private var hosts: Set<String>
    /// The hosts that must be observed again before a new period begins.
    private var unseen: Set<String> = []
    private var from: Timestamp?
    private var over: [(from: Timestamp, until: Timestamp?)] = []

    init(of release: Release, from: Timestamp, hosts: [String]) {
        self.release = release
        self.from = from
        self.hosts = Set(hosts)
    }

    mutating func take(_ entry: Entry) {
        guard let host = entry.observedHost else {
            // A run has failed, so the state of the hosts is unknown.
            unseen = hosts.isEmpty ? [""] : hosts
            end(at: entry.time)
            if entry.saysAfterLooking("putBack") { begin(at: entry.time) }
            return
        }
        hosts.insert(host)
        // An unreachable host was not observed to run another release.
        if entry.payload["reachable"]?.bool == false { return }
        var seen = Release(service: release.service)
        seen.tag = entry.subject.tag
        seen.digest = entry.subject.digest
        seen.revision = entry.subject.revision
        if seen.differs(from: release) {
            unseen.insert(host)
            return end(at: entry.time)
        }
        guard seen.runsTheSame(as: release) else { return }
        unseen.remove(host)
        if unseen.isEmpty { begin(at: entry.time) }
    }

    private mutating func end(at time: Timestamp) {
        if let from { over.append((from, time)) }
        from = nil
    }

    private mutating func begin(at time: Timestamp) {
        unseen = []
        if from == nil { from = time }
    }

    func ended(_ until: Timestamp?) -> [(from: Timestamp, until: Timestamp?)] {
        over + (from.map { [($0, until)] } ?? [])
    }
}

extension Entry {
    /// The host of an observation.
    fileprivate var observedHost: String? {
        kind == EventKind.hostObserved.rawValue ? payload["host"]?.string : nil
    }
}

extension [Entry] {
    /// Sorted by event time; at the same time by sequence.
    var byTime: [Entry] { sorted { ($0.time, $0.sequence) < ($1.time, $1.sequence) } }
}
