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
