/// Credentials of well-known forms in a text, found in a pass over its bytes: every text that is
/// written down is looked at, and most hold none.
struct Credentials {
    /// How a credential was told from other text.
    enum Form: Equatable {
        /// By its own form: tokens of GitHub, GitLab, AWS, Slack, OpenAI; JSON Web Tokens; keys.
        case own
        /// As the password of an address: `scheme://user:password@host` (RFC 3986, section 3.2.1).
        case inAddress
        /// After `Bearer` or `Basic` (RFC 9110, section 11.4).
        case bearer
        /// After a telling name: `password=…`, `"api_key": "…"`. Looked for by itself, when the
        /// others are gone: a value may end in the middle of one of them.
        case named
    }
    /// Where one stands; what tells of it is not part of it.
    struct Found {
        let form: Form
        let range: Range<Int>
    }

    private let bytes: UnsafeBufferPointer<UInt8>

    /// All that tell of themselves, in order, none within another.
    static func found(in bytes: UnsafeBufferPointer<UInt8>) -> [Found] {
        all(in: bytes, beginning: ownBeginnings) { $0.credential(at: $1) }
    }

    /// All that stand after a telling name.
    static func named(in bytes: UnsafeBufferPointer<UInt8>) -> [Found] {
        all(in: bytes, beginning: nameBeginnings) { $0.named(at: $1) }
    }

    /// Whether there may be any: a look at every byte, which nearly all texts pass.
    static func mayBe(in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        anyBeginnings.withUnsafeBufferPointer { pairs in
            var last = 0
            for byte in bytes {
                let pair = last << 8 | Int(byte)
                if pairs[pair] { return true }
                last = Int(byte)
            }
            return false
        }
    }

    private static func all(
        in bytes: UnsafeBufferPointer<UInt8>, beginning pairs: [Bool],
        _ look: (Credentials, Int) -> Found?
    ) -> [Found] {
        let text = Credentials(bytes: bytes)
        var found: [Found] = []
        var at = 0
        pairs.withUnsafeBufferPointer { pairs in
            while at + 1 < bytes.count {
                guard pairs[Int(bytes[at]) << 8 | Int(bytes[at + 1])], let one = look(text, at)
                else {
                    at += 1
                    continue
                }
                found.append(one)
                at = one.range.upperBound
            }
        }
        return found
    }

    /// The two bytes with which what tells of a credential may begin: few texts have them at all.
    private static let ownBeginnings = pairs(
        tokens.map(\.beginning) + ["eyJ", "-----", "://"].map { Array($0.utf8) }
            + schemes.flatMap { [Array($0.utf8), Array($0.lowercased().utf8)] })
    private static let nameBeginnings = pairs(
        names.flatMap { name in
            let (first, second) = (name[0], name[1])
            return [[first, second], [first - 32, second], [first, second - 32]]
                + [[first - 32, second - 32]]
        })

    private static let anyBeginnings = zip(ownBeginnings, nameBeginnings).map { $0 || $1 }

    private static func pairs(_ words: [[UInt8]]) -> [Bool] {
        var table = [Bool](repeating: false, count: 1 << 16)
        for word in words { table[Int(word[0]) << 8 | Int(word[1])] = true }
        return table
    }

    private func credential(at start: Int) -> Found? {
        switch bytes[start] {
        case UInt8(ascii: "-"): return key(at: start)
        case UInt8(ascii: ":"): return password(at: start)
        default: break
        }
        if let range = token(at: start) { return Found(form: .own, range: range) }
        for word in Self.schemes where spells(word.dropFirst(), at: start + 1) {
            if bytes[start] | 32 != UInt8(ascii: "b") { break }
            let value = start + word.utf8.count
            let end = run(from: value) { Self.isAlphanumeric($0) || "._~+/=-".utf8.contains($0) }
            if end - value >= 12 { return Found(form: .bearer, range: value..<end) }
        }
        return nil
    }

    // MARK: Own forms

    private static let schemes = ["Bearer ", "Basic "]

    /// A form of token: what it begins with, how many characters of which kind follow.
    private struct Token {
        let beginning: [UInt8]
        let most: Int
        let least: Int
        let others: [UInt8]

        init(_ beginning: String, _ least: Int, _ others: String = "", most: Int = .max) {
            self.beginning = Array(beginning.utf8)
            self.least = least
            self.others = Array(others.utf8)
            self.most = most
        }
    }

    private static let tokens: [Token] =
        "pousr".map { Token("gh\($0)_", 20) }
        + [Token("github_pat_", 20, "_"), Token("glpat-", 16, "_-"), Token("sk-", 20, "_-")]
        + ["AKIA", "ASIA"].map { Token($0, 16, most: 16) }
        + "abposr".map { Token("xox\($0)-", 10, "-") }

    private func token(at start: Int) -> Range<Int>? {
        if start > 0, Self.isAlphanumeric(bytes[start - 1]) { return nil }
        for token in Self.tokens where token.beginning[0] == bytes[start] {
            guard spells(token.beginning, at: start) else { continue }
            let value = start + token.beginning.count
            let end = run(from: value) {
                Self.isAlphanumeric($0) || token.others.contains($0)
            }
            if end - value >= token.least { return start..<min(end, value.saturating(token.most)) }
        }
        return webToken(at: start)
    }

    /// Three parts of base64url with points between (RFC 7519).
    private func webToken(at start: Int) -> Range<Int>? {
        guard spells("eyJ".utf8, at: start) else { return nil }
        var at = start + 3
        for least in [8, 8, 1] {
            let end = run(from: at) { Self.isAlphanumeric($0) || $0 == 95 || $0 == 45 }
            if end - at < least { return nil }
            if least == 1 { return start..<end }
            guard end < bytes.count, bytes[end] == UInt8(ascii: ".") else { return nil }
            at = end + 1
        }
        return nil
    }

    /// A private key (RFC 7468), up to its end or that of the text.
    private func key(at start: Int) -> Found? {
        guard label("-----BEGIN ", at: start) != nil else { return nil }
        var at = start + 1
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "-"), let end = label("-----END ", at: at) {
                return Found(form: .own, range: start..<end)
            }
            at += 1
        }
        return Found(form: .own, range: start..<bytes.count)
    }

    /// The end of a line that begins or ends a private key.
    private func label(_ beginning: String, at start: Int) -> Int? {
        guard spells(beginning.utf8, at: start) else { return nil }
        let name = start + beginning.utf8.count
        let end = run(from: name) { (65...90).contains($0) || $0 == 32 }
        let words = "PRIVATE KEY".utf8
        guard end - name >= words.count, spells(words, at: end - words.count),
            spells("-----".utf8, at: end)
        else { return nil }
        return end + 5
    }

    // MARK: By what stands before

    private func password(at start: Int) -> Found? {
        guard spells("://".utf8, at: start), start > 0,
            Self.isAlphanumeric(bytes[start - 1]) || "+.-".utf8.contains(bytes[start - 1])
        else { return nil }
        let user = run(from: start + 3) { !Self.isSpace($0) && !"/:@\"".utf8.contains($0) }
        guard user < bytes.count, bytes[user] == UInt8(ascii: ":") else { return nil }
        let end = run(from: user + 1) { !Self.isSpace($0) && !"/@\"".utf8.contains($0) }
        guard end > user + 1, end < bytes.count, bytes[end] == UInt8(ascii: "@") else { return nil }
        return Found(form: .inAddress, range: user + 1..<end)
    }

    private static let names: [[UInt8]] = [
        "password", "passwd", "secret", "token", "api_key", "api-key", "apikey", "access_key",
        "access-key", "accesskey",
    ].map { Array($0.utf8) }

    private func named(at start: Int) -> Found? {
        let first = bytes[start] | 32
        for name in Self.names where name[0] == first && spells(name, at: start, folding: true) {
            let isQuote = { (byte: UInt8) in byte == 34 || byte == 39 }
            var at = start + name.count
            if at < bytes.count, isQuote(bytes[at]) { at += 1 }
            at = run(from: at, Self.isSpace)
            guard at < bytes.count, bytes[at] == 61 || bytes[at] == 58 else { continue }
            at = run(from: at + 1, Self.isSpace)
            if at < bytes.count, isQuote(bytes[at]) { at += 1 }
            let end = run(from: at) { !Self.isSpace($0) && !"\"',;&".utf8.contains($0) }
            if end - at >= 4 { return Found(form: .named, range: at..<end) }
        }
        return nil
    }

    // MARK: Bytes

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    /// The end of the bytes from `start` on that are meant.
    private func run(from start: Int, _ isMeant: (UInt8) -> Bool) -> Int {
        var at = start
        while at < bytes.count, isMeant(bytes[at]) { at += 1 }
        return at
    }

    /// Whether the word stands at a place; `folding` takes upper case of ASCII as lower case.
    private func spells(
        _ word: some Collection<UInt8>, at start: Int, folding: Bool = false
    ) -> Bool {
        guard start >= 0, bytes.count - start >= word.count else { return false }
        var at = start
        for byte in word {
            let mine = bytes[at]
            let isSame =
                mine == byte
                || folding && (65...90).contains(mine) && mine | 32 == byte
            if !isSame { return false }
            at += 1
        }
        return true
    }

    private func spells(_ word: Substring, at start: Int) -> Bool {
        spells(word.utf8, at: start)
    }
}

extension Int {
    /// The sum, or the largest number there is.
    fileprivate func saturating(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
