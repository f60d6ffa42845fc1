internal import Commands
public import Ledger
public import Projections

/// One attempt to bring a release to an environment, whatever its result.
public struct Attempt: Hashable, Sendable {
    /// The result of an attempt.
    public enum Ending: String, Sendable {
        case finished, failed, abandoned
        /// It failed; the previous release was put back and observed.
        case putBack = "put back"
        /// It ended with some hosts changed, and others unchanged or unknown.
        case partial
        /// It is under way, or was interrupted and can be resumed.
        case open
    }
    public let service: ServiceName?
    public let release: Release?
    public let isRevert: Bool
    public let ending: Ending
    /// Its number among the deploys of the environment; `nil` if it did not deploy anything.
    public let number: Int?
    /// The number of its run; `nil` if another tool carried it out.
    public let run: Int?
    /// The entry that records the result.
    public let entry: Int
    public let time: Timestamp
    public let by: String
    public let approvers: [String]
    /// Who bypassed the approvals; `nil` without a bypass.
    public let bypassedBy: String?
    /// The reason of the plan, and the reason of the result.
    public let reason: String?
    public let why: String?
    /// Whether it was recorded after a later one.
    public let isLate: Bool
}

/// Every attempt of an environment: finished, failed, abandoned, or under way.
public struct Attempts: Sendable {
    let projector: Projector

    public init(_ projector: Projector) { self.projector = projector }

    /// The attempts by the time at which they ended, the oldest first; as of a sequence.
    public func attempts(
        of service: ServiceName?, in name: EnvironmentName, at sequence: Int? = nil
    ) async throws -> [Attempt] {
        let past = try await projector.deployments(of: nil, in: name, at: sequence)
        let finished = Dictionary(past.map { ($0.entry, $0) }) { first, _ in first }
        let runs = try await projector.runs(in: name, at: sequence)
        let byID = Dictionary(runs.map { ($0.id, $0) }) { first, _ in first }
        var filter = EntryFilter()
        filter.environments = [name]
        filter.kinds = EventKind.endsOfRuns.map(\.rawValue)
        if let sequence { filter.limit(upto: sequence) }
        var ends: [Entry] = []
        try await projector.store.each(filter) { ends.append($0) }
        let corrections = try await projector.corrections(at: sequence)
        var attempts: [(moment: Timestamp, attempt: Attempt)] = []
        // The last entry about each service: the effects of an own run came after it.
        var latest: [ServiceName?: Timestamp] = [:]
        for var entry in ends {
            if let right = corrections[entry.sequence] {
                entry.draft.subject = right.subject
                if let time = right.correctedTime { entry.draft.time = time }
            }
            let run = entry.isOfOwnRun ? entry.draft.correlation.flatMap { byID[$0] } : nil
            let known = latest[entry.subject.service] ?? entry.time
            let isLate = !entry.isOfOwnRun && entry.time < known
            let moment = entry.isOfOwnRun ? max(entry.time, known) : entry.time
            latest[entry.subject.service] = max(moment, known)
            if let done = finished[entry.sequence] {
                attempts.append((moment, Attempt(done, entry, run, isLate: isLate)))
            } else {
                attempts += try await without(entry, run, isLate: isLate).map { (moment, $0) }
            }
        }
        for run in runs where run.state == .running {
            attempts += try await moves(of: run).map { Attempt($0, run) }.map { ($0.time, $0) }
        }
        return attempts.filter { $0.attempt.isAbout(service) }
            .sorted { ($0.moment, $0.attempt.entry) < ($1.moment, $1.attempt.entry) }
            .map(\.attempt)
    }

    /// Runs that ended without their release: one attempt for each service of the plan.
    private func without(
        _ entry: Entry, _ run: RunView?, isLate: Bool
    ) async throws -> [Attempt] {
        guard let run else { return [Attempt(entry, isLate: isLate)] }
        let trace = try await Trace(of: run.id, in: projector.store)
        // A plan that was rejected before it began is not an attempt.
        guard trace.began else { return [] }
        return try await moves(of: run).filter {
            entry.subject.service == nil || $0.service == entry.subject.service
        }.map { Attempt($0, run, entry, trace) }
    }

    private func moves(of run: RunView) async throws -> [Plan.Move] {
        guard let hash = run.plan, let bytes = try await projector.store.content(hash) else {
            return []
        }
        return try Plan(content: bytes).moves
    }
}

/// The effects of a run before it ended: the hosts that it changed, and the observations.
private struct Trace {
    var began = false
    private var touched: Set<Place> = []
    private var seen: [Place: Release] = [:]
    private struct Place: Hashable {
        let service: ServiceName
        let host: HostName
    }

    init(of run: EntryID, in store: any EventReader) async throws {
        var filter = EntryFilter()
        filter.correlations = [run]
        filter.kinds = [
            EventKind.deployStarted.rawValue, EventKind.revertStarted.rawValue,
            EventKind.stepStarted.rawValue, EventKind.hostObserved.rawValue,
        ]
        var trace: [Entry] = []
        try await store.each(filter) { trace.append($0) }
        for entry in trace {
            guard let service = entry.subject.service,
                let host = entry.payload["host"]?.string.flatMap(HostName.init(rawValue:))
            else {
                began = true
                continue
            }
            let place = Place(service: service, host: host)
            if entry.kind == EventKind.stepStarted.rawValue {
                touched.insert(place)
            } else {
                seen[place] = Release(entry.subject)
            }
        }
    }

    /// Whether some hosts have the release, and others do not or are unknown.
    func isPartial(_ move: Plan.Move) -> Bool {
        let places = move.hosts.map { Place(service: move.service, host: $0) }
        let changed = places.filter { seen[$0]?.runsTheSame(as: move.to) == true }
        if !changed.isEmpty { return changed.count < places.count }
        if places.contains(where: { seen[$0] != nil }) { return false }
        let count = places.count(where: touched.contains)
        return count > 0 && count < places.count
    }
}

extension Attempt {
    func isAbout(_ wanted: ServiceName?) -> Bool {
        wanted == nil || service == nil || service == wanted
    }

    fileprivate init(_ past: PastRelease, _ entry: Entry, _ run: RunView?, isLate: Bool) {
        self.init(
            service: past.release.service, release: past.release, isRevert: past.isRevert,
            ending: .finished, number: past.number, run: run?.number, entry: past.entry,
            time: past.time, by: past.by, approvers: Self.approvers(run),
            bypassedBy: run?.bypass?.by, reason: run?.reason,
            why: nil, isLate: isLate)
    }

    fileprivate init(_ entry: Entry, isLate: Bool) {
        let kind = EventKind(rawValue: entry.kind)
        self.init(
            service: entry.subject.service, release: Release(entry.subject),
            isRevert: [.revertFailed, .revertAbandoned].contains(kind),
            ending: Self.ending(kind),
            number: nil, run: nil, entry: entry.sequence, time: entry.time, by: entry.by.name,
            approvers: [], bypassedBy: nil, reason: nil, why: entry.payload["reason"]?.string,
            isLate: isLate)
    }

    fileprivate init(_ move: Plan.Move, _ run: RunView, _ entry: Entry, _ trace: Trace) {
        let isGivenUp = run.state == .abandoned
        let ending: Ending =
            entry.saysAfterLooking("putBack")
            ? .putBack : trace.isPartial(move) ? .partial : isGivenUp ? .abandoned : .failed
        self.init(
            service: move.service, release: move.to, isRevert: run.kind == .revert,
            ending: ending, number: nil, run: run.number, entry: entry.sequence, time: entry.time,
            by: entry.by.name, approvers: Self.approvers(run),
            bypassedBy: run.bypass?.by, reason: run.reason,
            why: entry.payload["reason"]?.string, isLate: false)
    }

    fileprivate init(_ move: Plan.Move, _ run: RunView) {
        self.init(
            service: move.service, release: move.to, isRevert: run.kind == .revert, ending: .open,
            number: nil, run: run.number, entry: run.number, time: run.time, by: run.by,
            approvers: Self.approvers(run),
            bypassedBy: run.bypass?.by, reason: run.reason, why: nil, isLate: false)
    }

    private static func ending(_ kind: EventKind?) -> Ending {
        switch kind {
        case .deployFinished, .revertFinished: .finished
        case .deployAbandoned, .revertAbandoned: .abandoned
        default: .failed
        }
    }

    private static func approvers(_ run: RunView?) -> [String] {
        var names: [String] = []
        for approval in run?.approvals ?? [] where !names.contains(approval.by) {
            names.append(approval.by)
        }
        return names
    }
}
