internal import LedgerText

/// A sentence of an answer, as lines that fit a terminal.
///
/// A command at its end can still be pasted: it gets lines of its own, continued with a backslash.
enum Sentence {
    static func lines(_ text: String, _ columns: Int) -> [String] {
        if TextWidth.of(text) <= columns { return [text] }
        guard let place = text.place(of: ": ledger ") else {
            return TextWidth.wrapped(text, columns, hanging: 2)
        }
        let head = text[..<place.lowerBound] + ":"
        let command = text[place.upperBound...]
        return TextWidth.wrapped(String(head), columns, hanging: 2)
            + self.command("ledger " + command, columns)
    }

    /// A shell command on lines of its own. Words are never broken, so a line with a long word is
    /// long.
    private static func command(_ text: String, _ columns: Int) -> [String] {
        var lines: [String] = []
        var line = " "
        for part in parts(text) {
            // Two columns are left for the backslash.
            if line != " ", TextWidth.of(line) + 1 + TextWidth.of(part) > columns - 2 {
                lines.append(line + " \\")
                line = "   "
            }
            line += " " + part
            if part.ends(with: " &&") {
                lines.append(line)
                line = " "
            }
        }
        return lines + [line]
    }

    /// The parts of a command that stay on one line: an option with its value, a word with its
    /// `&&`.
    private static func parts(_ text: String) -> [String] {
        var parts: [String] = []
        var isOption = false
        for word in words(text) {
            let isNext = word.begins(with: "-")
            if word == "&&" || isOption && !isNext, !parts.isEmpty {
                parts[parts.count - 1] += " " + word
            } else {
                parts.append(word)
            }
            isOption = isNext
        }
        return parts
    }

    /// The words of a command; blanks within single quotes do not separate.
    private static func words(_ text: String) -> [String] {
        var words = [""]
        var isQuoted = false
        for unit in text.unicodeScalars {
            if unit == "'" { isQuoted.toggle() }
            if unit == " ", !isQuoted {
                words.append("")
            } else {
                words[words.count - 1].unicodeScalars.append(unit)
            }
        }
        return words
    }
}
