internal import LedgerText

/// The permanent identity of an entry: a UUID of version 7 (RFC 9562), so ids sort by time.
public struct EntryID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Version 7 from a time and 74 random bits (RFC 9562, section 5.7).
    public init(time: Timestamp, random: (UInt64, UInt64)) {
        let milliseconds = UInt64(clamping: time.microseconds / 1000) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | 0x7000 | random.0 & 0x0FFF
        low = 0x8000_0000_0000_0000 | random.1 >> 2
    }

    /// 16 bytes, big-endian; `nil` if there are not exactly 16.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// 16 bytes, big-endian; `nil` if there are not exactly 16.
    public init?(bytes: [UInt8]) {
        guard let id = bytes.withUnsafeBytes({ EntryID($0) }) else { return nil }
        self = id
    }

    /// The 36 characters of RFC 9562; `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.parts(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], Spelling.hexadecimal(parts.joined()),
            let high = UInt64(parts[0...2].joined(), radix: 16),
            let low = UInt64(parts[3...4].joined(), radix: 16)
        else { return nil }
        (self.high, self.low) = (high, low)
    }

    /// 16 bytes, big-endian.
    public var bytes: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
    }

    public var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The 36 characters of RFC 9562.
    func append(to text: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 36) { digits in
            var at = 0
            for byte in 0..<16 {
                if [4, 6, 8, 10].contains(byte) {
                    digits[at] = UInt8(ascii: "-")
                    at += 1
                }
                let half = byte < 8 ? high : low
                let value = UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * (byte & 7)))
                digits[at] = Hex.digit(value >> 4)
                digits[at + 1] = Hex.digit(value & 15)
                at += 2
            }
            text.append(contentsOf: digits)
        }
    }

    public static func < (left: EntryID, right: EntryID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = EntryID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text.prefix(80))\" is not an entry id")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
