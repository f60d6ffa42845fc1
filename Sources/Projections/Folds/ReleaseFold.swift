public import Ledger

/// What each tag names: `api@v1.0.0` for a service, `@v1.0.0` for a tag of the source repository.
public struct ReleaseFold: StoredView {
    public let name = "release"
    public let version = 2
    public init() {}

    /// The key of a tag's line; without a service, of the repository's tag.
    public static func key(_ service: ServiceName?, _ tag: ReleaseTag) -> String {
        "\(service?.rawValue ?? "")@\(tag)"
    }

    private static let states: [EventKind: String] = [
        .imageTagged: "tagged", .buildFinished: "built", .releasePublished: "published",
        .imageDeleted: "deleted", .refCreated: "tagged", .refDeleted: "deleted",
        .eventCorrected: "corrected",
    ]

    public let concern = ViewConcern(kinds: Set(states.keys))

    public func keys(of entry: Entry) -> [String] {
        guard let tag = entry.subject.tag else { return [] }
        let key = Self.key(entry.subject.service, tag)
        guard entry.corrects != nil else { return [key] }
        if entry.subject.environment != nil { return [] }
        guard let former = Self.former(entry), former != key else { return [key] }
        return [former, key]
    }

    /// The key that a correction takes its fact away from.
    private static func former(_ correction: Entry) -> String? {
        let was = correction.payload["was"]
        guard let tag = was?["tag"]?.string.flatMap(ReleaseTag.init(rawValue:)) else { return nil }
        return key(was?["service"]?.string.flatMap(ServiceName.init(rawValue:)), tag)
    }

    /// The line without what was wrongly said of it: it stands as before, if anything did.
    private static func takenBack(_ row: ViewRow?, by correction: Entry) -> ViewRow? {
        guard var line = row, let wrong = correction.corrects,
            line.since == wrong || line.number == wrong
        else { return row }
        guard let before = line.details["before"], let state = before["state"]?.string else {
            return nil
        }
        line.state = state
        line.subject.digest = before["digest"]?.string.flatMap(ImageDigest.init(rawValue:))
        line.subject.revision = before["revision"]?.string.flatMap(Revision.init(rawValue:))
        (line.number, line.detail) = (nil, nil)
        return line
    }

    public func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
        if entry.corrects != nil,
            key != entry.subject.tag.map({ Self.key(entry.subject.service, $0) })
        {
            return Self.takenBack(row, by: entry)
        }
        guard let state = EventKind(rawValue: entry.kind).flatMap({ Self.states[$0] }) else {
            return row
        }
        if entry.kind == EventKind.buildFinished.rawValue,
            entry.payload["outcome"]?.string == Outcome.failed.rawValue
        {
            return row
        }
        var line = ViewRow(key: key, entry, state: state, number: entry.corrects)
        line.subject.environment = nil
        // A later word that leaves something out does not take it back, as long as it speaks of the
        // same image; a tag that moved to another digest says nothing of the old revision any more.
        if let row, state != "deleted", line.subject.digest == nil {
            line.subject.digest =
                line.subject.revision == row.subject.revision
                    || line.subject.revision == nil ? row.subject.digest : nil
        }
        if let row, line.subject.revision == nil, line.subject.digest == row.subject.digest {
            line.subject.revision = row.subject.revision
        }
        if let row, let wrong = entry.corrects, row.since == wrong || row.number == wrong {
            line.detail = row.detail
            return line
        }
        // A tag that was given to something else: kept in case that turns out to be a mistake.
        if let row,
            line.subject.digest != row.subject.digest
                || line.subject.revision != row.subject.revision
        {
            var before: [String: JSONValue] = ["state": .string(row.state)]
            before["digest"] = row.subject.digest.map { .string($0.rawValue) }
            before["revision"] = row.subject.revision.map { .string($0.rawValue) }
            line.detail = Canonical.text(["before": .object(before)])
        }
        return line
    }
}
