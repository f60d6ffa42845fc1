/// The credentials after `Authorization:` or after one of its schemes (RFC 9110, section 11.4).
enum Authorizations {
    private static let header = Array("authorization".utf8)
    private static let valueEnd = ByteSet("\"'`\r\n\\<>,;)]}")
    private static let schemeEnd = ByteSet.alphanumeric + ByteSet("-")
    private static let longest = 8192

    static func range(in text: inout Scanned, at start: Int) -> Range<Int>? {
        if text.spellsFolded(header, at: start), !ByteSet.identifier.contains(text.byte(start - 1))
        {
            return value(in: text, after: start + header.count)
        }
        for scheme in ["bearer", "basic"] {
            let word = Array(scheme.utf8)
            guard text.spellsFolded(word, at: start),
                !ByteSet.alphanumeric.contains(text.byte(start - 1))
            else { continue }
            let at = blanks(in: text, from: start + word.count)
            guard at > start + word.count else { return nil }
            return token(in: text, at, isBasic: scheme == "basic")
        }
        return nil
    }

    private static func blanks(in text: Scanned, from start: Int) -> Int {
        var at = start
        while at < text.count, text[at] == 32 || text[at] == 9 || text[at] == 92, at - start < 8 {
            at += 1
        }
        return at
    }

    /// The value of the header after its name, with or without a scheme.
    private static func value(in text: Scanned, after name: Int) -> Range<Int>? {
        let between = ByteSet("\"'`\\:=[({ ,>\t")
        let at = text.run(of: between, from: name, most: 12)
        guard text.bytes[name..<at].contains(where: { $0 == 58 || $0 == 61 || $0 == 44 }) else {
            return nil
        }
        let word = text.run(of: schemeEnd, from: at, most: 64)
        if let list = parameters(in: text, from: word, name) { return list }
        let isScheme = word < text.count && text.byte(word) == 32 && word - at >= 3
        let rest = isScheme ? blanks(in: text, from: word) : at
        let isBasic = isScheme && text.spellsFolded(Array("basic".utf8), at: at)
        return token(in: text, rest, isBasic: isBasic, inHeader: true)
    }

    /// All parameters of a scheme (RFC 9110, section 11.6.2): which of them is secret depends on
    /// the scheme.
    private static func parameters(in text: Scanned, from scheme: Int, _ name: Int) -> Range<Int>? {
        let start = text.run(of: ByteSet(" "), from: scheme, most: 4)
        let first = text.run(of: .identifier + ByteSet("-"), from: start, most: 40)
        guard start > scheme, first > start, text.byte(first) == 61, text.byte(first + 1) != 61
        else { return nil }
        var quote: UInt8?
        var at = name
        while at > 0, name - at < 40, text[at - 1] != 10 {
            at -= 1
            if text[at] == 34 || text[at] == 39 { quote = text[at]; break }
        }
        var last = first
        while last < text.count, text[last] != 10, text[last] != 13, text[last] != quote,
            last - first < longest
        { last += 1 }
        return last - first >= 8 ? start..<last : nil
    }

    private static func token(
        in text: Scanned, _ start: Int, isBasic: Bool, inHeader: Bool = false
    ) -> Range<Int>? {
        var at = start
        // Parameters: `token="…"`, `Credential=…, Signature=…`.
        let name = text.run(of: .identifier, from: start, most: 32)
        if inHeader, text.byte(name) == 61, text.byte(name + 1) == 34 { at = name + 2 }
        let set = ByteSet.alphanumeric + ByteSet("._~+/=-!#$%&*^|:?@")
        let end = text.run(of: set, from: at, most: longest)
        var last = end
        while last > at, ".:".utf8.contains(text[last - 1]) { last -= 1 }
        let range = at..<last
        guard range.count >= 8, !Placeholders.isOne(text, range) else { return nil }
        if isBasic, isPair(text, range) { return range }
        if isBasic, !inHeader { return nil }
        let what = Composition(text.bytes[range])
        let isPhrase = inHeader && NamedValues.isDashed(text.bytes[range])
        guard
            what.digits > 0 && what.letters > 0 || what.alternates || isPhrase
                || inHeader && range.count >= 12 && what.upper > 1 && what.lower > 1
                || inHeader && range.count >= 16
                    && (last >= text.count || "\r\n\"'".utf8.contains(text.byte(last)))
        else { return nil }
        // A short word with a number is not a token: `Bearer rfc6750`.
        return range.count >= 12 || inHeader ? range : nil
    }

    /// Whether it is base64 of a name and a password (RFC 7617).
    private static func isPair(_ text: Scanned, _ range: Range<Int>) -> Bool {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bits: UInt32 = 0
        var count = 0
        var hasColon = false
        for byte in text.bytes[range] where byte != 61 {
            guard let value = alphabet.firstIndex(of: byte == 45 ? 43 : byte == 95 ? 47 : byte)
            else {
                return false
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            let one = UInt8(bits >> UInt32(count) & 0xFF)
            if one < 32 || one == 127 { return false }
            if one == 58 { hasColon = true }
        }
        return hasColon
    }
}
