internal import Ledger

/// The detail of the view `environment`: the history of one service in one environment.
struct EnvironmentDetail: ViewDetail {
    /// When the current release was deployed, if it is not the line's time.
    var at: Moment?
    /// When a run last started, and when one ended without a release.
    var began: Moment?
    var ended: Moment?
    /// Whether a run of this ledger started last.
    var isOwnStart = false
    /// Whether a run reported that it observed the release, or the restored one.
    var isVerified = false
    var isPutBack = false
    /// SHA-256 of the bundle of the current release.
    var bundle: String?
    /// The last correction of the current release.
    var corrected: Int?
    /// The release before an externally reported deploy, whose time may be corrected.
    var former: FormerRelease?
    /// The last observation of each host, by name.
    var hosts: [String: SeenHost] = [:]

    init() {}

    init(_ json: JSONValue) {
        at = Moment(json["at"])
        began = Moment(json["began"])
        ended = Moment(json["ended"])
        isOwnStart = json["own"]?.bool ?? false
        isVerified = json["verified"]?.bool ?? false
        isPutBack = json["putBack"]?.bool ?? false
        bundle = json["bundle"]?.string
        corrected = json["corrected"]?.integer
        former = json["former"].flatMap { Moment($0["at"]) == nil ? nil : FormerRelease($0) }
        hosts = (json["hosts"]?.object ?? [:]).mapValues(SeenHost.init)
    }

    func write(to members: inout MemberWriter) {
        members.set("at", at)
        members.set("began", began)
        members.set("bundle", bundle)
        members.set("corrected", corrected)
        members.set("ended", ended)
        members.set("former", former)
        members.set("hosts", byName: hosts)
        members.set("own", if: isOwnStart)
        members.set("putBack", if: isPutBack)
        members.set("verified", if: isVerified)
    }
}

/// The last observation of a service on a host.
struct SeenHost: ViewDetail {
    /// The entry of the observation, and its time.
    var entry: Int
    var time: Timestamp?
    var isReachable: Bool
    /// Its place in the history, if it is not its time.
    var at: Moment?
    var tag: String?
    var digest: String?
    var revision: String?

    init(_ entry: Entry, isReachable: Bool) {
        self.entry = entry.sequence
        time = entry.time
        self.isReachable = isReachable
        tag = entry.subject.tag?.rawValue
        digest = entry.subject.digest?.rawValue
        revision = entry.subject.revision?.rawValue
    }

    init(_ json: JSONValue) {
        entry = json["entry"]?.integer ?? 0
        time = json["time"]?.string.flatMap { Timestamp($0) }
        isReachable = json["reachable"]?.bool ?? true
        at = Moment(json["at"])
        tag = json["tag"]?.string
        digest = json["digest"]?.string
        revision = json["revision"]?.string
    }

    func write(to members: inout MemberWriter) {
        members.set("at", at)
        members.set("digest", digest)
        members.set("entry", entry)
        members.set("reachable", isReachable)
        members.set("revision", revision)
        members.set("tag", tag)
        members.set("time", time?.description)
    }

    /// When it counts; `nil` for an observation without a time.
    var moment: Moment? { at ?? time.map { Moment($0.microseconds, entry) } }
}

/// A past release, with the data needed to make it the current one again.
struct FormerRelease: ViewDetail {
    let moment: Moment
    var tag: ReleaseTag?
    var digest: ImageDigest?
    var revision: Revision?
    let by: String
    var isVerified = false
    var bundle: String?

    init(_ moment: Moment, _ subject: Subject, by: String) {
        self.moment = moment
        (tag, digest, revision) = (subject.tag, subject.digest, subject.revision)
        self.by = by
    }

    init(_ json: JSONValue) {
        moment = Moment(json["at"]) ?? Moment(.min, 0)
        // An entry had these names.
        tag = json["tag"]?.string.map(ReleaseTag.init(unchecked:))
        digest = json["digest"]?.string.map(ImageDigest.init(unchecked:))
        revision = json["revision"]?.string.map(Revision.init(unchecked:))
        by = json["by"]?.string ?? ""
        isVerified = json["verified"]?.bool ?? false
        bundle = json["bundle"]?.string
    }

    func write(to members: inout MemberWriter) {
        members.set("at", moment)
        members.set("bundle", bundle)
        members.set("by", by)
        members.set("digest", digest?.rawValue)
        members.set("revision", revision?.rawValue)
        members.set("tag", tag?.rawValue)
        members.set("verified", if: isVerified)
    }
}
