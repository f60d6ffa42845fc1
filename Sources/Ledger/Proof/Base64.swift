/// Base64 with padding (RFC 4648, section 4); only the canonical encoding is accepted.
public enum Base64 {
    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8: UInt32] = Dictionary(
        uniqueKeysWithValues: digits.enumerated().map { ($1, UInt32($0)) })

    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let three = rest.prefix(3)
            rest = rest.dropFirst(3)
            var group: UInt32 = 0
            for place in 0..<3 {
                group = group << 8 | UInt32(three.dropFirst(place).first ?? 0)
            }
            for place in 0...3 {
                let digit = digits[Int(group >> (18 - 6 * UInt32(place)) & 63)]
                text.append(place <= three.count ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The decoded bytes; `nil` for text that `encode` would not produce.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let units = Array(text.utf8)
        guard units.count.isMultiple(of: 4) else { return nil }
        let padding = units.suffix(2).count { $0 == UInt8(ascii: "=") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(units.count / 4 * 3)
        for start in stride(from: 0, to: units.count, by: 4) {
            var group: UInt32 = 0
            for place in start..<start + 4 {
                let isPadding = place >= units.count - padding
                guard let value = isPadding ? 0 : values[units[place]] else { return nil }
                group = group << 6 | value
            }
            bytes += [UInt8(group >> 16 & 255), UInt8(group >> 8 & 255), UInt8(group & 255)]
        }
        bytes.removeLast(padding)
        // Unused bits must be zero, or two texts would decode to the same bytes.
        return encode(bytes) == text ? bytes : nil
    }
}
