internal import LedgerText

/// Finds values after credential names: `DB_PASSWORD=…`, `"clientSecret": "…"`, `--token …`.
///
/// Only this type uses randomness. A random-looking text is a secret only after a credential name;
/// without one it may be a commit, a digest or a certificate.
enum NamedValues {
    static let names: [[UInt8]] = [
        "password", "passwd", "passphrase", "passwort", "pwd", "pass", "secret", "token", "apikey",
        "api_key",
        "api-key", "api.key", "accesskey", "access_key", "access-key", "privatekey", "private_key",
        "private-key",
        "secretkey", "secret_key", "secret-key", "secret.key", "access.key", "signing_key",
        "signing-key", "signingkey",
        "encryption_key", "encryptionkey", "account_key", "accountkey", "sharedaccesskey",
        "shared_key", "sharedkey", "master_key", "masterkey", "auth_key", "authkey", "client_key",
        "client-key-data", "webhook_key", "subscription-key", "x-amz-signature",
        "x-amz-security-token",
        "sig", "_auth", "auth", "credential", "credentials",
    ].map { Array($0.utf8) }

    /// Names that are also ordinary words: only a random-looking value counts.
    private static let weak: Set<[UInt8]> = Set(
        ["sig", "_auth", "auth", "credential", "credentials"].map { Array($0.utf8) })

    private static let byPair: [UInt16: [[UInt8]]] = Dictionary(
        grouping: names.sorted { $0.count > $1.count }
    ) { UInt16($0[0]) << 8 | UInt16($0[1]) }

    /// The syntax that separates a value from its name.
    private enum Style { case assigned, told, quoted, flag, element }

    static func range(in text: inout Scanned, at start: Int) -> Range<Int>? {
        func fold(_ byte: UInt8) -> UInt8 { ByteSet.upper.contains(byte) ? byte | 32 : byte }
        let pair = UInt16(fold(text[start])) << 8 | UInt16(fold(text[start + 1]))
        guard let name = (byPair[pair] ?? []).first(where: { text.spellsFolded($0, at: start) })
        else {
            return nil
        }
        var end = start + name.count
        var isPlural = false
        // Numbered and plural names: `TOKEN_2`, `tokens`, `PASSWORD1`.
        if text.byte(end) | 32 == UInt8(ascii: "s"),
            !ByteSet.identifier.contains(text.byte(end + 1))
        {
            end += 1
            isPlural = true
        }
        let number = text.run(of: .digits + ByteSet("_"), from: end, most: 4)
        if number > end, ByteSet.digits.contains(text.byte(number - 1)) { end = number }
        guard !(ByteSet.identifier.contains(text.byte(end))) else { return nil }
        let isWeak = isPlural || weak.contains(name)
        let before = text.byte(start - 1)
        if isWeak, ByteSet.alphanumeric.contains(before) { return nil }
        // In the query of an address, `sig` is a signature.
        if name.count == 3, name[0] == UInt8(ascii: "s"), before != UInt8(ascii: "&"),
            before != UInt8(ascii: "?")
        {
            return nil
        }
        // `SMTP_PASS`, `sshpass`, `-storepass`; but not the word "pass".
        if name.count == 4, name[0] == UInt8(ascii: "p"), !ByteSet.base64url.contains(before),
            !text.precedes("-passin ", start, within: 9),
            !text.precedes("-passout ", start, within: 10)
        {
            return nil
        }
        guard let (value, style) = value(in: text, name: start, after: end) else { return nil }
        let isUpper = ByteSet.upper.contains(text[start])
        if accepts(text, value, style, isWeak: isWeak, isUpper: isUpper) { return value }
        // An ordinary word counts where only a password can appear.
        let isWord =
            value.count >= 6 && text.bytes[value].allSatisfy { ByteSet.alphanumeric.contains($0) }
        return style == .assigned && name[0] == UInt8(ascii: "p") && text.byte(end) == 61 && isWord
            && !isWeak && !Placeholders.isOne(text, value) ? value : nil
    }

    // MARK: Where the value is

    private static let quotes = ByteSet("\"'`")
    private static let unquotedEnd = ByteSet.space + ByteSet("\"'`<>")
    private static let longest = 16 << 10

    private static func value(
        in text: Scanned, name start: Int, after end: Int
    ) -> (Range<Int>, Style)? {
        var at = end
        // Skips the closing quote of the name, escaped or not, and a bracket: `"token":`,
        // `["token"]=`.
        if text.byte(at) == 92 { at += 1 }
        if quotes.contains(text.byte(at)) { at += 1 }
        if text.byte(at) == UInt8(ascii: "]") { at += 1 }
        let name = at
        if let value = beside(in: text, name: start, after: at) { return value }
        at = typed(in: text, after: at) ?? text.run(of: ByteSet(" \t"), from: at, most: 16)
        switch text.byte(at) {
        case UInt8(ascii: "="), UInt8(ascii: ":"):
            var next = at + 1
            if text.byte(at) == 58, text.byte(next) == 61 { next += 1 }
            // A comparison is not an assignment.
            if text.byte(at) == 61, text.byte(next) == 61 || text.byte(next) == 126 { return nil }
            if text.byte(at) == 61, text.byte(next) == 62 { next += 1 }
            // `::set-output name=token::…`
            if text.byte(at) == 58, text.byte(next) == 58 {
                return body(in: text, at: next + 1, .told)
            }
            let isTight = next == name + 1
            let value = text.run(of: ByteSet(" \t"), from: next, most: 32)
            // Prose always has a space between a name and a value.
            let isTold = !isTight || value > next
            if let folded = folded(in: text, at: value) { return (folded, .told) }
            // `"NAME=several words"`: the opening quote is before the name.
            if text.byte(at) == 61, isTight, let whole = quotedWhole(in: text, name: start, value) {
                return whole
            }
            return body(in: text, at: value, isTold ? .told : .assigned)
        case UInt8(ascii: ">"):
            guard text.byte(start - 1) == 60 || at == end else { return nil }
            let value = text.run(of: .space, from: at + 1, most: 16)
            var last = value
            while last < text.count, text[last] != 60, text[last] != 10, last - value < longest {
                last += 1
            }
            guard text.byte(last) == 60, text.byte(last + 1) == 47 else { return nil }
            return (value..<last, .element)
        default:
            // `--password VALUE`: a space separates a flag from its value.
            if text.byte(at) == UInt8(ascii: "("), text.byte(at + 1) == 39 {
                return body(in: text, at: at + 1, .flag)
            }
            guard at > name else { return nil }
            if isFlag(text, start) || isSetting(text, start) {
                return body(in: text, at: at, .flag)
            }
            // A column of a table.
            return text.byte(name) == 9 ? body(in: text, at: at, .told) : nil
        }
    }

    /// The index of a value in a list of names and values: `- name: TOKEN`, and `value: …` on the
    /// next line; `key="token" value="…"`.
    private static func beside(in text: Scanned, name start: Int, after end: Int) -> (
        Range<Int>, Style
    )? {
        var at = text.run(of: .space, from: end, most: 40)
        guard at > end else { return nil }
        let isNext = text.bytes[end..<at].contains(10)
        guard text.spells(Array("value".utf8), at: at) else { return nil }
        at += 5
        guard text.byte(at) == (isNext ? 58 : 61) else { return nil }
        let value = text.run(of: ByteSet(" \t"), from: at + 1, most: 8)
        return body(in: text, at: value, .told)
    }

    /// The index after a type annotation between a name and `=`: `: String`, ` string`.
    private static func typed(in text: Scanned, after name: Int) -> Int? {
        var at = name
        if text.byte(at) == 58 { at += 1 }
        let blank = text.run(of: ByteSet(" "), from: at, most: 4)
        guard blank > at else { return nil }
        let type = text.run(of: .alphanumeric + ByteSet("&?<>."), from: blank, most: 24)
        let end = text.run(of: ByteSet(" "), from: type, most: 4)
        let value = text.run(of: ByteSet(" "), from: end + 1, most: 4)
        guard type > blank, text.byte(end) == 61, quotes.contains(text.byte(value)) else {
            return nil
        }
        return end
    }

    /// The value up to the closing quote, if the opening quote is before the name.
    private static func quotedWhole(in text: Scanned, name start: Int, _ value: Int) -> (
        Range<Int>, Style
    )? {
        var at = start
        while at > 0, ByteSet.base64url.contains(text[at - 1]), start - at < 64 { at -= 1 }
        let quote = text.byte(at - 1)
        guard quote == 34 || quote == 39, !quotes.contains(text.byte(value)) else { return nil }
        var last = value
        while last < text.count, text[last] != quote, text[last] != 10, last - value < longest {
            last += 1
        }
        guard text.byte(last) == quote else { return nil }
        return (value..<last, .quoted)
    }

    /// The line below a name in YAML: `token: >-`.
    private static func folded(in text: Scanned, at start: Int) -> Range<Int>? {
        guard text.byte(start) == UInt8(ascii: ">") || text.byte(start) == UInt8(ascii: "|") else {
            return nil
        }
        var at = start + 1
        if text.byte(at) == UInt8(ascii: "-") || text.byte(at) == UInt8(ascii: "+") { at += 1 }
        guard text.byte(at) == 10 else { return nil }
        at = text.run(of: ByteSet(" "), from: at + 1, most: 40)
        var last = at
        while last < text.count, text[last] != 10, last - at < longest { last += 1 }
        return last > at ? at..<last : nil
    }

    /// Whether the text after the name and a space is its value, judged by the text before the
    /// name: `ENV TOKEN …`, `login NAME password …` (netrc), `configure set aws_secret_access_key
    /// …`.
    private static func isSetting(_ text: Scanned, _ start: Int) -> Bool {
        text.precedes("ENV ", start, within: 40) || text.precedes("login ", start, within: 120)
            || text.precedes("config set ", start, within: 80)
            || text.precedes("configure set ", start, within: 80)
            || isOfNetrc(text, start) || isStatement(text, start)
    }

    /// Whether the line before is a netrc(5) line: `login …`.
    private static func isOfNetrc(_ text: Scanned, _ start: Int) -> Bool {
        var at = start - 1
        while at >= 0, text[at] == 32 || text[at] == 9 { at -= 1 }
        guard text.byte(at) == 10, at > 0 else { return false }
        return text.precedes("login ", at, within: 120)
    }

    /// Whether the text is an SQL clause: `PASSWORD '…'`.
    private static func isStatement(_ text: Scanned, _ start: Int) -> Bool {
        text.spells(Array("PASSWORD '".utf8), at: start)
    }

    /// Whether the name is a flag: `--db-password`, `-token`.
    private static func isFlag(_ text: Scanned, _ start: Int) -> Bool {
        var at = start
        while at > 0, ByteSet.base64url.contains(text[at - 1]), start - at < 64 { at -= 1 }
        let before = text.byte(at - 1)
        return text.byte(at) == 45
            && (at == 0 || ByteSet.space.contains(before) || quotes.contains(before))
    }

    /// The value that begins at an index: a quoted text, or a word.
    private static func body(in text: Scanned, at start: Int, _ style: Style) -> (
        Range<Int>, Style
    )? {
        var at = start
        // `r"…"`, `b'…'`, `$'…'`.
        if quotes.contains(text.byte(at + 1)), "rbf$".utf8.contains(text.byte(at)) { at += 1 }
        let isEscaped = text.byte(at) == 92 && quotes.contains(text.byte(at + 1))
        if isEscaped { at += 1 }
        let quote = text.byte(at)
        if quotes.contains(quote) {
            let first = at + 1
            var last = first
            while last < text.count, text[last] != 10, last - first < longest {
                if text[last] == 92 {
                    if isEscaped, text.byte(last + 1) == quote { break }
                    last += 2
                    continue
                }
                if text[last] == quote { break }
                last += 1
            }
            last = min(last, text.count)
            return (first..<last, .quoted)
        }
        var last = at
        while last < text.count, !unquotedEnd.contains(text[last]), last - at < longest {
            if text[last] == 92, quotes.contains(text.byte(last + 1)) { break }
            if text[last] == UInt8(ascii: "&") { break }
            if ",;".utf8.contains(text[last]) {
                let next = text.byte(last + 1)
                if ByteSet.space.contains(next)
                    || ByteSet.alphanumeric.contains(next) && style != .flag
                {
                    break
                }
            }
            last += 1
        }
        // Excludes brackets and punctuation that close the surrounding text.
        while last > at, ")]},;.".utf8.contains(text[last - 1]) { last -= 1 }
        return (at..<last, style)
    }

    // MARK: Whether it is one

    private static let ordinary = ByteSet.alphanumeric + ByteSet("._-:/ @")

    private static func accepts(
        _ text: Scanned, _ value: Range<Int>, _ style: Style, isWeak: Bool, isUpper: Bool
    ) -> Bool {
        guard value.count >= 4, !Placeholders.isOne(text, value) else { return false }
        let bytes = text.bytes[value]
        let what = Composition(bytes)
        if isReference(bytes) || isFingerprint(bytes) { return false }
        if style == .told, hasBlanks(bytes) { return value.count >= 8 && !isSentence(bytes) }
        let isMixed = what.digits > 0 && what.letters > 0 && value.count >= 6
        let hasSymbols =
            what.letters > 0 && bytes.contains { !ordinary.contains($0) && $0 < 128 }
            && value.count >= 6
        let isRandom =
            isMixed || hasSymbols || what.alternates || isDashed(bytes) || what.digits >= 6
        if isWeak {
            return value.count >= 16 && what.digits > 0 && what.letters > 0 && !hasBlanks(bytes)
                && !isPath(bytes)
        }
        switch style {
        case .quoted:
            if hasBlanks(bytes) { return value.count >= 8 && !isSentence(bytes) }
            return !isPath(bytes) && (isRandom || isUpper && value.count >= 8 || value.count >= 20)
        case .element: return !hasBlanks(bytes) && value.count >= 6 || value.count >= 12
        case .flag:
            return !bytes.starts(with: "-".utf8) && !isPath(bytes) && !isSetting(bytes) && isRandom
        case .assigned:
            if bytes.contains(UInt8(ascii: "{")) { return false }
            return !isPath(bytes) && (isRandom || isUpper && value.count >= 8 && what.others == 0)
        case .told:
            // In prose, more words follow; a value is at the end of its line.
            let end = text.run(of: ByteSet(" \t"), from: value.upperBound, most: 8)
            let isLast =
                end >= text.count || "\r\n,\"'}])|;#&\\".utf8.contains(text.byte(end))
            if isPath(bytes) || bytes.contains(UInt8(ascii: "{")) { return false }
            guard isLast else { return value.count >= 20 && isMixed && what.others < 4 }
            return isMixed && value.count >= 7 || hasSymbols && value.count >= 8 || isDashed(bytes)
                || what.alternates
        }
    }

    /// Whether it is a printed fingerprint of a public key: 40 hexadecimal digits in upper case
    /// (RFC 4880).
    private static func isFingerprint(_ value: some Collection<UInt8>) -> Bool {
        value.count == 40
            && value.allSatisfy { ByteSet.digits.contains($0) || (65...70).contains($0) }
    }

    /// Whether it is a list of flag settings: `source=key,target=…`.
    private static func isSetting(_ value: some Collection<UInt8>) -> Bool {
        let name = value.prefix { ByteSet.lower.contains($0) }
        return name.count >= 2 && value.dropFirst(name.count).first == UInt8(ascii: "=")
            && value.count > name.count + 1
            && value.dropFirst(name.count + 1).first != UInt8(ascii: "=")
    }

    private static func hasBlanks(_ value: some Collection<UInt8>) -> Bool {
        value.contains { ByteSet.space.contains($0) }
    }

    /// Whether it is a sentence: it contains common short words or ends with punctuation.
    private static func isSentence(_ value: some Collection<UInt8>) -> Bool {
        let text = " " + String(decoding: value, as: UTF8.self).lowercased() + " "
        let small = [
            " the ", " a ", " is ", " for ", " to ", " of ", " not ", " your ", " in ", " and ",
            " with ",
            " must ", " from ", " be ", " or ", " at ", " by ", " this ", "%s", "%d", "%v", "%q",
            "%w", "{}",
        ]
        return small.contains { text.holds($0) } || text.ends(with: ". ") || text.ends(with: ": ")
    }

    /// Whether it is several words joined with hyphens: a diceware passphrase.
    static func isDashed(_ value: some Collection<UInt8>) -> Bool {
        let parts = value.split(separator: UInt8(ascii: "-"))
        return parts.count >= 4 && parts.allSatisfy { $0.count >= 3 }
            && value.allSatisfy { ByteSet.lower.contains($0) || $0 == UInt8(ascii: "-") }
    }

    /// Whether it is a file, a folder or an address: words between slashes.
    private static func isPath(_ value: some BidirectionalCollection<UInt8>) -> Bool {
        let text = String(decoding: value, as: UTF8.self)
        if text.holds("://") { return !text.holds("@") }
        guard text.holds("/") else { return false }
        let parts = value.split(separator: UInt8(ascii: "/"))
        return parts.allSatisfy { part in
            let what = Composition(part)
            return what.count <= 32 && !(what.upper > 0 && what.lower > 0 && what.digits > 0)
                && !what.alternates
                && !part.contains { "+=".utf8.contains($0) }
        }
    }

    /// Whether it is an expression in a program, not a value: `os.environ["X"]`, `get_token()`,
    /// `config.token`.
    private static func isReference(_ value: some BidirectionalCollection<UInt8>) -> Bool {
        if value.contains(UInt8(ascii: "(")) && value.last == UInt8(ascii: ")")
            || value.contains(UInt8(ascii: "[")) && value.last == UInt8(ascii: "]")
        {
            return true
        }
        if let last = value.last, "[(".utf8.contains(last) { return true }
        if let open = value.firstIndex(of: UInt8(ascii: "(")), open > value.startIndex {
            return value[..<open].allSatisfy {
                ByteSet.identifier.contains($0) || $0 == UInt8(ascii: ".")
            }
        }
        // `android.os.BinderProxy@37cf42f` is an object.
        let named = value.prefix { $0 != UInt8(ascii: "@") }
        let parts = named.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count >= 2 else { return false }
        return parts.allSatisfy { part in
            guard let first = part.first, !ByteSet.digits.contains(first) else { return false }
            return part.allSatisfy { ByteSet.identifier.contains($0) }
                && Composition(part).digits == 0 && part.count >= 2
        }
    }
}
