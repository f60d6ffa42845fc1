/// The characters allowed in names: visible, and displayed in their written order.
public enum Visible {
    /// Whether a character is invisible or changes the display order: controls, line ends, format
    /// characters (including those that change the writing direction, UAX #9) and private use.
    public static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return ASCII.isControl(UInt8(scalar.value)) }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse:
            return true
        default: return false
        }
    }

    /// The reason why a text is not a valid name; `nil` if it is valid.
    ///
    /// Hidden characters are refused. So are combining characters that do not follow a letter or
    /// digit: such a mark would change the look of a quote or a separator.
    public static func problem(in text: String) -> String? {
        // Most names are ASCII without controls: nothing to look up.
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return nil }
        var carriesMarks = false
        for scalar in text.unicodeScalars {
            if isHidden(scalar) {
                return "it contains a control character, U+\(hexadecimal(scalar))"
            }
            if isMark(scalar) {
                if !carriesMarks {
                    return "it contains a combining character, U+\(hexadecimal(scalar)), "
                        + "that does not follow a letter or digit"
                }
            } else {
                carriesMarks = isLetterOrDigit(scalar)
            }
        }
        return nil
    }

    /// The text with U+FFFD instead of every character that `problem(in:)` refuses. Used for text
    /// from other systems, which is not refused.
    public static func cleaned(_ text: String) -> String {
        if problem(in: text) == nil { return text }
        var result = String.UnicodeScalarView()
        var carriesMarks = false
        for scalar in text.unicodeScalars {
            let isMark = isMark(scalar)
            result.append(isHidden(scalar) || isMark && !carriesMarks ? "\u{FFFD}" : scalar)
            if !isMark { carriesMarks = isLetterOrDigit(scalar) }
        }
        return String(result)
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .decimalNumber, .letterNumber, .otherNumber:
            true
        default: false
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
