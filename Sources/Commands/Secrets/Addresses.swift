/// Credentials in addresses: `scheme://user:password@host`, `https://TOKEN@host` (RFC 3986, section
/// 3.2.1).
enum Addresses {
    private static let mark = Array("://".utf8)
    private static let schemeEnd = ByteSet.alphanumeric + ByteSet("+.-")
    /// The bytes that end an address in a text.
    private static let beyond = ByteSet.space + ByteSet("\"'<>`|^{}\\")
    private static let longest = 4096

    static func range(in text: inout Scanned, at start: Int) -> Range<Int>? {
        guard text.spells(mark, at: start), schemeEnd.contains(text.byte(start - 1)) else {
            return nil
        }
        let user = start + mark.count
        var at = user
        var colon: Int?
        var sign: Int?
        let limit = min(text.count, user + longest)
        while at < limit, !beyond.contains(text[at]) {
            let byte = text[at]
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") {
                // A password that is not percent-encoded ends at the last `@` before a path.
                if colon == nil || sign != nil || at == colon.map({ $0 + 1 }) { break }
                guard signFollows(in: text, from: at, upTo: limit) else { break }
            }
            if byte == UInt8(ascii: ":"), colon == nil, sign == nil { colon = at }
            if byte == UInt8(ascii: "@") { sign = at }
            at += 1
        }
        guard let sign else { return nil }
        guard let colon, colon < sign else { return token(in: text, user..<sign) }
        // `https://TOKEN:x-oauth-basic@host`: the name is the secret.
        if let token = token(in: text, user..<colon) { return token.lowerBound..<sign }
        let value = colon + 1..<sign
        return Placeholders.isOne(text, value) ? nil : value
    }

    /// Whether an `@` and a host name follow before the next space or slash.
    private static func signFollows(in text: Scanned, from start: Int, upTo limit: Int) -> Bool {
        var at = start + 1
        while at < limit, !beyond.contains(text[at]), at - start < 64 {
            if text[at] == UInt8(ascii: "@") {
                let host = text.run(of: schemeEnd, from: at + 1, most: 64)
                return host - at > 3 && text.bytes[(at + 1)..<host].contains(UInt8(ascii: "."))
            }
            if text[at] == UInt8(ascii: "/") { return false }
            at += 1
        }
        return false
    }

    private static func token(in text: Scanned, _ range: Range<Int>) -> Range<Int>? {
        let what = Composition(text.bytes[range])
        guard range.count >= 16, what.digits > 0, what.letters > 0,
            !text.bytes[range].contains(UInt8(ascii: ".")),
            !text.bytes[range].contains(UInt8(ascii: "%")),
            !Placeholders.isOne(text, range)
        else { return nil }
        return range
    }
}
