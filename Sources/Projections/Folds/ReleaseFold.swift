public import Ledger
internal import LedgerText

/// What each tag names: `api@v1.0.0` for a service, `@acme/api v1.0.0` for a tag of a source
/// repository.
///
/// The number is the entry whose word happened last, whenever it was recorded. What others said of
/// the tag is kept in the detail: a correction may take the last word back, and a word that comes
/// late takes its place among them.
public struct ReleaseFold: StoredView {
    public let name = "release"
    public let version = 5
    public init() {}

    /// The key of a service's tag.
    public static func key(_ service: ServiceName, _ tag: ReleaseTag) -> String {
        "\(service)@\(tag)"
    }

    /// How the keys of repositories' tags begin; no service is called so.
    private static let ofRepository = "@"

    /// The key of a tag that an entry speaks of: its service's, or its repository's, in whose
    /// stream it stands. No name holds a space.
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
        // What older programs corrected of a repository's tag does not say of which repository.
        if entry.corrects != nil, entry.subject.service == nil,
            !entry.stream.rawValue.begins(with: StreamName.repositories)
        {
            return []
        }
        let own = entry.subject.tag.map { Self.key(entry.subject.service, $0, entry) }
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

    /// The line with a word that happened before its last one.
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

    /// The line without the word that the entry takes back, and with `word` in its place.
    private func corrected(
        _ entry: Entry, _ row: ViewRow?, _ key: String, _ word: Word?
    ) -> ViewRow? {
        var words = row.map(Word.all) ?? []
        let wrong = words.first { $0.entry == entry.corrects }
        // A word that is too old to be kept any more is too old to be the last.
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
        // When its last word happened: what happened before comes before it, also from now on.
        corrected.time = last.time
        return line(corrected, words)
    }
}

/// What one entry said of a tag: its place, what it made of the tag, digest, revision, time.
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

    /// The word that a line is, if it is of one only.
    private init(_ row: ViewRow) {
        entry = row.number ?? row.since
        time = row.time
        state = row.state
        digest = row.subject.digest
        revision = row.subject.revision
    }

    /// From its text: `23 tagged sha256:… - 1764547200000000`.
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

    /// The words that a line was made of, the oldest first.
    static func all(in row: ViewRow) -> [Word] {
        guard row.detail != nil, let words = row.details["words"]?.array else { return [Word(row)] }
        return words.compactMap { $0.string.flatMap(Word.init) }
    }

    /// The last ones, as a detail.
    static func detail(_ words: [Word]) -> String {
        let kept = words.suffix(Limits.wordsOfTag).map { "\"\($0.text)\"" }
        return "\(opening)\(kept.joined(separator: ","))\(closing)"
    }

    /// The detail of a line, and one word more: texts put together, for most tags are told of twice
    /// or thrice, and reading JSON costs more than all else here.
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

    /// What the tag names after the word. A later word that leaves something out does not take it
    /// back, as long as it speaks of the same image; a tag that moved to another digest says
    /// nothing of the old revision any more.
    func meaning(after before: (ImageDigest?, Revision?)) -> (ImageDigest?, Revision?) {
        var now = (digest, revision)
        if state != "deleted", now.0 == nil, now.1 == before.1 || now.1 == nil { now.0 = before.0 }
        if now.1 == nil, now.0 == before.0 { now.1 = before.1 }
        return now
    }
}
