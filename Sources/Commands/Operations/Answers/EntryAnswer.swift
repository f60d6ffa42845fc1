public import Ledger

/// An entry, in the form in which entries are exported.
public struct EntryAnswer: Codable, Hashable, Sendable {
    public let entry: Entry

    public init(_ entry: Entry) { self.entry = entry }

    public init(from decoder: any Decoder) throws {
        entry = try Entry(json: try decoder.singleValueContainer().decode(JSONValue.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(entry.json)
    }
}

/// A fact and the entry that holds it.
public struct RecordedAnswer: Codable, Hashable, Sendable {
    public let entry: EntryAnswer
    /// Whether an earlier entry already held it.
    public let known: Bool

    public init(_ entry: Entry, isNew: Newness) {
        self.entry = EntryAnswer(entry)
        known = isNew == .known
    }

    /// Whether a fact was recorded by this call.
    public enum Newness: Sendable { case new, known }
}
