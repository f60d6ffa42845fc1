/// The columns that a text takes on a terminal (Unicode UAX #11), and lines that fit.
enum TextWidth {
    /// Scalars that take two columns: East Asian wide and full-width blocks.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
    ]

    static func of(_ character: Character) -> Int {
        let scalars = character.unicodeScalars
        if let first = scalars.first, scalars.count == 1, first.isASCII { return 1 }
        let isWide = scalars.contains { scalar in
            scalar.properties.isEmojiPresentation || scalar.value == 0xFE0F
                || wide.contains { $0.contains(scalar.value) }
        }
        return isWide ? 2 : 1
    }

    static func of(_ text: some StringProtocol) -> Int {
        text.reduce(0) { $0 + of($1) }
    }

    /// The beginning of a text that fits.
    static func fitting(_ text: some StringProtocol, _ columns: Int) -> String {
        var left = columns
        return String(
            text.prefix { character in
                left -= of(character)
                return left >= 0
            })
    }

    /// Lines of at most `columns`, broken at blanks. Continuation lines are indented by `hanging`
    /// more than the first. A word is cut only if it is wider than a line.
    static func wrapped(_ text: String, _ columns: Int, hanging: Int = 0) -> [String] {
        if of(text) <= columns { return [text] }
        let room = max(columns, narrowest)
        let lead = text.prefix { $0 == " " }
        let indent = String(repeating: " ", count: min(lead.count + hanging, room / 2))
        var lines: [String] = []
        var line = String(lead)
        var isFirst = true
        for word in text.dropFirst(lead.count).split(
            separator: " ", omittingEmptySubsequences: false)
        {
            if isFirst {
                line += word
            } else if of(line) + 1 + of(word) <= room {
                line += " " + word
            } else {
                lines.append(line)
                line = indent + word
            }
            isFirst = false
            while of(line) > room {
                let start = fitting(line, room)
                lines.append(start)
                line = indent + line.dropFirst(start.count)
            }
        }
        return lines + [line]
    }

    /// No line is made narrower than this.
    static let narrowest = 10
}
