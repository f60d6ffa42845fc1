/// Passwords that commands accept after a flag: `curl -u NAME:…`, `sshpass -p …`, `IDENTIFIED BY
/// '…'`.
enum CommandFlags {
    private static let end = ByteSet.space + ByteSet("\"'`")

    static func range(in text: Scanned, at start: Int) -> Range<Int>? {
        if text.byte(start) == UInt8(ascii: "I") { return identified(in: text, at: start) }
        let before = text.byte(start - 1)
        guard
            ByteSet.space.contains(before) || before == UInt8(ascii: "-")
                || text.precedes("--proxy", start, within: 7)
        else { return nil }
        if text.byte(start + 1) == UInt8(ascii: "p") {
            guard text.precedes("sshpass ", start, within: 40) else { return nil }
            return value(in: text, from: start + 2)
        }
        // `-u`, `--user`, `--proxy-user`.
        guard text.precedes("curl", start, within: 400) || text.precedes("wget", start, within: 400)
        else { return nil }
        var at = start + 2
        if text.spells(Array("ser".utf8), at: at) { at += 3 }
        guard let pair = value(in: text, from: at), let colon = text.bytes[pair].firstIndex(of: 58)
        else {
            return nil
        }
        let value = colon + 1..<pair.upperBound
        let what = Composition(text.bytes[value])
        return value.count >= 4 && what.letters > 0 && !Placeholders.isOne(text, value)
            ? value : nil
    }

    private static func value(in text: Scanned, from start: Int) -> Range<Int>? {
        var at = text.run(of: ByteSet(" ="), from: start, most: 4)
        let quote = text.byte(at)
        let isQuoted = quote == 34 || quote == 39
        if isQuoted { at += 1 }
        var last = at
        while last < text.count,
            isQuoted ? text[last] != quote && text[last] != 10 : !end.contains(text[last]),
            last - at < 4096
        { last += 1 }
        return last - at >= 4 && !Placeholders.isOne(text, at..<last) ? at..<last : nil
    }

    private static func identified(in text: Scanned, at start: Int) -> Range<Int>? {
        let word = Array("IDENTIFIED BY ".utf8)
        guard text.spells(word, at: start), text.byte(start + word.count) == 39 else { return nil }
        return value(in: text, from: start + word.count)
    }
}
