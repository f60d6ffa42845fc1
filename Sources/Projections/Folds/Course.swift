internal import Ledger

/// The history of one service in one environment, ordered by event time: the last deploy that
/// finished, started and stopped, and the last observation of each host.
///
/// Each part keeps only the latest fact, so facts may arrive in any order. A run of this ledger
/// counts as later than everything recorded before it. A wrong clock must never hide a deploy.
struct Course {
    /// When something happened; of two facts with the same time the one recorded later counts.
    struct Moment: Comparable {
        let time: Int64
        let entry: Int

        static func < (one: Moment, other: Moment) -> Bool {
            (one.time, one.entry) < (other.time, other.entry)
        }
        var json: JSONValue { .array([JSONValue(Int(time)), JSONValue(entry)]) }
        init(_ time: Int64, _ entry: Int) { (self.time, self.entry) = (time, entry) }
        init?(_ json: JSONValue?) {
            guard let parts = json?.array, parts.count == 2, let time = parts[0].integer,
                let entry = parts[1].integer
            else { return nil }
            self.init(Int64(time), entry)
        }
    }
    typealias State = ServiceState.State

    private var finish: Moment?
    private var start: Moment?
    private var stop: Moment?
    /// A run of this ledger started last: earlier observations of hosts no longer count.
    private var isOwnStart = false
    private var saysVerified = false
    private var saysPutBack = false
    private var bundle: JSONValue?
    private var hosts: [String: JSONValue] = [:]
    /// The release before an externally reported deploy, whose time may be corrected.
    private var former: JSONValue?
    var corrected: Int?
    /// Whether a run of this ledger deployed the current release.
    var isOfOwnDeploy: Bool { bundle != nil }

    init(_ row: ViewRow?) {

        guard let row else { return }
        finish = row.number.map { Moment(row.time.microseconds, $0) }
        guard row.detail != nil else {
            saysVerified = row.state == State.verified.rawValue
            return
        }
        let detail = row.details
        finish = Moment(detail["at"]) ?? finish
        start = Moment(detail["began"])
        stop = Moment(detail["ended"])
        isOwnStart = detail["own"]?.bool ?? false
        saysVerified = detail["verified"]?.bool ?? false
        saysPutBack = detail["putBack"]?.bool ?? false
        bundle = detail["bundle"]
        hosts = detail["hosts"]?.object ?? [:]
        corrected = detail["corrected"]?.integer
        former = detail["former"]
    }

    // MARK: What is added

    func moment(of entry: Entry) -> Moment {
        guard entry.isOfOwnRun else { return Moment(entry.time.microseconds, entry.sequence) }
        let last = ([finish, start, stop] + hosts.values.map(Self.moment)).compactMap(\.self).max()
        return Moment(max(entry.time.microseconds, last?.time ?? 0), entry.sequence)
    }

    /// Applies a finished deploy. False if a later one is known.
    mutating func finishes(_ entry: Entry, _ moment: Moment, over row: ViewRow?) -> Bool {
        if let finish, moment < finish { return false }
        former = entry.isOfOwnRun ? nil : row.flatMap(Former.init)?.json
        let ofThis = isOwnStart && isChanging ? start : nil
        if let start, start < moment, ofThis == nil { self.start = nil }
        if let stop, stop < moment { self.stop = nil }
        // Earlier observations concern another release, and possibly other hosts.
        hosts = hosts.filter { (Self.moment($0.value) ?? moment) > ofThis ?? moment }
        finish = moment
        saysVerified = entry.saysAfterLooking("verified")
        saysPutBack = false
        corrected = nil
        // Only runs of this ledger store bundles.
        bundle = entry.isOfOwnRun ? entry.payload(ifItMentions: "bundle")?["bundle"] : nil
        return true
    }

    /// Applies a corrected deploy time. False if the current state does not depend on it.
    mutating func moves(
        _ row: inout ViewRow, _ corrected: Int, to time: Timestamp, _ correction: Entry
    ) -> Bool {
        let moment = Moment(time.microseconds, corrected)
        let before = former.flatMap(Former.init)
        if row.number != corrected {
            // The correction concerns another deploy, which may now be the last one.
            guard let finish, finish < moment else { return false }
            former = Former(row)?.json
            take(Former(corrected: correction, moment), &row)
        } else if let before, moment < before.moment {
            former = nil
            take(before, &row)
        } else {
            finish = moment
            row.time = time
        }
        return true
    }

    private mutating func take(_ other: Former, _ row: inout ViewRow) {
        (finish, saysVerified, bundle) = (other.moment, other.saysVerified, other.bundle)
        corrected = nil
        (row.subject.tag, row.subject.digest, row.subject.revision) = (
            other.release.tag, other.release.digest, other.release.revision
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
        let last = [hosts[host].flatMap(Self.moment), finish]
        if let last = last.compactMap(\.self).max(), moment < last { return false }
        var seen: [String: JSONValue] = [
            "entry": JSONValue(entry.sequence), "time": .string(entry.time.description),
            "reachable": payload["reachable"] ?? true,
        ]
        if moment.time != entry.time.microseconds { seen["at"] = moment.json }
        for (name, value) in entry.subject.fields where !["environment", "service"].contains(name) {
            seen[name] = .string(value)
        }
        hosts[host] = .object(seen)
        return true
    }

    private static func moment(_ seen: JSONValue) -> Moment? {
        if let at = Moment(seen["at"]) { return at }
        guard let time = seen["time"]?.string.flatMap({ Timestamp($0) }),
            let entry = seen["entry"]?.integer
        else { return nil }
        return Moment(time.microseconds, entry)
    }

    // MARK: What it comes to

    /// The view line of this history.
    func line(_ row: ViewRow) -> ViewRow {
        var row = row
        var detail: [String: JSONValue] = [:]
        if let finish, row.number != nil, finish.time != row.time.microseconds {
            detail["at"] = finish.json
        }
        detail["began"] = start?.json
        detail["ended"] = stop?.json
        if isOwnStart, start != nil { detail["own"] = true }
        if saysPutBack { detail["putBack"] = true }
        detail["bundle"] = bundle
        detail["corrected"] = corrected.map { JSONValue($0) }
        detail["former"] = former
        if !hosts.isEmpty { detail["hosts"] = .object(hosts) }
        row.state = state(of: Release(row.subject)).rawValue
        if saysVerified, !detail.isEmpty || row.state != State.verified.rawValue {
            detail["verified"] = true
        }
        row.detail = detail.isEmpty ? nil : Canonical.text(.object(detail))
        return row
    }

    private var isChanging: Bool {
        guard let start else { return false }
        return [finish, stop].allSatisfy { $0.map { $0 < start } ?? true }
    }

    private func state(of release: Release?) -> State {
        if isChanging { return .changing }
        guard let release, let finish else { return .unknown }
        let seen = hosts.values.compactMap(Self.moment)
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
        let hosts = HostState.all(in: .object(["hosts": .object(hosts)]))
        if hosts.contains(where: { !$0.reachable }) { return .unknown }
        let wrong = hosts.filter { $0.runsOther(than: release) }
        if !wrong.isEmpty { return wrong.count == hosts.count ? .drifted : .mixed }
        // Values that cannot be compared (for example a digest with a commit) prove neither.
        return hosts.allSatisfy { $0.runs(release) } ? .verified : .unverified
    }
}

/// A past release, with the data needed to make it the current one again.
private struct Former {
    let moment: Course.Moment
    let release: Release
    let by: String
    let saysVerified: Bool
    let bundle: JSONValue?

    /// The current release of a line.
    init?(_ row: ViewRow) {
        guard let release = Release(row.subject), let number = row.number else { return nil }
        let details = row.details
        self.release = release
        moment = Course.Moment(details["at"]) ?? Course.Moment(row.time.microseconds, number)
        by = row.by
        saysVerified =
            details["verified"]?.bool ?? (row.state == ServiceState.State.verified.rawValue)
        bundle = details["bundle"]
    }

    /// The release whose time a correction changes.
    init(corrected: Entry, _ moment: Course.Moment) {
        self.moment = moment
        let subject = corrected.subject
        release = Release(
            service: subject.service ?? ServiceName(unchecked: ""), tag: subject.tag,
            digest: subject.digest, revision: subject.revision)
        by = corrected.by.name
        saysVerified = false
        bundle = nil
    }

    init?(_ json: JSONValue) {
        guard let moment = Course.Moment(json["at"]) else { return nil }
        self.moment = moment
        release = Release(
            service: ServiceName(unchecked: ""),
            tag: json["tag"]?.string.flatMap(ReleaseTag.init(rawValue:)),
            digest: json["digest"]?.string.flatMap(ImageDigest.init(rawValue:)),
            revision: json["revision"]?.string.flatMap(Revision.init(rawValue:)))
        by = json["by"]?.string ?? ""
        saysVerified = json["verified"]?.bool ?? false
        bundle = json["bundle"]
    }

    var json: JSONValue {
        var members: [String: JSONValue] = ["at": moment.json, "by": .string(by)]
        members["tag"] = release.tag.map { .string($0.rawValue) }
        members["digest"] = release.digest.map { .string($0.rawValue) }
        members["revision"] = release.revision.map { .string($0.rawValue) }
        if saysVerified { members["verified"] = true }
        members["bundle"] = bundle
        return .object(members)
    }
}
