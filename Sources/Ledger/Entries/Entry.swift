public import LedgerProof
internal import LedgerText

/// What an event speaks of: the fields by which questions filter, kept as columns.
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

    /// The names under which the fields stand in an event's JSON.
    public static let names = ["environment", "service", "tag", "digest", "revision"]

    /// The fields that are there, with their names.
    public var fields: [(name: String, value: String)] {
        [
            ("environment", environment?.rawValue), ("service", service?.rawValue),
            ("tag", tag?.rawValue), ("digest", digest?.rawValue),
            ("revision", revision?.rawValue),
        ].compactMap { name, value in value.map { (name, $0) } }
    }
}

/// Who did something, and how that is known.
public struct Author: Hashable, Sendable {
    /// How it is known who acted.
    public enum Known: String, Choice {
        /// Somebody said so; nothing proves it.
        case declared
        /// A signature over what was done proves it.
        case signed
        /// A server checked who it was.
        case authenticated
    }
    public let name: String
    public let known: Known

    public init(name: String, known: Known = .declared) {
        self.name = name
        self.known = known
    }

    /// Throws `InvalidName` for a text that is not the name of anybody: what is in it could be
    /// taken for another line of what is approved.
    public static func check(_ name: String) throws(InvalidName) {
        let problem =
            name.utf8.count > Limits.authorBytes
            ? "it is longer than \(Limits.authorBytes) bytes" : Visible.problem(in: name)
        guard let problem else { return }
        throw InvalidName(title: "a person's name", text: name, problem: problem)
    }

    /// Somebody whom others told of: characters that no name may have are replaced (U+FFFD), what
    /// is longer than a name is cut, and an empty name is `unknown`.
    public static func told(_ name: String) -> Author {
        let clean = Visible.cleaned(name)
        if clean.utf8.count <= Limits.authorBytes {
            return clean.isBlank ? .unknown : Author(name: clean)
        }
        var cut = clean.unicodeScalars.prefix(Limits.authorBytes)
        while String(cut).utf8.count > Limits.authorBytes { cut.removeLast() }
        return Author(name: String(cut))
    }

    /// Whom nobody named.
    public static let unknown = Author(name: "unknown")
}

/// Where a fact came from: the same pair is the same fact, for ever.
public struct Source: Hashable, Sendable {
    /// Who told: `git`, `github`.
    public let name: String
    /// The name under which a repository's own history is told.
    public static let git = "git"
    /// What they call it: a delivery id, a run id and attempt, a commit.
    public let id: String

    public init(name: String, id: String) {
        self.name = name
        self.id = id
    }

    /// By their bytes, as the database compares them.
    public static func == (left: Source, right: Source) -> Bool {
        ExactText(left.name) == ExactText(right.name) && ExactText(left.id) == ExactText(right.id)
    }
}

/// An event that has no place in a ledger yet.
public struct Draft: Hashable, Sendable {
    public var id: EntryID
    public var kind: String
    public var subject: Subject
    /// The fields that are not in the subject: canonical JSON (RFC 8785).
    public var payload: String
    /// When it happened.
    public var time: Timestamp
    /// When the ledger learned it. The store sees to it that it never goes back.
    public var recorded: Timestamp
    public var by: Author
    /// The entry because of which it happened.
    public var cause: EntryID?
    /// The run it belongs to: the id of the run's `….planned` entry.
    public var correlation: EntryID?
    public var source: Source?
    /// What was taken out of the payload since it was recorded; `nil` while it is whole.
    public var redaction: Redaction?

    public init(
        id: EntryID, kind: String, subject: Subject, payload: String, time: Timestamp,
        recorded: Timestamp, by: Author, cause: EntryID? = nil, correlation: EntryID? = nil,
        source: Source? = nil
    ) {
        self.id = id
        self.kind = kind
        self.subject = subject
        self.payload = payload
        self.time = time
        self.recorded = recorded
        self.by = by
        self.cause = cause
        self.correlation = correlation
        self.source = source
    }

    /// A draft of an event: the subject's fields go to columns, the others to the payload.
    public init(
        _ event: Event, id: EntryID, time: Timestamp, recorded: Timestamp, by: Author,
        cause: EntryID? = nil, correlation: EntryID? = nil, source: Source? = nil
    ) throws {
        try self.init(
            kind: event.kind, fields: event.fields, id: id, time: time, recorded: recorded, by: by,
            cause: cause, correlation: correlation, source: source)
    }

    /// A draft of a kind and fields that are known to fit each other.
    ///
    /// Throws `FieldProblem` if a field of the subject is no name.
    public init(
        kind: String, fields: JSONValue, id: EntryID, time: Timestamp, recorded: Timestamp,
        by: Author, cause: EntryID? = nil, correlation: EntryID? = nil, source: Source? = nil
    ) throws {
        var fields = fields.object ?? [:]
        func take<N: Name>(_ name: String) throws -> N? {
            guard let value = fields.removeValue(forKey: name), value != .null else { return nil }
            guard let text = value.string else {
                throw FieldProblem(field: name, reason: "a text is wanted, not \(value.title)")
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
            source: source)
    }
}

extension Draft {
    /// The payload as a value; a payload that is no JSON (a damaged store) reads as `null`.
    public var payloadValue: JSONValue { (try? JSONValue(parsing: payload)) ?? .null }

    /// All fields of the event, the subject's among them.
    public var fields: JSONValue {
        var members = payloadValue.object ?? [:]
        for (name, value) in subject.fields { members[name] = .string(value) }
        return .object(members)
    }
}

/// An event as the ledger keeps it: with its place, its times, its author, its cause and its
/// hashes.
public struct Entry: Hashable, Sendable {
    /// Place in the ledger: from 1, without gaps.
    public var sequence: Int
    public var stream: StreamName
    /// Place in the stream: from 1, without gaps.
    public var position: Int
    public var draft: Draft
    /// The leaf of the entry, and the inner nodes of the tree that it completed (32 bytes each).
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

    /// All fields of the event, the subject's among them.
    public var fields: JSONValue { draft.fields }

    /// The event, read from columns and payload. A payload that its kind does not know the shape of
    /// (it came from a newer program) is an unknown event: it is shown, not dropped.
    public var event: Event {
        (try? Event(kind: kind, fields: fields)) ?? .unknown(kind: kind, fields: fields)
    }
}

/// Sequences, as messages name them.
extension ClosedRange<Int> {
    /// `entry 4`, `entries 4 to 6`.
    package var asEntries: String {
        count == 1 ? "entry \(lowerBound)" : "entries \(lowerBound) to \(upperBound)"
    }

    /// `entry 4 is gone`, `entries 4 to 6 are gone`.
    package var areGone: String { "\(asEntries) \(count == 1 ? "is" : "are") gone" }
}
