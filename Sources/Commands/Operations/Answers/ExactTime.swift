public import Ledger

/// A moment in an answer: RFC 3339 in UTC, always with six decimals, so that text order is time
/// order.
public struct ExactTime: Codable, Hashable, Sendable {
    public let timestamp: Timestamp

    public init(_ timestamp: Timestamp) { self.timestamp = timestamp }

    public init(from decoder: any Decoder) throws { timestamp = try Timestamp(from: decoder) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(timestamp.fixed)
    }
}
