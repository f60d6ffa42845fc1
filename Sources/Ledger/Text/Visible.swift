/// What a name may consist of: characters that everybody sees where they are.
public enum Visible {
    /// Whether a character is not seen, or moves what is: controls, line ends, format characters
    /// (among them those that change the direction of writing, UAX #9) and private use.
    public static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return ASCII.isControl(UInt8(scalar.value)) }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse:
            return true
        default: return false
        }
    }

    /// What is wrong with a text as a name; `nil` if it can be one.
    ///
    /// Hidden characters are refused, and combining characters that do not follow a letter or a
    /// digit: such a mark joins a quote or a separator, which then looks like another character.
    public static func problem(in text: String) -> String? {
        var carriesMarks = false
        for scalar in text.unicodeScalars {
            if isHidden(scalar) {
                return "it contains a control character, U+\(hexadecimal(scalar))"
            }
            if isMark(scalar) {
                if !carriesMarks {
                    return "it contains a combining character, U+\(hexadecimal(scalar)), "
                        + "that follows no letter or digit"
                }
            } else {
                carriesMarks = isLetterOrDigit(scalar)
            }
        }
        return nil
    }

    /// The text with U+FFFD in place of every character that `problem(in:)` refuses: for what
    /// others told us, which is not ours to refuse.
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
