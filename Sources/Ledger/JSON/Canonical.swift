internal import LedgerText

/// The one byte form that is hashed: the JSON Canonicalization Scheme (RFC 8785).
public enum Canonical {
    /// The canonical bytes of a value. Numbers must be finite; the parser ensures this.
    public static func bytes(_ value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return bytes
    }

    /// The canonical bytes as text.
    public static func text(_ value: JSONValue) -> String {
        String(decoding: bytes(value), as: UTF8.self)
    }

    private static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let value): bytes.append(contentsOf: number(value).utf8)
        case .string(let value): append(value, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(element, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            let ordered = members.sorted { precedes($0.key, $1.key) }
            for (index, member) in ordered.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                append(member.value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Whether a name stands before another one: by UTF-16 code units (RFC 8785, section 3.2.3).
    ///
    /// UTF-8 has the same order, except that the characters after U+FFFF (first byte from F0) stand
    /// before those from U+E000 on (first byte EE or EF).
    package static func precedes(_ left: String, _ right: String) -> Bool {
        var (left, right) = (left.utf8.makeIterator(), right.utf8.makeIterator())
        while true {
            guard let other = right.next() else { return false }
            guard let one = left.next() else { return true }
            if one == other { continue }
            if min(one, other) >= 0xEE, (one >= 0xF0) != (other >= 0xF0) { return one >= 0xF0 }
            return one < other
        }
    }

    /// A text as it appears inside a string of canonical JSON: escaped, without the quotes.
    package static func inside(_ text: String) -> String {
        var bytes: [UInt8] = []
        append(text, to: &bytes)
        return String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
    }

    /// A string with its quotes and escapes (RFC 8785, section 3.2.2.2).
    package static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { appendInside($0, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends the content of a string, without its quotes.
    static func appendInside(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        // Most texts need no escape: they are scanned once and copied whole.
        if text.allSatisfy({ $0 >= 32 && $0 != 34 && $0 != 92 }) {
            bytes.append(contentsOf: text)
            return
        }
        for unit in text {
            switch unit {
            case 34, 92: bytes.append(contentsOf: [92, unit])
            case 8: bytes.append(contentsOf: "\\b".utf8)
            case 9: bytes.append(contentsOf: "\\t".utf8)
            case 10: bytes.append(contentsOf: "\\n".utf8)
            case 12: bytes.append(contentsOf: "\\f".utf8)
            case 13: bytes.append(contentsOf: "\\r".utf8)
            case 0..<32:
                bytes.append(contentsOf: "\\u00".utf8)
                Hex.append(CollectionOfOne(unit), to: &bytes)
            default: bytes.append(unit)
            }
        }
    }

    /// A number as ECMAScript prints it (RFC 8785, section 3.2.2.3): shortest digits that
    /// round-trip.
    public static func number(_ value: Double) -> String {
        if value == 0 { return "0" }
        if value < 0 { return "-" + number(-value) }
        // Nearly all numbers are integers; a Double represents them exactly, so no digit search is
        // needed.
        if value < 0x1p53, value == value.rounded() { return String(Int(value)) }
        let (digits, exponent) = shortest(value)
        let count = digits.count
        switch exponent {
        case count...21:
            return digits + String(repeating: "0", count: exponent - count)
        case 1...21:
            return digits.prefix(exponent) + "." + digits.dropFirst(exponent)
        case -5...0:
            return "0." + String(repeating: "0", count: -exponent) + digits
        default:
            let power = exponent - 1
            let mantissa = count == 1 ? digits : digits.prefix(1) + "." + digits.dropFirst()
            return mantissa + "e" + (power < 0 ? "-" : "+") + String(abs(power))
        }
    }

    /// The shortest digits d and the exponent n with value = 0.d × 10^n.
    private static func shortest(_ value: Double) -> (digits: String, exponent: Int) {
        let parts = value.description.parts(separator: "e")
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let point = parts[0].parts(separator: ".", omittingEmptySubsequences: false)
        var digits = String(point.joined())
        exponent += point[0].count
        while digits.begins(with: "0") {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.ends(with: "0") { digits.removeLast() }
        return (digits, exponent)
    }
}
