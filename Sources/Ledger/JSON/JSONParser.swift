internal import LedgerText

/// A JSON syntax error: its offset and reason.
public struct JSONProblem: Error, Equatable, CustomStringConvertible {
    /// The byte offset of the error, from 0.
    public let offset: Int
    public let line: Int
    public let reason: String
    public var description: String { "line \(line), byte \(offset): \(reason)" }
}

extension JSONValue {
    /// Reads one JSON document (RFC 8259), strictly: UTF-8, no duplicate names (RFC 7493), no lone
    /// surrogates, numbers within the range of a double, at most `Limits.jsonDepth` deep.
    ///
    /// Throws `JSONProblem`.
    public init(parsing text: some Collection<UInt8>) throws(JSONProblem) {
        let result = Array(text).withUnsafeBufferPointer { bytes in
            Result { () throws(JSONProblem) in
                var parser = JSONParser(bytes: bytes)
                return try parser.document()
            }
        }
        self = try result.get()
    }

    /// Reads one JSON document from a string; throws `JSONProblem`.
    public init(parsing text: String) throws(JSONProblem) {
        try self.init(parsing: Array(text.utf8))
    }
}

private struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    var at = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func document() throws(JSONProblem) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw problem("unexpected byte order mark") }
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        if at < bytes.count { throw problem("unexpected content after the end of the document") }
        return value
    }

    private func problem(_ reason: String) -> JSONProblem {
        let line = bytes.prefix(at).reduce(1) { $1 == 10 ? $0 + 1 : $0 }
        return JSONProblem(offset: at, line: line, reason: reason)
    }

    private mutating func skipSpace() {
        while at < bytes.count, isSpace(bytes[at]) { at += 1 }
    }

    private func isSpace(_ byte: UInt8) -> Bool {
        byte == 32 || byte == 10 || byte == 13 || byte == 9
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONProblem) -> JSONValue {
        if depth > Limits.jsonDepth { throw problem("more than \(Limits.jsonDepth) levels") }
        guard at < bytes.count else { throw problem("the document ends too early") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONProblem) -> JSONValue
    {
        guard bytes[at...].starts(with: word.utf8) else { throw problem("not a JSON value") }
        at += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(JSONProblem) -> JSONValue {
        at += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
                throw problem("the name of a member is missing")
            }
            let name = try string()
            let end = at
            skipSpace()
            if !take(":") { throw problem("a colon is missing after \"\(name)\"") }
            skipSpace()
            if members.updateValue(try value(depth: depth + 1), forKey: name) != nil {
                at = end
                throw problem("duplicate member \"\(name)\"")
            }
            skipSpace()
        } while take(",")
        if !take("}") { throw problem("a comma or } is missing") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONProblem) -> JSONValue {
        at += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(elements) }
        repeat {
            skipSpace()
            elements.append(try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        if !take("]") { throw problem("a comma or ] is missing") }
        return .array(elements)
    }

    private mutating func number() throws(JSONProblem) -> JSONValue {
        let start = at
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw problem("number out of range")
        }
        return .number(value)
    }

    private mutating func digits() throws(JSONProblem) {
        let start = at
        while at < bytes.count, (48...57).contains(bytes[at]) { at += 1 }
        if at == start { throw problem("not a JSON value") }
    }

    private mutating func string() throws(JSONProblem) -> String {
        at += 1
        // Most strings contain no escape: they are copied unchanged.
        var text: [UInt8] = []
        var start = at
        var all: UInt8 = 0
        while at < bytes.count {
            let byte = bytes[at]
            all |= byte
            switch byte {
            case UInt8(ascii: "\""):
                let end = UnsafeBufferPointer(rebasing: bytes[start..<at])
                at += 1
                // ASCII needs no UTF-8 validation.
                if text.isEmpty, all < 128 { return String(decoding: end, as: UTF8.self) }
                guard let valid = String(validating: text + end, as: UTF8.self) else {
                    throw problem("string is not valid UTF-8")
                }
                return valid
            case UInt8(ascii: "\\"):
                text += bytes[start..<at]
                try escape(into: &text)
                start = at
            case 0..<32: throw problem("unescaped control character in a string")
            default: at += 1
            }
        }
        throw problem("unterminated string")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONProblem) {
        at += 1
        guard at < bytes.count else { throw problem("the document ends too early") }
        let plain: [UInt8: UInt8] = [
            34: 34, 92: 92, 47: 47, 98: 8, 102: 12, 110: 10, 114: 13, 116: 9,
        ]
        if let unit = plain[bytes[at]] {
            text.append(unit)
            at += 1
            return
        }
        var value = UInt32(try unit())
        if (0xD800..<0xDC00).contains(value) {
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\\") else {
                throw problem("half of a surrogate pair")
            }
            at += 1
            let low = UInt32(try unit())
            guard (0xDC00..<0xE000).contains(low) else { throw problem("half of a surrogate pair") }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw problem("half of a surrogate pair") }
        text.append(contentsOf: Array(String(Character(scalar)).utf8))
    }

    /// `u` and four hexadecimal digits.
    private mutating func unit() throws(JSONProblem) -> UInt16 {
        guard at + 5 <= bytes.count, bytes[at] == UInt8(ascii: "u"),
            let digits = Hex.decode(String(decoding: bytes[at + 1..<at + 5], as: UTF8.self))
        else { throw problem("invalid escape sequence") }
        at += 5
        return UInt16(digits[0]) << 8 | UInt16(digits[1])
    }
}
