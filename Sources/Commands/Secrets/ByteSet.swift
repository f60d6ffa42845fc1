internal import LedgerText

/// A set of bytes with constant-time membership tests.
struct ByteSet: Hashable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    init(_ bytes: some Sequence<UInt8>) { for byte in bytes { insert(byte) } }
    init(_ text: String) { self.init(text.utf8) }

    private mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: return words.0 & bit != 0
        case 1: return words.1 & bit != 0
        case 2: return words.2 & bit != 0
        default: return words.3 & bit != 0
        }
    }

    static func + (left: ByteSet, right: ByteSet) -> ByteSet {
        var both = left
        both.words.0 |= right.words.0
        both.words.1 |= right.words.1
        both.words.2 |= right.words.2
        both.words.3 |= right.words.3
        return both
    }

    static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }

    static let digits = ByteSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
    static let upper = ByteSet(UInt8(ascii: "A")...UInt8(ascii: "Z"))
    static let lower = ByteSet(UInt8(ascii: "a")...UInt8(ascii: "z"))
    static let alphanumeric = digits + upper + lower
    static let hexadecimal = digits + ByteSet("abcdef")
    /// base64url without padding (RFC 4648, section 5).
    static let base64url = alphanumeric + ByteSet("_-")
    /// base64 with padding (RFC 4648, section 4).
    static let base64 = alphanumeric + ByteSet("+/=")
    static let space = ByteSet((9...13).map { UInt8($0) } + [32])
    static let identifier = alphanumeric + ByteSet("_")
}

/// The bytes under scan, with cached results. Each query takes constant time, or shares one pass
/// over the text with all equal queries.
struct Scanned {
    let bytes: UnsafeBufferPointer<UInt8>
    /// The last measured run of each set.
    private var runs: [ByteSet: Range<Int>] = [:]
    /// The next end marker of a private key from an index on; `nil`: not searched yet.
    var keyEnd: (from: Int, place: Range<Int>?)?

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var count: Int { bytes.count }

    @inline(__always)
    subscript(place: Int) -> UInt8 { bytes[place] }

    /// The byte at an index; a space outside the text.
    @inline(__always)
    func byte(_ place: Int) -> UInt8 { place >= 0 && place < bytes.count ? bytes[place] : 32 }

    /// The end of the run of bytes of a set from an index on. The first query within a run caches
    /// its end, so repeated token prefixes cost one scan.
    mutating func run(of set: ByteSet, from start: Int) -> Int {
        if let known = runs[set], known.contains(start) { return known.upperBound }
        var end = start
        while end < bytes.count, set.contains(bytes[end]) { end += 1 }
        if end - start > 16 { runs[set] = start..<end }
        return end
    }

    /// The end of the run of bytes of a set, up to a maximum length.
    func run(of set: ByteSet, from start: Int, most: Int) -> Int {
        var end = start
        let limit = min(bytes.count, start + most)
        while end < limit, set.contains(bytes[end]) { end += 1 }
        return end
    }

    /// Whether the word is at an index.
    func spells(_ word: [UInt8], at start: Int) -> Bool {
        guard start >= 0, bytes.count - start >= word.count else { return false }
        for offset in word.indices where bytes[start + offset] != word[offset] { return false }
        return true
    }

    /// Whether a word can begin at an index: only a non-word byte or a terminal colour code may
    /// come before it (ECMA-48: ESC, `[`, digits, `m`).
    func isBoundary(_ start: Int) -> Bool {
        guard start > 0, ByteSet.alphanumeric.contains(bytes[start - 1]) else { return true }
        // `%22`, `\u0022`: an encoded character before the word is not part of it.
        if byte(start - 3) == UInt8(ascii: "%")
            || byte(start - 6) == 92 && byte(start - 5) == UInt8(ascii: "u")
        {
            return true
        }
        guard bytes[start - 1] == UInt8(ascii: "m") else { return false }
        var at = start - 2
        while at >= 0, ByteSet.digits.contains(bytes[at]) || bytes[at] == 59 { at -= 1 }
        return byte(at) == UInt8(ascii: "[") && at < start - 2
    }

    /// Whether a word occurs before an index, on the same line.
    func precedes(_ word: String, _ place: Int, within most: Int) -> Bool {
        let word = Array(word.utf8)
        var at = place - 1
        while at >= 0, place - at <= most, bytes[at] != 10 {
            if spells(word, at: at) { return true }
            at -= 1
        }
        return false
    }

    /// Whether the word is at an index, ignoring case; the word must be in lower case.
    func spellsFolded(_ word: [UInt8], at start: Int) -> Bool {
        guard start >= 0, bytes.count - start >= word.count else { return false }
        for offset in word.indices {
            let byte = bytes[start + offset]
            let folded = ByteSet.upper.contains(byte) ? byte | 32 : byte
            if folded != word[offset] { return false }
        }
        return true
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

/// The composition of a text: enough to distinguish a random value from a word.
struct Composition {
    var upper = 0, lower = 0, digits = 0, others = 0

    init(_ bytes: some Sequence<UInt8>) {
        var last: UInt8 = 0
        for byte in bytes {
            if last & 32 != byte & 32, ByteSet.alphanumeric.contains(last), byte | 32 >= 97,
                last | 32 >= 97
            {
                switches += 1
            }
            last = byte
            // Non-ASCII bytes count as letters.
            if ByteSet.lower.contains(byte) || byte > 127 {
                lower += 1
            } else if ByteSet.upper.contains(byte) {
                upper += 1
            } else if ByteSet.digits.contains(byte) {
                digits += 1
            } else {
                others += 1
            }
        }
    }

    var count: Int { upper + lower + digits + others }
    var letters: Int { upper + lower }
    /// Number of changes between lower case and upper case.
    private(set) var switches = 0
    /// Whether the case alternates more often than in a word or name.
    var alternates: Bool { count >= 16 && switches * 4 >= count && upper > 2 && lower > 2 }
    /// Whether it mixes letters and digits, or cases, in a way that words do not.
    var looksRandom: Bool {
        (digits > 0 && letters > 0) || alternates
    }
}
