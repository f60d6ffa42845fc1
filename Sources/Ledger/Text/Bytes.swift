/// Operations on the bytes of a text, as other programs see it.
///
/// Swift compares grapheme clusters: `'` followed by U+0301 is not `'`, and CR LF is one character
/// that is neither CR nor LF. Shells, curl, git, CSV readers and GitHub read bytes. The repository
/// lints itself: no source file outside this folder uses the operations that these replace.
///
/// They are inlinable: a caller in another module would otherwise look up the types of its texts
/// at every call, which costs more than the comparison.
extension StringProtocol
where
    SubSequence == Substring, UTF8View: BidirectionalCollection,
    UTF8View.SubSequence == Substring.UTF8View
{
    /// Whether the bytes of the text begin with those of another.
    @inlinable public func begins(with prefix: some StringProtocol) -> Bool {
        utf8.starts(with: prefix.utf8)
    }

    /// Whether the bytes of the text end with those of another.
    @inlinable public func ends(with suffix: some StringProtocol) -> Bool {
        let (mine, other) = (utf8.count, suffix.utf8.count)
        return mine >= other && utf8.dropFirst(mine - other).elementsEqual(suffix.utf8)
    }

    /// Whether the bytes of another text occur anywhere in this one.
    @inlinable public func holds(_ text: some StringProtocol) -> Bool { place(of: text) != nil }

    /// Where the bytes of another text first occur; `nil` if they do not, or if it is empty.
    @inlinable public func place(of text: some StringProtocol) -> Range<Index>? {
        let wanted = Array(text.utf8)
        guard let first = wanted.first else { return nil }
        var start = utf8.startIndex
        while let at = utf8[start...].firstIndex(of: first) {
            var end = at
            var matched = 0
            while matched < wanted.count, end < utf8.endIndex, utf8[end] == wanted[matched] {
                matched += 1
                end = utf8.index(after: end)
            }
            if matched == wanted.count { return at..<end }
            start = utf8.index(after: at)
        }
        return nil
    }

    /// The ranges where the bytes of another text occur, without overlap.
    @inlinable public func places(of text: some StringProtocol) -> [Range<Index>] {
        var found: [Range<Index>] = []
        var start = startIndex
        while let place = self[start...].place(of: text) {
            found.append(place)
            start = place.upperBound
        }
        return found
    }

    /// The index of the first occurrence of an ASCII byte.
    @inlinable public func first(byte: Unicode.Scalar) -> Index? {
        utf8.firstIndex(of: UInt8(ascii: byte))
    }

    /// The index of the last occurrence of an ASCII byte.
    @inlinable public func last(byte: Unicode.Scalar) -> Index? {
        utf8.lastIndex(of: UInt8(ascii: byte))
    }

    /// The parts between occurrences of a separator, as `split` returns them.
    @inlinable public func parts(
        separator: some StringProtocol, maxSplits: Int = .max,
        omittingEmptySubsequences: Bool = true
    ) -> [Substring] {
        var result: [Substring] = []
        var start = startIndex
        var splits = 0
        while splits < maxSplits, let place = self[start...].place(of: separator) {
            if place.lowerBound > start || !omittingEmptySubsequences {
                result.append(self[start..<place.lowerBound])
                splits += 1
            }
            start = place.upperBound
        }
        if start < endIndex || !omittingEmptySubsequences { result.append(self[start...]) }
        return result
    }

    /// The words between ASCII white space.
    @inlinable public var words: [Substring] {
        utf8.split(whereSeparator: ASCII.isSpace).map { Substring($0) }
    }

    /// The text before the first ASCII white space.
    @inlinable public var firstWord: Substring { Substring(utf8.prefix { !ASCII.isSpace($0) }) }

    /// The text from the first ASCII white space on.
    @inlinable public var afterWord: Substring { Substring(utf8.drop { !ASCII.isSpace($0) }) }

    /// The lines, without the LF or CR LF that ends them; empty ones too.
    @inlinable public var allLines: [Substring] {
        utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            Substring($0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0)
        }
    }

    /// The lines that are not empty.
    @inlinable public var fullLines: [Substring] { allLines.filter { !$0.utf8.isEmpty } }

    /// The text without leading and trailing ASCII white space.
    @inlinable public var trimmed: String { String(trimmedStart.trimmedEnd) }

    /// The text without leading ASCII white space.
    @inlinable public var trimmedStart: Substring { Substring(utf8.drop(while: ASCII.isSpace)) }

    /// The text without trailing ASCII white space.
    @inlinable public var trimmedEnd: Substring {
        let last = utf8.lastIndex(where: { !ASCII.isSpace($0) })
        return last.map { self[startIndex...$0] } ?? self[startIndex..<startIndex]
    }

    /// Whether the text contains only ASCII white space.
    @inlinable public var isBlank: Bool { utf8.allSatisfy(ASCII.isSpace) }

    /// The text with every occurrence of some bytes replaced by others.
    @inlinable public func exchanging(_ old: some StringProtocol, for new: some StringProtocol)
        -> String
    {
        let places = places(of: old)
        if places.isEmpty { return String(self) }
        var result: [UInt8] = []
        var start = startIndex
        for place in places {
            result += self[start..<place.lowerBound].utf8
            result += new.utf8
            start = place.upperBound
        }
        result += self[start...].utf8
        return String(decoding: result, as: UTF8.self)
    }
}

/// Kinds of ASCII bytes.
public enum ASCII {
    /// Space, tab, LF, VT, FF or CR.
    @inlinable public static func isSpace(_ byte: UInt8) -> Bool {
        byte == 32 || (9...13).contains(byte)
    }

    /// `0` to `9`.
    @inlinable public static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    /// `A` to `Z`, `a` to `z`.
    @inlinable public static func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte)
    }

    /// A letter or a digit.
    @inlinable public static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte)
    }

    /// A byte that ends or moves lines: C0 controls and DEL.
    @inlinable public static func isControl(_ byte: UInt8) -> Bool { byte < 32 || byte == 127 }
}
