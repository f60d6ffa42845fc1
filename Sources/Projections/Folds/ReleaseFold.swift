public import Ledger

/// What each tag names: `api@v1.0.0` for a service, `@v1.0.0` for a tag of the source repository.
public struct ReleaseFold: StoredView {
    public let name = "release"
    public let version = 1
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
        if entry.kind == EventKind.eventCorrected.rawValue, entry.subject.environment != nil {
            return []
        }
        return [Self.key(entry.subject.service, tag)]
    }

    public func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
        guard let state = EventKind(rawValue: entry.kind).flatMap({ Self.states[$0] }) else {
            return row
        }
        if entry.kind == EventKind.buildFinished.rawValue,
            entry.payload["outcome"]?.string == Outcome.failed.rawValue
        {
            return row
        }
        var line = ViewRow(key: key, entry, state: state)
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
        return line
    }
}
