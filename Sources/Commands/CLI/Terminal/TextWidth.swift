/// The columns that a text takes on a terminal (Unicode UAX #11), and lines that fit.
///
/// It counts scalars: terminals differ in what they combine, and a line must fit all of them.
enum TextWidth {
    /// Scalars that take two columns: East Asian wide and full-width blocks.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
    ]

    static func of(_ scalar: Unicode.Scalar) -> Int {
        if scalar.isASCII { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        let isWide =
            scalar.properties.isEmojiPresentation || wide.contains { $0.contains(scalar.value) }
        return isWide ? 2 : 1
    }

    static func of(_ text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { $0 + of($1) }
    }

    /// The beginning of a text that fits.
    static func fitting(_ text: some StringProtocol, _ columns: Int) -> String {
        var left = columns
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix { scalar in
                    left -= of(scalar)
                    return left >= 0
                }))
    }

    /// Lines of at most `columns`, broken at blanks. Continuation lines are indented by `hanging`
    /// more than the first. A word is cut only if it is wider than a line.
    static func wrapped(_ text: String, _ columns: Int, hanging: Int = 0) -> [String] {
        if text.utf8.count <= columns || of(text) <= columns { return [text] }
        let room = max(columns, 2)
        let lead = text.unicodeScalars.prefix { $0 == " " }.count
        var lines = Lines(
            room: room, indent: min(lead + hanging, room / 2),
            line: String(repeating: " ", count: min(lead, room / 2)))
        for word in text.unicodeScalars.dropFirst(lead).split(
            separator: " ", omittingEmptySubsequences: false)
        {
            lines.add(word)
        }
        return lines.all + [lines.line]
    }

    /// No line is made narrower than this.
    static let narrowest = 10

    /// Lines under construction; each scalar is measured once.
    private struct Lines {
        let room: Int
        let indent: Int
        var line: String
        var all: [String] = []
        private var width: Int
        private var hasWord = false

        init(room: Int, indent: Int, line: String) {
            (self.room, self.indent, self.line) = (room, indent, line)
            width = line.utf8.count
        }

        private mutating func next() {
            all.append(line)
            line = String(repeating: " ", count: indent)
            width = indent
        }

        mutating func add(_ word: Substring.UnicodeScalarView) {
            let size = word.reduce(0) { $0 + TextWidth.of($1) }
            if hasWord {
                if width + 1 + size <= room {
                    line.unicodeScalars.append(" ")
                    width += 1
                } else {
                    next()
                }
            }
            hasWord = true
            for scalar in word {
                let columns = TextWidth.of(scalar)
                if width + columns > room { next() }
                line.unicodeScalars.append(scalar)
                width += columns
            }
        }
    }
}
