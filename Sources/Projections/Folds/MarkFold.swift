public import Ledger

/// Active fences, pins, freezes and unreviewed bypasses, by the time at which they were set and
/// removed.
public struct MarkFold: StoredView {
    public let name = "mark"
    public let version = 7
    public let isKey = true
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
        var detail = row?.detail(as: MarkDetail.self) ?? .empty
        guard detail.add(entry, kind) else { return row }
        return detail.line(key, kind, entry)
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

extension MarkDetail {
    /// The state of a removed mark. Its line is kept: a late fact that set the mark must be
    /// compared with the later removal.
    private static let removed = "removed"
    /// Maximum number of kept facts that set a mark; of more, the first and the newest are kept.
    private static let mostWords = 100

    /// False if the mark was removed later; then nothing changes.
    fileprivate mutating func add(_ entry: Entry, _ kind: Mark.Kind) -> Bool {
        // Only freezes may be recorded from outside with a time. This ledger's own commands use the
        // recording time: a clock that was set back must not keep a fence from being lifted.
        let isOwn = kind != .freeze && entry.draft.source == nil
        let isFromElsewhere = kind != .freeze && entry.draft.source != nil
        let moment = Moment(
            (isOwn ? entry.recorded : entry.time).microseconds, entry.sequence)
        let known = [removed, isFromElsewhere ? removedElsewhere : nil].compactMap(\.self).max()
        if let known, moment < known { return false }
        let ends: [EventKind] = [.fenceLifted, .pinRemoved, .freezeEnded, .approvalReviewed]
        if ends.contains(where: { $0.rawValue == entry.kind }) {
            if isFromElsewhere { removedElsewhere = moment } else { removed = moment }
            words.removeAll { $0.at < moment && ($0.isFromElsewhere || !isFromElsewhere) }
            return true
        }
        var word = Word(entry, at: moment)
        word.isFromElsewhere = isFromElsewhere
        words.append(word)
        words.sort { $0.at < $1.at }
        if words.count > Self.mostWords { words.remove(at: 1) }
        return true
    }

    /// The resulting line. The first fact that raised a fence gives its reason; later ones can name
    /// its fix. For the other marks the last fact counts. Facts from other ledgers count only if
    /// there are no own facts.
    fileprivate func line(_ key: String, _ kind: Mark.Kind, _ entry: Entry) -> ViewRow {
        var detail = self
        detail.terms = Terms()
        let own = words.filter { !$0.isFromElsewhere }
        let deciding = own.isEmpty ? words : own
        guard let word = kind == .fence ? deciding.first : deciding.last else {
            return ViewRow(key: key, entry, state: Self.removed, detail: detail)
        }
        detail.terms = word.terms
        if kind == .fence, let fixes = deciding.last(where: { $0.terms.fixedBy != nil }) {
            detail.terms.fixedBy = fixes.terms.fixedBy
        }
        return ViewRow(
            key: key, subject: word.subject, state: kind.rawValue, number: word.at.entry,
            time: word.time, by: word.by, detail: detail, since: entry.sequence)
    }
}
