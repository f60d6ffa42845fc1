internal import Ledger

/// The history of one service in one environment, ordered by event time: the last deploy that
/// finished, started and stopped, and the last observation of each host.
///
/// Each part keeps only the latest fact, so facts may arrive in any order. A run of this ledger
/// counts as later than everything recorded before it. A wrong clock must never hide a deploy.
struct ServiceTimeline {
    typealias State = ServiceState.State

    private var finish: Moment?
    private var start: Moment?
    private var stop: Moment?
    /// A run of this ledger started last: earlier observations of hosts no longer count.
    private var isOwnStart = false
    private var saysVerified = false
    private var saysPutBack = false
    private var bundle: String?
    private var hosts: [String: SeenHost] = [:]
    /// The release before an externally reported deploy, whose time may be corrected.
    private var former: FormerRelease?
    var corrected: Int?
    /// Whether a run of this ledger deployed the current release.
    var isOfOwnDeploy: Bool { bundle != nil }

    init(_ row: ViewRow?) {
        guard let row else { return }
        finish = row.number.map { Moment(row.time.microseconds, $0) }
        guard row.lineDetail != nil else {
            saysVerified = row.state == State.verified.rawValue
            return
        }
        let detail = row.detail(as: EnvironmentDetail.self)
        finish = detail.at ?? finish
        (start, stop, isOwnStart) = (detail.began, detail.ended, detail.isOwnStart)
        (saysVerified, saysPutBack) = (detail.isVerified, detail.isPutBack)
        (bundle, hosts, corrected) = (detail.bundle, detail.hosts, detail.corrected)
        former = detail.former
    }

    // MARK: What is added

    func moment(of entry: Entry) -> Moment {
        guard entry.isOfOwnRun else { return Moment(entry.time.microseconds, entry.sequence) }
        let last = ([finish, start, stop] + hosts.values.map(\.moment)).compactMap(\.self).max()
        return Moment(max(entry.time.microseconds, last?.time ?? 0), entry.sequence)
    }

    /// Applies a finished deploy. False if a later one is known.
    mutating func finishes(_ entry: Entry, _ moment: Moment, over row: ViewRow?) -> Bool {
        if let finish, moment < finish { return false }
        former = entry.isOfOwnRun ? nil : row.flatMap(FormerRelease.init(current:))
        let ofThis = isOwnStart && isChanging ? start : nil
        if let start, start < moment, ofThis == nil { self.start = nil }
        if let stop, stop < moment { self.stop = nil }
        // Earlier observations concern another release, and possibly other hosts.
        hosts = hosts.filter { ($0.value.moment ?? moment) > ofThis ?? moment }
        finish = moment
        saysVerified = entry.saysAfterLooking("verified")
        saysPutBack = false
        corrected = nil
        // Only runs of this ledger store bundles.
        bundle = entry.isOfOwnRun ? entry.payload(ifItMentions: "bundle")?["bundle"]?.string : nil
        return true
    }

    /// Applies a corrected deploy time. False if the current state does not depend on it.
    mutating func moves(
        _ row: inout ViewRow, _ corrected: Int, to time: Timestamp, _ correction: Entry
    ) -> Bool {
        let moment = Moment(time.microseconds, corrected)
        let before = former
        if row.number != corrected {
            // The correction concerns another deploy, which may now be the last one.
            guard let finish, finish < moment else { return false }
            former = FormerRelease(current: row)
            take(FormerRelease(moment, correction.subject, by: correction.by.name), &row)
        } else if let before, moment < before.moment {
            former = nil
            take(before, &row)
        } else {
            finish = moment
            row.time = time
        }
        return true
    }

    private mutating func take(_ other: FormerRelease, _ row: inout ViewRow) {
        (finish, saysVerified, bundle) = (other.moment, other.isVerified, other.bundle)
        corrected = nil
        (row.subject.tag, row.subject.digest, row.subject.revision) = (
            other.tag, other.digest, other.revision
        )
        row.number = other.moment.entry
        row.time = Timestamp(microseconds: other.moment.time)
        row.by = other.by
    }

    mutating func starts(_ entry: Entry, _ moment: Moment) -> Bool {
        if let last = [finish, start, stop].compactMap(\.self).max(), moment < last {
            return false
        }
        start = moment
        isOwnStart = entry.isOfOwnRun
        return true
    }

    /// Applies a run that ended without a release. A run that never started changed nothing.
    mutating func stops(_ entry: Entry, _ moment: Moment) -> Bool {
        if entry.isOfOwnRun, !isChanging { return false }
        if let last = [finish, start, stop].compactMap(\.self).max(), moment < last {
            return false
        }
        stop = moment
        saysPutBack = entry.saysAfterLooking("putBack")
        return true
    }

    mutating func sees(_ entry: Entry, _ moment: Moment) -> Bool {
        let payload = entry.payload
        guard let host = payload["host"]?.string else { return false }
        let last = [hosts[host]?.moment, finish]
        if let last = last.compactMap(\.self).max(), moment < last { return false }
        var seen = SeenHost(entry, isReachable: payload["reachable"]?.bool ?? true)
        if moment.time != entry.time.microseconds { seen.at = moment }
        hosts[host] = seen
        return true
    }

    // MARK: What it comes to

    /// The view line of this history.
    func line(_ row: ViewRow) -> ViewRow {
        var row = row
        var detail = EnvironmentDetail()
        if let finish, row.number != nil, finish.time != row.time.microseconds {
            detail.at = finish
        }
        (detail.began, detail.ended) = (start, stop)
        detail.isOwnStart = isOwnStart && start != nil
        detail.isPutBack = saysPutBack
        (detail.bundle, detail.corrected) = (bundle, corrected)
        (detail.former, detail.hosts) = (former, hosts)
        row.state = state(of: Release(row.subject)).rawValue
        if saysVerified, detail != EnvironmentDetail() || row.state != State.verified.rawValue {
            detail.isVerified = true
        }
        row.lineDetail = detail == EnvironmentDetail() ? nil : detail
        return row
    }

    private var isChanging: Bool {
        guard let start else { return false }
        return [finish, stop].allSatisfy { $0.map { $0 < start } ?? true }
    }

    private func state(of release: Release?) -> State {
        if isChanging { return .changing }
        guard let release, let finish else { return .unknown }
        let seen = hosts.values.compactMap(\.moment)
        if let stop, stop > finish {
            // A run that reports a restored release has observed it.
            if saysPutBack, seen.allSatisfy({ $0 < stop }) { return .verified }
            if hosts.isEmpty { return .unknown }
            // After an unfinished run only observations since its start count.
            if isOwnStart, let start, seen.contains(where: { $0 < start }) { return .unknown }
            return byHosts(release)
        }
        let isAskedAgain = corrected != nil && !hosts.isEmpty
        guard isAskedAgain || seen.contains(where: { $0 > finish }) else {
            return saysVerified ? .verified : .unverified
        }
        return byHosts(release)
    }

    /// The state of a release according to the last observations of the hosts.
    private func byHosts(_ release: Release) -> State {
        let hosts = HostState.all(hosts)
        if hosts.contains(where: { !$0.reachable }) { return .unknown }
        let wrong = hosts.filter { $0.runsOther(than: release) }
        if !wrong.isEmpty { return wrong.count == hosts.count ? .drifted : .mixed }
        // Values that cannot be compared (for example a digest with a commit) prove neither.
        return hosts.allSatisfy { $0.runs(release) } ? .verified : .unverified
    }
}

extension FormerRelease {
    /// The current release of a line.
    fileprivate init?(current row: ViewRow) {
        guard Release(row.subject) != nil, let number = row.number else { return nil }
        let detail = row.detail(as: EnvironmentDetail.self)
        self.init(
            detail.at ?? Moment(row.time.microseconds, number), row.subject, by: row.by)
        isVerified = detail.isVerified || row.state == ServiceState.State.verified.rawValue
        bundle = detail.bundle
    }
}
