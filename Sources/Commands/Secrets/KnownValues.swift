internal import LedgerText

/// Finds the values of named secrets, in every encoding in which programs print them.
struct KnownValues: Sendable {
    /// The forms by their first two bytes, the longest first.
    private var forms: [UInt16: [[UInt8]]] = [:]
    private var isFirst = [Bool](repeating: false, count: 1 << 16)
    /// Bytes of the longest form.
    private(set) var longest = 0
    /// Bytes of the longest form with several lines; 0 if every form has one line.
    private(set) var longestAcrossLines = 0

    /// Minimum number of bytes of a value: shorter values would match ordinary words.
    static let shortest = 6
    /// Maximum number of bytes of a value: a step never receives a longer value.
    static let most = 64 << 10

    /// The forms of these values, and of their lines.
    init(_ values: [[UInt8]]) {
        var all: Set<[UInt8]> = []
        for value in values {
            for part in Self.parts(of: Array(value.prefix(Self.most))) {
                all.formUnion(Self.forms(of: part))
            }
        }
        for form in all where form.count >= Self.shortest {
            let pair = UInt16(form[0]) << 8 | UInt16(form[1])
            forms[pair, default: []].append(form)
            isFirst[Int(pair)] = true
            longest = max(longest, form.count)
            if form.contains(10) { longestAcrossLines = max(longestAcrossLines, form.count) }
        }
        for pair in forms.keys { forms[pair]?.sort { $0.count > $1.count } }
    }

    /// The value, the trimmed value, and its lines: programs may trim a value or print it line by
    /// line.
    private static func parts(of value: [UInt8]) -> [[UInt8]] {
        let trimmed = trim(value[...])
        let lines = value.split { $0 == 10 || $0 == 13 }.map(trim)
        return [value, trimmed] + (lines.count > 1 ? lines.filter(isTelling) : [])
    }

    private static func trim(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let start = bytes.drop(while: ASCII.isSpace)
        let end = start.lastIndex { !ASCII.isSpace($0) }
        return end.map { Array(start[...$0]) } ?? []
    }

    /// Whether a line of a secret is itself secret, and not a bracket or an ordinary word.
    private static func isTelling(_ line: [UInt8]) -> Bool {
        let what = Composition(line)
        if line.starts(with: "-----".utf8) { return false }
        return line.count >= 16 || line.count >= shortest && what.digits > 0 && what.letters > 0
    }

    // MARK: Forms

    static func forms(of value: [UInt8]) -> Set<[UInt8]> {
        guard value.count >= shortest else { return [] }
        var forms: Set<[UInt8]> = [value]
        let json = jsonForms(value)
        forms.formUnion(json)
        for form in json { forms.formUnion(jsonForms(form)) }
        forms.formUnion(urlForms(value))
        forms.formUnion(shellForms(value))
        forms.formUnion(base64Forms(value))
        for digits in ["0123456789abcdef", "0123456789ABCDEF"].map({ Array($0.utf8) }) {
            forms.insert(value.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
        }
        forms.insert(replacing(value) { htmlNames[$0] })
        forms.insert(
            replacing(value) { $0 == 39 ? "&#39;" : $0 == 34 ? "&#34;" : htmlNames[$0] })
        return forms
    }

    private static let htmlNames: [UInt8: String] = [
        38: "&amp;", 60: "&lt;", 62: "&gt;", 34: "&quot;", 39: "&#x27;",
    ]

    private static func replacing(_ value: [UInt8], _ other: (UInt8) -> String?) -> [UInt8] {
        value.flatMap { byte in other(byte).map { Array($0.utf8) } ?? [byte] }
    }

    /// As a text in JSON (RFC 8259, section 7): with minimal escapes, with HTML-safe escapes, and
    /// in ASCII only.
    private static func jsonForms(_ value: [UInt8]) -> [[UInt8]] {
        let short: [UInt8: String] = [
            8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: "\\\"", 92: "\\\\",
        ]
        func unit(_ code: UInt16, isUpper: Bool) -> String {
            let digits = String(code, radix: 16, uppercase: isUpper)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        var forms: [[UInt8]] = []
        for isUpper in [false, true] {
            let least = replacing(value) {
                short[$0] ?? ($0 < 32 ? unit(UInt16($0), isUpper: isUpper) : nil)
            }
            let slashes = replacing(value) {
                short[$0] ?? ($0 < 32 ? unit(UInt16($0), isUpper: isUpper) : $0 == 47 ? "\\/" : nil)
            }
            let html = replacing(value) { byte in
                short[byte]
                    ?? (byte < 32 || "<>&'".utf8.contains(byte)
                        ? unit(UInt16(byte), isUpper: isUpper) : nil)
            }
            let goHTML = replacing(value) { byte in
                short[byte]
                    ?? (byte < 32 || "<>&".utf8.contains(byte)
                        ? unit(UInt16(byte), isUpper: isUpper) : nil)
            }
            forms += [least, slashes, html, goHTML]
            guard value.contains(where: { $0 > 127 }),
                let text = String(validating: value, as: UTF8.self)
            else { continue }
            forms.append(
                text.utf16.flatMap { code -> [UInt8] in
                    if code < 128 {
                        let byte = UInt8(code)
                        return short[byte].map { Array($0.utf8) } ?? [byte]
                    }
                    return Array(unit(code, isUpper: isUpper).utf8)
                })
        }
        return forms
    }

    /// Percent-encoded (RFC 3986, section 2.1), with the bytes that common encoders keep, and in
    /// form encoding (a space becomes a plus).
    private static func urlForms(_ value: [UInt8]) -> [[UInt8]] {
        let kept = ["-._~", "-._~!*'()", "-_.!~*'();,/?:@&=+$#", "-._~$&+=:@", "-._", "-._~/"]
        var forms: [[UInt8]] = []
        for isUpper in [true, false] {
            for extra in kept {
                let set = ByteSet.alphanumeric + ByteSet(extra)
                for blank in ["%20", "+"] {
                    forms.append(
                        replacing(value) { byte in
                            if byte == 32 { return blank }
                            if set.contains(byte) { return nil }
                            let digits = String(byte, radix: 16, uppercase: isUpper)
                            return "%" + (digits.utf8.count == 1 ? "0" : "") + digits
                        })
                }
            }
        }
        return forms
    }

    /// In the quoting styles of shells: `'\''`, a backslash before each special byte, and double
    /// quotes.
    private static func shellForms(_ value: [UInt8]) -> [[UInt8]] {
        let plain = ByteSet.alphanumeric + ByteSet("-._/@%+=:,")
        let dollar: [UInt8: String] = [39: "\\'", 92: "\\\\", 9: "\\t", 10: "\\n", 13: "\\r"]
        return [
            replacing(value) { $0 == 39 ? "'\\''" : nil },
            replacing(value) { $0 == 39 ? "'\"'\"'" : nil },
            replacing(value) { byte in
                plain.contains(byte) || byte > 127
                    ? nil : "\\" + String(UnicodeScalar(byte))
            },
            replacing(value) { byte in
                "\"$`\\".utf8.contains(byte) ? "\\" + String(UnicodeScalar(byte)) : nil
            },
            replacing(value) { dollar[$0] },
        ]
    }

    /// As base64 (RFC 4648), alone or within something longer: characters that depend on
    /// neighbouring bytes are left out.
    private static func base64Forms(_ value: [UInt8]) -> [[UInt8]] {
        let alphabets = ["+/", "-_"].map {
            Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\($0)".utf8)
        }
        var forms: [[UInt8]] = []
        for shift in 0..<3 {
            let padded = [UInt8](repeating: 0, count: shift) + value
            // A base64 character has six bits. These are the first and last characters whose bits
            // all come from the value.
            let first = (shift * 8 + 5) / 6
            let last = padded.count * 8 / 6
            guard last - first >= 8 else { continue }
            for alphabet in alphabets {
                forms.append(
                    (first..<last).map { letter in
                        let bit = letter * 6
                        let byte = bit / 8
                        let pair =
                            UInt16(padded[byte]) << 8
                            | UInt16(byte + 1 < padded.count ? padded[byte + 1] : 0)
                        return alphabet[Int(pair >> UInt16(10 - bit % 8) & 63)]
                    })
            }
        }
        return forms
    }

    // MARK: Finding

    /// The ranges of all forms, in order; they may overlap.
    func ranges(in text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        guard !forms.isEmpty, text.count >= 2 else { return [] }
        var ranges: [Range<Int>] = []
        isFirst.withUnsafeBufferPointer { isFirst in
            var pair = Int(text[0])
            for place in 1..<text.count {
                pair = (pair & 0xFF) << 8 | Int(text[place])
                guard isFirst[pair], let candidates = forms[UInt16(pair)] else { continue }
                let start = place - 1
                let found = candidates.first { form in
                    text.count - start >= form.count
                        && form.withUnsafeBufferPointer { form in
                            for offset in 2..<form.count where text[start + offset] != form[offset]
                            {
                                return false
                            }
                            return true
                        }
                }
                if let found { ranges.append(start..<(start + found.count)) }
            }
        }
        return ranges
    }
}
