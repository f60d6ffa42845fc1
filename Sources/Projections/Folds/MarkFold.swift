public import Ledger

/// Fences, pins, freezes, and bypasses that nobody has reviewed: which of them stand, by the time
/// at which they were set and removed.
public struct MarkFold: StoredView {
    public let name = "mark"
    public let version = 6
    public init() {}

    public let concern = ViewConcern(kinds: [
        .fenceRaised, .fenceLifted, .pinSet, .pinRemoved, .freezeStarted, .freezeEnded,
        .approvalBypassed, .approvalReviewed,
    ])

    /// `fence/production:api v1.0.0`: an environment's name has no colon, a service's no space.
    public func keys(of entry: Entry) -> [String] {
        guard let kind = Self.kind(of: entry), let environment = entry.subject.environment else {
            return []
        }
        let place = "\(kind)/\(environment)"
        switch kind {
        case .fence, .pin:
            // What is marked is the image; a tag may come to name another one.
            let subject = entry.subject
            let release =
                subject.digest?.rawValue ?? subject.revision?.rawValue
                ?? subject.tag?.rawValue ?? ""
            return ["\(place):\(subject.service?.rawValue ?? "") \(release)"]
        case .freeze: return [place]
        case .bypass:
            // An entry from another ledger reviews no run of this one.
            guard entry.isOfOwnRun else { return [] }
            return ["\(place):\(entry.draft.correlation?.description ?? "")"]
        }
    }

    public func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
        guard let kind = Self.kind(of: entry) else { return row }
        var course = MarkCourse(row)
        guard course.take(entry, kind) else { return row }
        return course.line(key, kind, entry)
    }

    private static func kind(of entry: Entry) -> Mark.Kind? {
        switch EventKind(rawValue: entry.kind) {
        case .fenceRaised, .fenceLifted: .fence
        case .pinSet, .pinRemoved: .pin
        case .freezeStarted, .freezeEnded: .freeze
        case .approvalBypassed, .approvalReviewed: .bypass
        default: nil
        }
    }
}

/// How it went with one mark: when it was removed last, and who has set it since then.
private struct MarkCourse {
    /// A mark that does not stand. Its line stays: a late word that it was set must find the
    /// removal that came after it.
    private static let removed = "removed"
    /// So many words that a mark was set are kept: of more, the first and the newest.
    private static let mostWords = 100

    private var removal: Course.Moment?
    /// Another ledger lifts its own fences, and none of this one.
    private var removalElsewhere: Course.Moment?
    /// Who has set it since, the earliest first.
    private var words: [Word] = []

    private struct Word {
        let moment: Course.Moment
        var members: [String: JSONValue]
        var isFromElsewhere: Bool { members["elsewhere"] != nil }
    }

    init(_ row: ViewRow?) {
        guard let details = row?.details else { return }
        removal = Course.Moment(details["removed"])
        removalElsewhere = Course.Moment(details["removedElsewhere"])
        words = (details["words"]?.array ?? []).compactMap { word in
            Course.Moment(word["at"]).map { Word(moment: $0, members: word.object ?? [:]) }
        }
    }

    /// False if the mark is known to have been removed later: nothing changes.
    mutating func take(_ entry: Entry, _ kind: Mark.Kind) -> Bool {
        // Only a freeze is recorded by anybody. What this ledger's own verbs say happened when it
        // was recorded: a clock that was set back must keep no fence from being lifted.
        let isOwn = kind != .freeze && entry.draft.source == nil
        let isFromElsewhere = kind != .freeze && entry.draft.source != nil
        let moment = Course.Moment(
            (isOwn ? entry.recorded : entry.time).microseconds, entry.sequence)
        let known = [removal, isFromElsewhere ? removalElsewhere : nil].compactMap(\.self).max()
        if let known, moment < known { return false }
        let ends: [EventKind] = [.fenceLifted, .pinRemoved, .freezeEnded, .approvalReviewed]
        if ends.contains(where: { $0.rawValue == entry.kind }) {
            if isFromElsewhere { removalElsewhere = moment } else { removal = moment }
            words.removeAll { $0.moment < moment && ($0.isFromElsewhere || !isFromElsewhere) }
            return true
        }
        var members: [String: JSONValue] = [
            "at": moment.json, "time": .string(entry.time.description),
            "by": .string(entry.by.name),
        ]
        if isFromElsewhere { members["elsewhere"] = true }
        let payload = entry.payload
        for name in ["reason", "until", "fixedBy", "run"] { members[name] = payload[name] }
        for (name, value) in entry.subject.fields { members[name] = .string(value) }
        words.append(Word(moment: moment, members: members))
        words.sort { $0.moment < $1.moment }
        if words.count > Self.mostWords { words.remove(at: 1) }
        return true
    }

    /// The line that this comes to. Who raised a fence first says why it stands, and who raised it
    /// again names its fix; of the other marks the last word counts. Words from elsewhere count
    /// where there are no others.
    func line(_ key: String, _ kind: Mark.Kind, _ entry: Entry) -> ViewRow {
        var detail: [String: JSONValue] = [:]
        detail["removed"] = removal?.json
        detail["removedElsewhere"] = removalElsewhere?.json
        let own = words.filter { !$0.isFromElsewhere }
        let deciding = own.isEmpty ? words : own
        guard var word = (kind == .fence ? deciding.first : deciding.last)?.members else {
            return ViewRow(
                key: key, entry, state: Self.removed, detail: Canonical.text(.object(detail)))
        }
        if kind == .fence, let fixes = deciding.last(where: { $0.members["fixedBy"] != nil }) {
            word["fixedBy"] = fixes.members["fixedBy"]
        }
        for name in ["reason", "until", "fixedBy", "run"] { detail[name] = word[name] }
        detail["words"] = .array(words.map { .object($0.members) })
        func name<N: Name>(_ field: String) -> N? { word[field]?.string.flatMap(N.init(rawValue:)) }
        return ViewRow(
            key: key,
            subject: Subject(
                environment: name("environment"), service: name("service"), tag: name("tag"),
                digest: name("digest"), revision: name("revision")),
            state: kind.rawValue, number: Course.Moment(word["at"])?.entry,
            time: word["time"]?.string.flatMap { Timestamp($0) } ?? entry.time,
            by: word["by"]?.string ?? "", detail: Canonical.text(.object(detail)),
            since: entry.sequence)
    }
}
