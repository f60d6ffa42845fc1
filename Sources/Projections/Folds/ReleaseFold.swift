public import Ledger

/// What each tag names: `api@v1.0.0` for a service, `@v1.0.0` for a tag of the source repository.
///
/// The number is the entry that said so last. What earlier entries said of the tag is kept in the
/// detail: a correction may take the last word back.
public struct ReleaseFold: StoredView {
    public let name = "release"
    public let version = 2
    public init() {}

    /// The key of a tag's line; without a service, of the repository's tag.
    public static func key(_ service: ServiceName?, _ tag: ReleaseTag) -> String {
        "\(service?.rawValue ?? "")@\(tag)"
    }

    private static let states: [String: String] = [
        EventKind.imageTagged.rawValue: "tagged", EventKind.buildFinished.rawValue: "built",
        EventKind.releasePublished.rawValue: "published",
        EventKind.imageDeleted.rawValue: "deleted", EventKind.refCreated.rawValue: "tagged",
        EventKind.refDeleted.rawValue: "deleted",
    ]

    public let concern = ViewConcern(kinds: [
        .imageTagged, .buildFinished, .releasePublished, .imageDeleted, .refCreated, .refDeleted,
        .eventCorrected,
    ])

    public func keys(of entry: Entry) -> [String] {
        if Self.state(of: entry) == nil { return [] }
        let own = entry.subject.tag.map { Self.key(entry.subject.service, $0) }
        let former = Self.former(entry)
        return Set([own, former].compactMap(\.self)).sorted()
    }

    /// What the entry, or the one that it corrects, makes of a tag.
    private static func state(of entry: Entry) -> String? {
        let kind = entry.corrects == nil ? entry.kind : entry.payload["of"]?.string ?? ""
        return entry.isOfFailedBuild ? nil : states[kind]
    }

    /// The key that a correction takes its fact away from.
    private static func former(_ entry: Entry) -> String? {
        guard entry.corrects != nil, let was = entry.payload["was"],
            let tag = was["tag"]?.string.flatMap(ReleaseTag.init(rawValue:))
        else { return nil }
        return key(was["service"]?.string.flatMap(ServiceName.init(rawValue:)), tag)
    }

    public func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
        guard let state = Self.state(of: entry) else { return row }
        var words = row.map(Word.all) ?? []
        words.removeAll { $0.entry == entry.corrects }
        let isOwn = entry.subject.tag.map { Self.key(entry.subject.service, $0) } == key
        if isOwn {
            let place = entry.corrects ?? entry.sequence
            words.insert(
                Word(
                    entry: place, state: state, digest: entry.subject.digest,
                    revision: entry.subject.revision),
                at: words.firstIndex { $0.entry > place } ?? words.endIndex)
        }
        guard let last = words.last else { return nil }
        var line = ViewRow(key: key, entry, state: last.state, number: last.entry)
        if !isOwn, let row { line.subject = row.subject }
        line.subject.environment = nil
        (line.subject.digest, line.subject.revision) = Word.meaning(of: words)
        if words.count > 1 {
            let kept = words.suffix(Limits.wordsOfTag)
            line.detail = Canonical.text(["words": .array(kept.map(\.json))])
        }
        return line
    }
}

/// What one entry said of a tag.
private struct Word {
    let entry: Int
    let state: String
    let digest: ImageDigest?
    let revision: Revision?

    var json: JSONValue {
        var members: [String: JSONValue] = ["entry": JSONValue(entry), "state": .string(state)]
        members["digest"] = digest.map { .string($0.rawValue) }
        members["revision"] = revision.map { .string($0.rawValue) }
        return .object(members)
    }

    /// The words that a line was made of, the oldest first; a line without any is one word itself.
    static func all(in row: ViewRow) -> [Word] {
        guard let words = row.detail == nil ? nil : row.details["words"]?.array else {
            return [
                Word(
                    entry: row.number ?? row.since, state: row.state,
                    digest: row.subject.digest, revision: row.subject.revision)
            ]
        }
        return words.map { word in
            Word(
                entry: word["entry"]?.integer ?? 0, state: word["state"]?.string ?? "",
                digest: word["digest"]?.string.flatMap(ImageDigest.init(rawValue:)),
                revision: word["revision"]?.string.flatMap(Revision.init(rawValue:)))
        }
    }

    /// A later word that leaves something out does not take it back, as long as it speaks of the
    /// same image; a tag that moved to another digest says nothing of the old revision any more.
    static func meaning(of words: [Word]) -> (ImageDigest?, Revision?) {
        var digest: ImageDigest?
        var revision: Revision?
        for word in words {
            var now = (word.digest, word.revision)
            if word.state != "deleted", now.0 == nil, now.1 == revision || now.1 == nil {
                now.0 = digest
            }
            if now.1 == nil, now.0 == digest { now.1 = revision }
            (digest, revision) = now
        }
        return (digest, revision)
    }
}
