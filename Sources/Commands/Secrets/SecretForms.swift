/// Finds secrets by their format, and values after credential names.
enum SecretForms {
    /// The ranges of secrets, in order; no range contains another.
    static func ranges(
        in bytes: UnsafeBufferPointer<UInt8>, named: Bool = true
    ) -> [Range<Int>] {
        let wanted = named ? UInt8.max : ~isName
        var text = Scanned(bytes)
        var found: [Range<Int>] = []
        var at = 0
        triggers.withUnsafeBufferPointer { triggers in
            while at + 1 < bytes.count {
                let kinds = triggers[Int(bytes[at]) << 8 | Int(bytes[at + 1])] & wanted
                if kinds != 0, let range = secret(in: &text, at: at, kinds) {
                    found.append(range)
                    at = max(range.upperBound, at + 1)
                } else {
                    at += 1
                }
            }
        }
        return found
    }

    /// Whether the text may contain secrets: a fast check that excludes nearly all texts.
    static func mayBe(in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        triggers.withUnsafeBufferPointer { triggers in
            var last = 0
            for byte in bytes {
                if triggers[last << 8 | Int(byte)] != 0 { return true }
                last = Int(byte)
            }
            return false
        }
    }

    /// Bit flags: the kinds of secrets that a pair of bytes may begin.
    private static let isToken: UInt8 = 1
    private static let isName: UInt8 = 2
    private static let isKey: UInt8 = 4
    private static let isAddress: UInt8 = 8
    private static let isScheme: UInt8 = 16
    private static let isOther: UInt8 = 32

    private static let tokens: [UInt16: [TokenForm]] = Dictionary(grouping: TokenForm.all) {
        UInt16($0.prefix[0]) << 8 | UInt16($0.prefix[1])
    }

    private static let triggers: [UInt8] = {
        var table = [UInt8](repeating: 0, count: 1 << 16)
        func mark(_ word: [UInt8], _ kind: UInt8, folded: Bool) {
            for first in folded ? [word[0], word[0] & ~32] : [word[0]] {
                for second in folded ? [word[1], word[1] & ~32] : [word[1]] {
                    table[Int(first) << 8 | Int(second)] |= kind
                }
            }
        }
        for form in TokenForm.all { mark(form.prefix, isToken, folded: false) }
        for name in NamedValues.names { mark(name, isName, folded: true) }
        mark(Array("--".utf8), isKey, folded: false)
        mark(Array("://".utf8), isAddress, folded: false)
        for scheme in ["bearer", "basic", "authorization"] {
            mark(Array(scheme.utf8), isScheme, folded: true)
        }
        for other in [
            "eyJ", "LS0tLS1", "$6$", "$5$", "$y$", "hooks.slack", "discord", "add-mask", "\"d\"",
            ":AA", ".atlasv1.", "Q~", "-u", "-p", "IDENTIFIED",
        ] {
            mark(Array(other.utf8), isOther, folded: false)
        }
        return table
    }()

    private static func secret(
        in text: inout Scanned, at start: Int, _ kinds: UInt8
    ) -> Range<Int>? {
        if kinds & isToken != 0 {
            let pair = UInt16(text[start]) << 8 | UInt16(text[start + 1])
            for form in tokens[pair] ?? [] {
                if let end = form.end(in: &text, at: start) { return start..<end }
            }
        }
        if kinds & isOther != 0, let range = other(in: &text, at: start) { return range }
        if kinds & isKey != 0, let range = PrivateKeys.range(in: &text, at: start) { return range }
        if kinds & isAddress != 0, let range = Addresses.range(in: &text, at: start) {
            return range
        }
        if kinds & isScheme != 0, let range = Authorizations.range(in: &text, at: start) {
            return range
        }
        if kinds & isName != 0 { return NamedValues.range(in: &text, at: start) }
        return nil
    }

    // MARK: Others

    private static func other(in text: inout Scanned, at start: Int) -> Range<Int>? {
        switch text[start] {
        case UInt8(ascii: "e"): return webToken(in: &text, at: start)
        case UInt8(ascii: "$"): return passwordHash(in: &text, at: start)
        case UInt8(ascii: "L"): return PrivateKeys.encoded(in: &text, at: start)
        case UInt8(ascii: "a"): return masked(in: text, at: start)
        case UInt8(ascii: "\""): return webKey(in: text, at: start)
        case UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "Q"):
            return inTheMiddle(in: text, at: start)
        case UInt8(ascii: "-"), UInt8(ascii: "I"): return CommandFlags.range(in: text, at: start)
        default: return hook(in: &text, at: start)
        }
    }

    /// A value that a workflow asks GitHub's runner to mask (docs.github.com/actions, "Workflow
    /// commands").
    private static func masked(in text: Scanned, at start: Int) -> Range<Int>? {
        let word = Array("add-mask::".utf8)
        guard text.spells(word, at: start) else { return nil }
        let value = start + word.count
        let end = text.run(
            of: .alphanumeric + ByteSet("._~+/=-!#$%&*^|:?@"), from: value, most: 4096)
        return end - value >= 4 && !Placeholders.isOne(text, value..<end) ? value..<end : nil
    }

    /// The private part of a JSON Web Key (RFC 7518, section 6): `"d": "…"`.
    private static func webKey(in text: Scanned, at start: Int) -> Range<Int>? {
        guard text.spells(Array("\"d\"".utf8), at: start) else { return nil }
        var at = text.run(of: ByteSet(": \t"), from: start + 3, most: 8)
        guard text.byte(at) == 34 else { return nil }
        at += 1
        let end = text.run(of: .base64url, from: at, most: 1024)
        return end - at >= 40 && text.byte(end) == 34 ? at..<end : nil
    }

    /// Tokens that are recognized by a marker in the middle: Telegram bots, Terraform Cloud, Entra
    /// ID clients.
    private static func inTheMiddle(in text: Scanned, at start: Int) -> Range<Int>? {
        let shapes: [(middle: String, before: ClosedRange<Int>, set: ByteSet, after: Int)] = [
            (":AA", 8...10, .digits, 33), (".atlasv1.", 14...14, .alphanumeric, 60),
            ("Q~", 4...4, .base64url + ByteSet("."), 31),
        ]
        for shape in shapes where text.spells(Array(shape.middle.utf8), at: start) {
            var first = start
            while first > 0, shape.set.contains(text[first - 1]),
                start - first < shape.before.upperBound
            { first -= 1 }
            let body = start + shape.middle.utf8.count
            let end = text.run(of: .base64url + ByteSet("~."), from: body, most: 200)
            guard shape.before.contains(start - first), end - body >= shape.after,
                !ByteSet.alphanumeric.contains(text.byte(first - 1))
            else { continue }
            return first..<end
        }
        return nil
    }

    /// A JSON Web Token: three base64url parts separated by dots (RFC 7519), or five (RFC 7516). In
    /// the latter, the second part may be empty.
    private static func webToken(in text: inout Scanned, at start: Int) -> Range<Int>? {
        guard text.spells(eyJ, at: start), text.isBoundary(start),
            !"-_".utf8.contains(text.byte(start - 1))
        else {
            return nil
        }
        var end = text.run(of: .base64url, from: start)
        guard end - start >= 11, text.byte(end) == UInt8(ascii: ".") else { return nil }
        let second = text.run(of: .base64url, from: end + 1)
        guard text.byte(second) == UInt8(ascii: "."), second == end + 1 || second - end > 8 else {
            return nil
        }
        let third = text.run(of: .base64url, from: second + 1)
        guard third > second + 1 else { return nil }
        end = third
        for _ in 0..<2 where text.byte(end) == UInt8(ascii: ".") {
            let next = text.run(of: .base64url, from: end + 1)
            if next > end + 1 { end = next } else { break }
        }
        return start..<end
    }
    private static let eyJ = Array("eyJ".utf8)

    /// The hash of a password (crypt(5)).
    private static func passwordHash(in text: inout Scanned, at start: Int) -> Range<Int>? {
        let set = ByteSet.alphanumeric + ByteSet("./$,=")
        let end = text.run(of: set, from: start)
        let parts = text.bytes[start..<end].filter { $0 == UInt8(ascii: "$") }.count
        guard parts >= 3, end - start >= 40 else { return nil }
        return start..<end
    }

    /// The address of an incoming webhook: anyone who has it can send messages.
    private static func hook(in text: inout Scanned, at start: Int) -> Range<Int>? {
        let paths = [
            "hooks.slack.com/services/", "hooks.slack.com/workflows/",
            "hooks.slack.com/triggers/", "discord.com/api/webhooks/",
            "discordapp.com/api/webhooks/",
        ]
        for path in paths where text.spells(Array(path.utf8), at: start) {
            let set = ByteSet.base64url + ByteSet("/")
            let end = text.run(of: set, from: start + path.utf8.count)
            guard end - start >= path.utf8.count + 16 else { return nil }
            let scheme = Array("https://".utf8)
            let hasScheme = text.spells(scheme, at: start - scheme.count)
            return (hasScheme ? start - scheme.count : start)..<end
        }
        return nil
    }
}
