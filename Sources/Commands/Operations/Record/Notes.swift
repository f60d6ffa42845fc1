internal import CommandEngine
internal import CommandPorts
internal import Ledger
internal import LedgerText

/// Add a note
public struct AddNote: Change {
    public typealias Answer = EntryAnswer
    public static var right: Right { .record }

    /// The text of the note.
    public var text: String
    /// The sequence of the entry that the note is about.
    public var about: Int?
    /// The environment. Default: the only one.
    public var environment: String?
    /// The service that the note is about.
    public var service: String?
    /// The tag that the note is about.
    public var tag: String?

    public init(
        _ text: String, about: Int? = nil, environment: String? = nil, service: String? = nil,
        tag: String? = nil
    ) {
        self.text = text
        self.about = about
        self.environment = environment
        self.service = service
        self.tag = tag
    }

    public func answer(at desk: RecordingDesk) async throws -> EntryAnswer {
        if text.isBlank { throw Refusal(.invalid, "the note is empty") }
        var note = Note(
            text: text, service: try service.map { try ServiceName($0) },
            tag: try tag.map { try ReleaseTag($0) })
        if let environment {
            note.environment = try await desk.desk.environment(environment)
        }
        if let about { note.about = try await desk.desk.store.existing(about).id }
        return EntryAnswer(try await desk.recorder.record([Fact(.noteAdded(note))])[0])
    }
}

/// Record a correction of an earlier entry; both entries are kept
public struct CorrectEntry: Change {
    public typealias Answer = EntryAnswer
    public static var right: Right { .record }

    /// The entry's sequence.
    public var entry: Int
    /// The right values, by field.
    public var fields: [String: String]
    /// The reason.
    public var reason: String

    public init(_ entry: Int, fields: [String: String], reason: String) {
        self.entry = entry
        self.fields = fields
        self.reason = reason
    }

    public func answer(at desk: RecordingDesk) async throws -> EntryAnswer {
        let wrong = try await desk.desk.store.existing(entry)
        return EntryAnswer(
            try await desk.recorder.correct(wrong, with: fields, reason: reason))
    }
}
