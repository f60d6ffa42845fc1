/// Quotes text for another program: whatever its bytes are, it stays one word, field, cell,
/// argument or value.
public enum Quote {
    /// One word of any POSIX shell (XCU 2.2.2, single quotes).
    ///
    /// A shell word cannot contain NUL; the byte is dropped, as a shell does.
    public static func shellWord(_ word: String) -> String {
        let plain = word.utf8.allSatisfy {
            ASCII.isAlphanumeric($0) || "-_./:=@%+,".utf8.contains($0)
        }
        if plain, !word.utf8.isEmpty { return word }
        return "'"
            + replacing(word) { byte in
                switch byte {
                case UInt8(ascii: "'"): "'\\''"
                case 0: ""
                default: nil
                }
            } + "'"
    }

    /// A command line that can be pasted into a shell.
    public static func shellLine(_ words: [String]) -> String {
        words.map(shellWord).joined(separator: " ")
    }

    /// One field of comma-separated values (RFC 4180) that spreadsheets do not evaluate as a
    /// formula.
    ///
    /// A text that begins like a formula (`=`, `+`, `-`, `@`, tab, CR, LF, and the full-width forms
    /// of the signs) gets a leading apostrophe (OWASP, "CSV Injection").
    public static func csvField(_ field: String) -> String {
        let first = field.unicodeScalars.first
        let isFormula = first.map { "=+-@\t\r\n＝＋－＠".unicodeScalars.contains($0) } ?? false
        let text = isFormula ? "'" + field : field
        let plain = text.utf8.allSatisfy { !",\"\n\r".utf8.contains($0) }
        if plain { return text }
        return "\"" + replacing(text) { $0 == UInt8(ascii: "\"") ? "\"\"" : nil } + "\""
    }

    /// One line of comma-separated values, without a line end.
    public static func csvLine(_ fields: [String]) -> String {
        fields.map(csvField).joined(separator: ",")
    }

    /// One line for a person or a terminal: control characters, line ends and characters that
    /// change the writing direction are escaped.
    public static func line(_ text: String) -> String { spelled(text, keeping: []) }

    /// Several lines for a person or a terminal: as `line`, but line feeds and tabs stay.
    public static func lines(_ text: String) -> String { spelled(text, keeping: ["\n", "\t"]) }

    /// One cell of a table whose columns are separated by tabs or blanks.
    public static func tableCell(_ text: String) -> String { line(text) }

    /// The message of a workflow command (docs.github.com/actions, "Workflow commands").
    public static func workflowMessage(_ text: String) -> String {
        replacing(text) { byte in
            switch byte {
            case UInt8(ascii: "%"): "%25"
            case UInt8(ascii: "\r"): "%0D"
            case UInt8(ascii: "\n"): "%0A"
            default: nil
            }
        }
    }

    /// A property of a workflow command: `file=…`.
    public static func workflowProperty(_ text: String) -> String {
        replacing(workflowMessage(text)) { byte in
            switch byte {
            case UInt8(ascii: ":"): "%3A"
            case UInt8(ascii: ","): "%2C"
            default: nil
            }
        }
    }

    /// The value of a setting in curl's configuration (curl(1), `--config`), with its quotes.
    ///
    /// `nil` if the text contains NUL, which would end the value.
    public static func curlValue(_ text: String) -> String? {
        if text.utf8.contains(0) { return nil }
        return "\""
            + replacing(text) { byte in
                switch byte {
                case UInt8(ascii: "\\"): "\\\\"
                case UInt8(ascii: "\""): "\\\""
                case UInt8(ascii: "\t"): "\\t"
                case UInt8(ascii: "\n"): "\\n"
                case UInt8(ascii: "\r"): "\\r"
                case 11: "\\v"
                default: nil
                }
            } + "\""
    }

    // MARK: Byte by byte

    private static func replacing(_ text: String, _ other: (UInt8) -> String?) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            if let other = other(byte) { result += other.utf8 } else { result.append(byte) }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Joiners combine letters or emoji and do not change the writing direction.
    private static let joiners: [Unicode.Scalar] = ["\u{200C}", "\u{200D}"]

    private static func spelled(_ text: String, keeping kept: [Unicode.Scalar]) -> String {
        if text.utf8.allSatisfy({ (32..<127).contains($0) }) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if !Visible.isHidden(scalar) || kept.contains(scalar) || joiners.contains(scalar) {
                result.append(scalar)
                continue
            }
            switch scalar {
            case "\n": result += "\\n".unicodeScalars
            case "\r": result += "\\r".unicodeScalars
            case "\t": result.append(" ")
            default:
                result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars
            }
        }
        return String(result)
    }
}

extension DefaultStringInterpolation {
    /// A value as one word of a command that is printed to be pasted: `-e \(shell: name)`.
    public mutating func appendInterpolation(shell value: some CustomStringConvertible) {
        appendLiteral(Quote.shellWord(value.description))
    }
}
