public import Ledger

/// Active fences, pins, freezes and unreviewed bypasses, by the time at which they were set and
/// removed.
public struct MarkFold: StoredView {
    public let name = "mark"
    public let version = 6
    public init() {}

    public let concern = ViewConcern(kinds: [
        .fenceRaised, .fenceLifted, .pinSet, .pinRemoved, .freezeStarted, .freezeEnded,
        .approvalBypassed, .approvalReviewed,
    ])

    /// `fence/production:api v1.0.0`: an environment's name contains no colon, a service's no
    /// space.
    public func keys(of entry: Entry) -> [String] {
        guard let kind = Self.kind(of: entry), let environment = entry.subject.environment else {
            return []
        }
        let place = "\(kind)/\(environment)"
        switch kind {
        case .fence, .pin:
            // The mark concerns the image, because a tag may move to another image.
            let subject = entry.subject
            let release =
                subject.digest?.rawValue ?? subject.revision?.rawValue
                ?? subject.tag?.rawValue ?? ""
            return ["\(place):\(subject.service?.rawValue ?? "") \(release)"]
        case .freeze: return [place]
        case .bypass:
            // An entry from another ledger cannot review a run of this one.
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

/// The history of one mark: when it was last removed, and who has set it since then.
private struct MarkCourse {
    /// The state of a removed mark. Its line is kept: a late fact that set the mark must be
    /// compared with the later removal.
    private static let removed = "removed"
    /// Maximum number of kept facts that set a mark; of more, the first and the newest are kept.
    private static let mostWords = 100

    private var removal: Course.Moment?
    /// Removal by another ledger, which lifts its own fences but none of this ledger.
    private var removalElsewhere: Course.Moment?
    /// The facts that have set the mark since, earliest first.
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

    /// False if the mark was removed later; then nothing changes.
    mutating func take(_ entry: Entry, _ kind: Mark.Kind) -> Bool {
        // Only freezes may be recorded from outside with a time. This ledger's own commands use the
        // recording time: a clock that was set back must not keep a fence from being lifted.
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

    /// The resulting line. The first fact that raised a fence gives its reason; later ones can name
    /// its fix. For the other marks the last fact counts. Facts from other ledgers count only if
    /// there are no own facts.
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
