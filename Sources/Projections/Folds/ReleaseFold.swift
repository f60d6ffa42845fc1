public import Ledger
internal import LedgerText

/// What each tag names: `api@v1.0.0` for a service, `@acme/api v1.0.0` for a tag of a source
/// repository.
///
/// The number is the entry of the latest fact by event time. Earlier facts about the tag are kept
/// in the detail: a correction may withdraw the last fact, and a late fact is inserted in order.
public struct ReleaseFold: StoredView {
    public let name = "release"
    public let version = 5
    public init() {}

    /// The key of a service's tag.
    public static func key(_ service: ServiceName, _ tag: ReleaseTag) -> String {
        "\(service)@\(tag)"
    }

    /// The key prefix of repositories' tags; no service name begins with it.
    private static let ofRepository = "@"

    /// The key of an entry's tag: that of its service, or of the repository of its stream. Names
    /// contain no space.
    private static func key(
        _ service: ServiceName?, _ tag: ReleaseTag, _ entry: Entry
    ) -> String {
        if let service { return key(service, tag) }
        let stream = entry.stream.rawValue
        let beginning = StreamName.repositories
        let name = stream.begins(with: beginning) ? stream.dropFirst(beginning.count) : ""
        return "\(ofRepository)\(name) \(tag)"
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
        // Corrections of a repository's tag by older programs do not name the repository.
        if entry.corrects != nil, entry.subject.service == nil,
            !entry.stream.rawValue.begins(with: StreamName.repositories)
        {
            return []
        }
        let own = entry.subject.tag.map { Self.key(entry.subject.service, $0, entry) }
        let former = Self.former(entry)
        return Set([own, former].compactMap(\.self)).sorted()
    }

    /// The state that the entry, or the entry that it corrects, gives a tag.
    private static func state(of entry: Entry) -> String? {
        let kind = entry.corrects == nil ? entry.kind : entry.payload["of"]?.string ?? ""
        return entry.isOfFailedBuild ? nil : states[kind]
    }

    /// The key from which a correction removes a fact.
    private static func former(_ entry: Entry) -> String? {
        guard entry.corrects != nil, let was = entry.payload["was"],
            let tag = was["tag"]?.string.flatMap(ReleaseTag.init(rawValue:))
        else { return nil }
        return key(was["service"]?.string.flatMap(ServiceName.init(rawValue:)), tag, entry)
    }

    public func apply(_ entry: Entry, to row: ViewRow?, key: String) -> ViewRow? {
        guard let state = Self.state(of: entry) else { return row }
        let isOwn = entry.subject.tag.map { Self.key(entry.subject.service, $0, entry) } == key
        let word = isOwn ? Word(entry, state) : nil
        guard entry.corrects == nil else { return corrected(entry, row, key, word) }
        guard let word else { return row }
        if let row, entry.time < row.time { return late(word, row) }
        var line = ViewRow(key: key, entry, state: state, number: word.entry)
        line.subject.environment = nil
        let before = (row?.subject.digest, row?.subject.revision)
        (line.subject.digest, line.subject.revision) = word.meaning(after: before)
        line.detail = row.map { Word.detail(of: $0, and: word) }
        return line
    }

    /// The line with an added fact that happened before its last one.
    private func late(_ word: Word, _ row: ViewRow) -> ViewRow {
        var words = Word.all(in: row)
        words.insert(word, at: words.firstIndex { $0.isAfter(word) } ?? words.endIndex)
        return line(row, words)
    }

    private func line(_ row: ViewRow, _ words: [Word]) -> ViewRow {
        var line = row
        if let last = words.last { (line.state, line.number) = (last.state, last.entry) }
        (line.subject.digest, line.subject.revision) = words.reduce((nil, nil)) {
            $1.meaning(after: $0)
        }
        line.detail = words.count > 1 ? Word.detail(words) : nil
        return line
    }

    /// The line without the fact that the entry withdraws, and with `word` instead.
    private func corrected(
        _ entry: Entry, _ row: ViewRow?, _ key: String, _ word: Word?
    ) -> ViewRow? {
        var words = row.map(Word.all) ?? []
        let wrong = words.first { $0.entry == entry.corrects }
        // A fact that is too old to be kept is too old to be the last.
        if wrong == nil, words.count >= Limits.wordsOfTag { return row }
        words.removeAll { $0.entry == entry.corrects }
        if var word {
            word.time = wrong?.time ?? word.time
            words.insert(word, at: words.firstIndex { $0.isAfter(word) } ?? words.endIndex)
        }
        guard let last = words.last else { return nil }
        var corrected = ViewRow(key: key, entry, state: last.state, number: last.entry)
        if word == nil, let row { corrected.subject = row.subject }
        corrected.subject.environment = nil
        // The time of the last fact, so that earlier facts still sort before it.
        corrected.time = last.time
        return line(corrected, words)
    }
}

/// One entry's fact about a tag: sequence, state, digest, revision, time.
private struct Word {
    let entry: Int
    var time: Timestamp
    let state: String
    let digest: ImageDigest?
    let revision: Revision?

    init(_ entry: Entry, _ state: String) {
        self.entry = entry.corrects ?? entry.sequence
        time = entry.time
        self.state = state
        digest = entry.subject.digest
        revision = entry.subject.revision
    }

    /// The fact of a line that has only one.
    private init(_ row: ViewRow) {
        entry = row.number ?? row.since
        time = row.time
        state = row.state
        digest = row.subject.digest
        revision = row.subject.revision
    }

    /// Parses its text: `23 tagged sha256:… - 1764547200000000`.
    private init?(_ text: String) {
        let parts = text.parts(separator: " ").map(String.init)
        guard parts.count == 5, let entry = Int(parts[0]), let time = Int64(parts[4]) else {
            return nil
        }
        self.entry = entry
        self.time = Timestamp(microseconds: time)
        state = parts[1]
        digest = ImageDigest(rawValue: parts[2])
        revision = Revision(rawValue: parts[3])
    }

    private var text: String {
        "\(entry) \(state) \(digest?.rawValue ?? "-") \(revision?.rawValue ?? "-") "
            + "\(time.microseconds)"
    }

    func isAfter(_ other: Word) -> Bool { (time, entry) > (other.time, other.entry) }

    // MARK: In a line's detail

    /// The facts that a line was made from, oldest first.
    static func all(in row: ViewRow) -> [Word] {
        guard row.lineDetail != nil, let words = row.details["words"]?.array else {
            return [Word(row)]
        }
        return words.compactMap { $0.string.flatMap(Word.init) }
    }

    /// The last facts, as a detail.
    static func detail(_ words: [Word]) -> String {
        let kept = words.suffix(Limits.wordsOfTag).map { "\"\($0.text)\"" }
        return "\(opening)\(kept.joined(separator: ","))\(closing)"
    }

    /// The detail of a line with one more fact. The texts are concatenated, because most tags have
    /// two or three facts, and parsing JSON dominates the cost here.
    static func detail(of row: ViewRow, and word: Word) -> String {
        guard let detail = row.detail else { return Self.detail([Word(row), word]) }
        var words = detail.utf8.dropFirst(opening.utf8.count).dropLast(closing.utf8.count)
        let count = words.count(where: { $0 == UInt8(ascii: ",") }) + 1
        if count >= Limits.wordsOfTag, let first = words.firstIndex(of: UInt8(ascii: ",")) {
            words = words[words.index(after: first)...]
        }
        return "\(opening)\(Substring(words)),\"\(word.text)\"\(closing)"
    }
    private static let opening = "{\"words\":["
    private static let closing = "]}"

    // MARK: What follows

    /// What the tag names after the fact. A later fact without a revision keeps the known one while
    /// it concerns the same image. A tag that moved to another digest loses the old revision.
    func meaning(after before: (ImageDigest?, Revision?)) -> (ImageDigest?, Revision?) {
        var now = (digest, revision)
        if state != "deleted", now.0 == nil, now.1 == before.1 || now.1 == nil { now.0 = before.0 }
        if now.1 == nil, now.0 == before.0 { now.1 = before.1 }
        return now
    }
}
