internal import LedgerText

/// A sentence of an answer, as lines that fit a terminal.
///
/// A command after it can still be pasted: it gets lines of its own, continued with a backslash.
enum Sentence {
    /// Text from outside is a part of the sentence, and never of the command.
    static func lines(_ text: String, command: String? = nil, _ columns: Int) -> [String] {
        let whole = whole(text, command)
        guard let command, TextWidth.of(whole) > columns else {
            return TextWidth.wrapped(whole, columns, hanging: 2)
        }
        let lead = String(repeating: " ", count: text.unicodeScalars.prefix { $0 == " " }.count)
        return TextWidth.wrapped(text + ":", columns, hanging: 2)
            + self.command(command, columns - lead.utf8.count).map { lead + $0 }
    }

    /// The sentence on one line.
    static func whole(_ text: String, _ command: String?) -> String {
        text + (command.map { ": \($0)" } ?? "")
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

    /// The words of a command; quoted blanks do not separate (POSIX shell, XCU 2.2).
    private static func words(_ text: String) -> [String] {
        var words = [""]
        var quote: Unicode.Scalar?
        var isEscaped = false
        for unit in text.unicodeScalars {
            if unit == " ", quote == nil, !isEscaped {
                words.append("")
                continue
            }
            words[words.count - 1].unicodeScalars.append(unit)
            if isEscaped {
                isEscaped = false
            } else if unit == "\\", quote != "'" {
                isEscaped = true
            } else if unit == quote {
                quote = nil
            } else if quote == nil, unit == "'" || unit == "\"" {
                quote = unit
            }
        }
        return words
    }
}
