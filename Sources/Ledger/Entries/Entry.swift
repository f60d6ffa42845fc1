public import LedgerProof
internal import LedgerText

/// The subject of an event: the fields that queries filter by, kept as columns.
public struct Subject: Hashable, Sendable {
    public var environment: EnvironmentName?
    public var service: ServiceName?
    public var tag: ReleaseTag?
    public var digest: ImageDigest?
    public var revision: Revision?

    public init(
        environment: EnvironmentName? = nil, service: ServiceName? = nil, tag: ReleaseTag? = nil,
        digest: ImageDigest? = nil, revision: Revision? = nil
    ) {
        self.environment = environment
        self.service = service
        self.tag = tag
        self.digest = digest
        self.revision = revision
    }

    /// The JSON names of the fields.
    public static let names = ["environment", "service", "tag", "digest", "revision"]

    /// The fields that are set, with their names.
    public var fields: [(name: String, value: String)] {
        [
            ("environment", environment?.rawValue), ("service", service?.rawValue),
            ("tag", tag?.rawValue), ("digest", digest?.rawValue),
            ("revision", revision?.rawValue),
        ].compactMap { name, value in value.map { (name, $0) } }
    }
}

/// The author of an event, and how the author's identity is known.
public struct Author: Hashable, Sendable {
    /// How the author's identity is known.
    public enum Known: String, Choice {
        /// The author is stated without proof.
        case declared
        /// The author signed the event.
        case signed
        /// A server authenticated the author.
        case authenticated
    }
    public let name: String
    public let known: Known

    public init(name: String, known: Known = .declared) {
        self.name = name
        self.known = known
    }

    /// Throws `InvalidName` for a text that cannot be a person's name: its characters could imitate
    /// another line of an approval prompt.
    public static func check(_ name: String) throws(InvalidName) {
        let problem =
            name.utf8.count > Limits.authorBytes
            ? "it is longer than \(Limits.authorBytes) bytes"
            : Visible.problem(in: name) ?? blanks(of: name)
        guard let problem else { return }
        throw InvalidName(title: "a person's name", text: name, problem: problem)
    }

    /// Blanks that nobody sees would make another person.
    private static func blanks(of name: String) -> String? {
        if name.unicodeScalars.isEmpty { return "it is empty" }
        return bare(name).utf8.elementsEqual(name.utf8) ? nil : "it begins or ends with a blank"
    }

    /// The name without blanks at its ends.
    public static func bare(_ name: String) -> String {
        // Most names begin and end with an ASCII character that is no blank.
        let ends = [name.utf8.first, name.utf8.last]
        if ends.allSatisfy({ $0.map { (0x21...0x7E).contains($0) } == true }) { return name }
        let start = name.unicodeScalars.drop { $0.properties.isWhitespace }
        let last = start.lastIndex { !$0.properties.isWhitespace }
        return last.map { String(start[...$0]) } ?? ""
    }

    /// An author whose name another system sent. Characters that names must not contain are
    /// replaced (U+FFFD). A name that is too long is cut. An empty name becomes `unknown`.
    public static func told(_ name: String) -> Author {
        let clean = bare(Visible.cleaned(name))
        if clean.utf8.count <= Limits.authorBytes {
            return clean.isBlank ? .unknown : Author(name: clean)
        }
        var cut = clean.unicodeScalars.prefix(Limits.authorBytes)
        while String(cut).utf8.count > Limits.authorBytes { cut.removeLast() }
        return Author(name: bare(String(cut)))
    }

    /// The author of an event without a named author.
    public static let unknown = Author(name: "unknown")
}

/// The origin of a fact. The same pair always identifies the same fact.
public struct Source: Hashable, Sendable {
    /// The system that sent the fact: `git`, `github`.
    public let name: String
    /// The source name of facts that are imported from a repository's own history.
    public static let git = "git"
    /// The sender's id of the fact: a delivery id, a run id and attempt, a commit.
    public let id: String

    public init(name: String, id: String) {
        self.name = name
        self.id = id
    }

    /// Compares bytes, as the database does.
    public static func == (left: Source, right: Source) -> Bool {
        ExactText(left.name) == ExactText(right.name) && ExactText(left.id) == ExactText(right.id)
    }
}

/// An event before it is appended: it has no sequence and no position.
///
/// Its fields are in a box that its copies share: a draft is passed on often, and a copy of a dozen
/// texts increments a dozen reference counts.
public struct Draft: Hashable, Sendable {
    private struct Fields: Hashable, Sendable {
        var id: EntryID
        var kind: String
        var subject: Subject
        var payload: String
        var time: Timestamp
        var recorded: Timestamp
        var by: Author
        var cause: EntryID?
        var correlation: EntryID?
        var source: Source?
        var salt: PayloadSalt?
        var redaction: Redaction?
    }

    private final class Box: Sendable {
        let fields: Fields
        init(_ fields: Fields) { self.fields = fields }
    }

    private var box: Box

    private mutating func change(_ body: (inout Fields) -> Void) {
        var fields = box.fields
        body(&fields)
        box = Box(fields)
    }

    /// The id, unique in the ledger.
    public var id: EntryID {
        get { box.fields.id }
        set { change { $0.id = newValue } }
    }
    /// The kind: `deploy.finished`.
    public var kind: String {
        get { box.fields.kind }
        set { change { $0.kind = newValue } }
    }
    /// What it is about.
    public var subject: Subject {
        get { box.fields.subject }
        set { change { $0.subject = newValue } }
    }
    /// The fields that are not in the subject: canonical JSON (RFC 8785).
    public var payload: String {
        get { box.fields.payload }
        set { change { $0.payload = newValue } }
    }
    /// When it happened.
    public var time: Timestamp {
        get { box.fields.time }
        set { change { $0.time = newValue } }
    }
    /// When the ledger recorded it. The store keeps this time from decreasing.
    public var recorded: Timestamp {
        get { box.fields.recorded }
        set { change { $0.recorded = newValue } }
    }
    /// Who made or reported it.
    public var by: Author {
        get { box.fields.by }
        set { change { $0.by = newValue } }
    }
    /// The entry that caused this event.
    public var cause: EntryID? {
        get { box.fields.cause }
        set { change { $0.cause = newValue } }
    }
    /// The run that the event belongs to: the id of the run's `….planned` entry.
    public var correlation: EntryID? {
        get { box.fields.correlation }
        set { change { $0.correlation = newValue } }
    }
    /// Who told, and what they call it; `nil` for an event of this ledger.
    public var source: Source? {
        get { box.fields.source }
        set { change { $0.source = newValue } }
    }
    /// What is hashed with the payload; `nil` for entries that older programs recorded.
    public var salt: PayloadSalt? {
        get { box.fields.salt }
        set { change { $0.salt = newValue } }
    }
    /// The redaction of the payload; `nil` if nothing was redacted.
    public var redaction: Redaction? {
        get { box.fields.redaction }
        set { change { $0.redaction = newValue } }
    }

    public init(
        id: EntryID, kind: String, subject: Subject, payload: String, time: Timestamp,
        recorded: Timestamp, by: Author, cause: EntryID? = nil, correlation: EntryID? = nil,
        source: Source? = nil, salt: PayloadSalt? = nil
    ) {
        box = Box(
            Fields(
                id: id, kind: kind, subject: subject, payload: payload, time: time,
                recorded: recorded, by: by, cause: cause, correlation: correlation, source: source,
                salt: salt))
    }

    public static func == (left: Draft, right: Draft) -> Bool {
        left.box === right.box || left.box.fields == right.box.fields
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(box.fields) }

    /// A draft of an event: the subject's fields go to columns, the others to the payload.
    public init(
        _ event: Event, id: EntryID, time: Timestamp, recorded: Timestamp, by: Author,
        cause: EntryID? = nil, correlation: EntryID? = nil, source: Source? = nil,
        salt: PayloadSalt? = nil
    ) throws {
        try self.init(
            kind: event.kind, fields: event.fields, id: id, time: time, recorded: recorded, by: by,
            cause: cause, correlation: correlation, source: source, salt: salt)
    }

    /// A draft of a kind with fields that are known to be valid for it.
    ///
    /// Throws `FieldProblem` if a field of the subject is not a valid name.
    public init(
        kind: String, fields: JSONValue, id: EntryID, time: Timestamp, recorded: Timestamp,
        by: Author, cause: EntryID? = nil, correlation: EntryID? = nil, source: Source? = nil,
        salt: PayloadSalt? = nil
    ) throws {
        var fields = fields.object ?? [:]
        func take<N: Name>(_ name: String) throws -> N? {
            guard let value = fields.removeValue(forKey: name), value != .null else { return nil }
            guard let text = value.string else {
                throw FieldProblem(field: name, reason: "expected a text, not \(value.title)")
            }
            do { return try N(text) } catch {
                throw FieldProblem(field: name, reason: error.description)
            }
        }
        let subject = Subject(
            environment: try take("environment"), service: try take("service"),
            tag: try take("tag"), digest: try take("digest"), revision: try take("revision"))
        self.init(
            id: id, kind: kind, subject: subject, payload: Canonical.text(.object(fields)),
            time: time, recorded: recorded, by: by, cause: cause, correlation: correlation,
            source: source, salt: salt)
    }
}

extension Draft {
    /// The payload as a value; a payload that is no JSON (a damaged store) reads as `null`.
    public var payloadValue: JSONValue { (try? JSONValue(parsing: payload)) ?? .null }

    /// All fields of the event, including those of the subject.
    public var fields: JSONValue {
        var members = payloadValue.object ?? [:]
        for (name, value) in subject.fields { members[name] = .string(value) }
        return .object(members)
    }
}

/// An event as the ledger keeps it: with its sequence, times, author, cause and hashes.
public struct Entry: Hashable, Sendable {
    /// Index in the ledger: starts at 1, without gaps.
    public var sequence: Int
    public var stream: StreamName
    /// Index in the stream: starts at 1, without gaps.
    public var position: Int
    public var draft: Draft
    /// The leaf hash of the entry, and the inner tree nodes that the entry completed (32 bytes
    /// each).
    public var hashes: [TreeHash]

    public init(
        sequence: Int, stream: StreamName, position: Int, draft: Draft, hashes: [TreeHash] = []
    ) {
        self.sequence = sequence
        self.stream = stream
        self.position = position
        self.draft = draft
        self.hashes = hashes
    }

    public var id: EntryID { draft.id }
    public var kind: String { draft.kind }
    public var subject: Subject { draft.subject }
    public var time: Timestamp { draft.time }
    public var recorded: Timestamp { draft.recorded }
    public var by: Author { draft.by }

    /// The payload as a value; a payload that is no JSON (a damaged store) reads as `null`.
    public var payload: JSONValue { draft.payloadValue }

    /// All fields of the event, including those of the subject.
    public var fields: JSONValue { draft.fields }

    /// The event, read from columns and payload. A payload from a newer program may have an unknown
    /// shape. It is then an unknown event: shown, not dropped.
    public var event: Event {
        (try? Event(kind: kind, fields: fields)) ?? .unknown(kind: kind, fields: fields)
    }
}

/// Ranges of sequences, formatted for messages.
extension ClosedRange<Int> {
    /// `entry 4`, `entries 4 to 6`.
    package var asEntries: String {
        count == 1 ? "entry \(lowerBound)" : "entries \(lowerBound) to \(upperBound)"
    }

    /// `entry 4 is gone`, `entries 4 to 6 are gone`.
    package var areGone: String { "\(asEntries) \(count == 1 ? "is" : "are") gone" }
}
