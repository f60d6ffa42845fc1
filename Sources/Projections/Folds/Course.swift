internal import Ledger

/// How it went with one service in one environment, by the time at which things happened: the last
/// that finished, began and was given up, and what each host was last seen to run.
///
/// Each part keeps the latest word only, so facts may arrive in any order. A run of this ledger
/// itself is believed to come after all that is known when it writes: a clock that goes wrong must
/// never hide a deploy.
struct Course {
    /// When something happened; of two at one time the one recorded later counts.
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
    /// A run of this ledger began last: what hosts ran is asked again since then.
    private var isOwnStart = false
    private var saysVerified = false
    private var saysPutBack = false
    private var bundle: JSONValue?
    private var hosts: [String: JSONValue] = [:]
    /// What ran before somebody else's word of a deploy: its time may be corrected.
    private var former: JSONValue?
    var corrected: Int?
    /// Whether a run of this ledger brought the present release.
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

    /// Takes up that a release runs. False if a later one is known to.
    mutating func finishes(_ entry: Entry, _ moment: Moment, over row: ViewRow?) -> Bool {
        if let finish, moment < finish { return false }
        former = entry.isOfOwnRun ? nil : row.flatMap(Former.init)?.json
        let ofThis = isOwnStart && isChanging ? start : nil
        if let start, start < moment, ofThis == nil { self.start = nil }
        if let stop, stop < moment { self.stop = nil }
        // What was seen before was seen of another release, maybe on another host.
        hosts = hosts.filter { (Self.moment($0.value) ?? moment) > ofThis ?? moment }
        finish = moment
        saysVerified = entry.saysAfterLooking("verified")
        saysPutBack = false
        corrected = nil
        // A bundle is only what an own run kept.
        bundle = entry.isOfOwnRun ? entry.payload(ifItMentions: "bundle")?["bundle"] : nil
        return true
    }

    /// Takes up that a deploy ran at another time than was told. False if nothing of the present
    /// follows from it.
    mutating func moves(
        _ row: inout ViewRow, _ corrected: Int, to time: Timestamp, _ correction: Entry
    ) -> Bool {
        let moment = Moment(time.microseconds, corrected)
        let before = former.flatMap(Former.init)
        if row.number != corrected {
            // Another one: now it may be the last.
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

    /// Takes up that a run ended without a release; one that never began changed nothing.
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

    /// The line with all of this.
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
            // One that says it put the former release back has looked.
            if saysPutBack, seen.allSatisfy({ $0 < stop }) { return .verified }
            if hosts.isEmpty { return .unknown }
            // After a run that did not finish only what was seen since it began counts.
            if isOwnStart, let start, seen.contains(where: { $0 < start }) { return .unknown }
            return byHosts(release)
        }
        let isAskedAgain = corrected != nil && !hosts.isEmpty
        guard isAskedAgain || seen.contains(where: { $0 > finish }) else {
            return saysVerified ? .verified : .unverified
        }
        return byHosts(release)
    }

    /// What the hosts, as last seen, say of a release.
    private func byHosts(_ release: Release) -> State {
        let hosts = HostState.all(in: .object(["hosts": .object(hosts)]))
        if hosts.contains(where: { !$0.reachable }) { return .unknown }
        let wrong = hosts.filter { $0.runsOther(than: release) }
        if !wrong.isEmpty { return wrong.count == hosts.count ? .drifted : .mixed }
        // What cannot be compared (a digest with a commit, say) shows neither.
        return hosts.allSatisfy { $0.runs(release) } ? .verified : .unverified
    }
}

/// A release that ran, as much of it as makes it the present one again.
private struct Former {
    let moment: Course.Moment
    let release: Release
    let by: String
    let saysVerified: Bool
    let bundle: JSONValue?

    /// The present one of a line.
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

    /// The one whose time a correction puts right.
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
