/// Finds private keys in PEM or PGP armour.
enum PrivateKeys {
    private static let begin = Array("-----BEGIN ".utf8)
    private static let end = Array("-----END ".utf8)
    private static let words = ["PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"].map { Array($0.utf8) }
    /// Maximum number of bytes of a key's label.
    private static let longestName = 40

    /// The range of a private key (RFC 7468, RFC 9580) up to its end marker, or up to the end of a
    /// truncated key. A marker without base64 text is not a key.
    static func range(in text: inout Scanned, at start: Int) -> Range<Int>? {
        guard text.spells(begin, at: start), let body = label(in: text, at: start + begin.count)
        else { return nil }
        let place = nextEnd(in: &text, from: body)
        let limit = place?.lowerBound ?? min(text.count, body + (64 << 10))
        if let place,
            isArmour(text, body..<place.lowerBound) || lastLetters(in: text, body..<limit) != nil
        {
            return start..<place.upperBound
        }
        return lastLetters(in: text, body..<limit).map { start..<$0 }
            ?? firstLine(in: text, from: body).map { start..<$0 }
    }

    /// The end of a private key's label at an index; `nil` if there is no such label.
    private static func label(in text: Scanned, at start: Int) -> Int? {
        let name = text.run(of: .upper + .digits + ByteSet(" "), from: start, most: longestName)
        for word in words {
            let dashes = name - (word.count - 5)
            if dashes >= start, text.spells(word, at: dashes) { return dashes + word.count }
        }
        return nil
    }

    /// The next end marker of a private key; one search serves all keys before it.
    private static func nextEnd(in text: inout Scanned, from start: Int) -> Range<Int>? {
        if let known = text.keyEnd, known.from <= start,
            known.place.map({ $0.lowerBound >= start }) ?? true
        {
            return known.place
        }
        var at = start
        var place: Range<Int>?
        while at + end.count < text.count {
            if text[at] == UInt8(ascii: "-"), text.spells(end, at: at),
                let after = label(in: text, at: at + end.count)
            {
                place = at..<after
                break
            }
            at += 1
        }
        text.keyEnd = (start, place)
        return place
    }

    /// Whether the text between the markers has only base64 lines.
    private static func isArmour(_ text: Scanned, _ range: Range<Int>) -> Bool {
        let bytes = text.bytes[range]
        return bytes.first.map { $0 == 10 || $0 == 13 } == true
            && bytes.allSatisfy { ByteSet.base64.contains($0) || $0 == 10 || $0 == 13 }
    }

    /// The end of the line below the marker, if it is the beginning of a truncated key.
    private static func firstLine(in text: Scanned, from start: Int) -> Int? {
        let line = text.run(of: ByteSet("\r\n"), from: start, most: 2)
        let end = text.run(of: .base64, from: line, most: 20)
        guard line > start, end - line >= 3, end >= text.count || ByteSet.space.contains(text[end])
        else { return nil }
        let what = Composition(text.bytes[line..<end])
        return what.looksRandom || what.upper > 0 ? end : nil
    }

    /// The end of the last long base64 run; `nil` if the text has no such run near its beginning.
    /// Lines may have a prefix: a time, a quote or a diff marker.
    private static func lastLetters(in text: Scanned, _ range: Range<Int>) -> Int? {
        let least = 20
        var at = range.lowerBound
        var last: Int?
        while at < range.upperBound, at - (last ?? range.lowerBound) < 400 {
            let run = text.run(of: .base64, from: at, most: range.upperBound - at)
            if run - at >= least { last = run }
            at = max(run, at + 1)
        }
        return last
    }

    /// The start of the last key whose end marker has not arrived.
    static func open(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        let text = Scanned(bytes)
        var at = bytes.count - 1
        while at >= 0 {
            if bytes[at] == UInt8(ascii: "-") {
                if text.spells(end, at: at), label(in: text, at: at + end.count) != nil {
                    return nil
                }
                if text.spells(begin, at: at), label(in: text, at: at + begin.count) != nil {
                    return at
                }
            }
            at -= 1
        }
        return nil
    }

    /// A key whose armour is itself in base64: `LS0tLS1CRUdJTi…`.
    static func encoded(in text: inout Scanned, at start: Int) -> Range<Int>? {
        guard text.spells(Array("LS0tLS1CRUdJTi".utf8), at: start) else { return nil }
        let end = text.run(of: .base64, from: start)
        guard end - start >= 60 else { return nil }
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bits: UInt32 = 0
        var count = 0
        var head: [UInt8] = []
        for byte in text.bytes[start..<min(end, start + 80)] {
            guard let value = alphabet.firstIndex(of: byte) else { break }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                head.append(UInt8(bits >> UInt32(count) & 0xFF))
            }
        }
        return head.firstRange(of: Array("PRIVATE KEY".utf8)) == nil ? nil : start..<end
    }
}
