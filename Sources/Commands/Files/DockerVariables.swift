internal import Ledger
internal import LedgerText

/// Words and variables as a Dockerfile defines them (docs.docker.com/reference/dockerfile,
/// "Environment replacement").
package enum DockerVariables {
    /// A text with its variables replaced; a variable without a value and without a default becomes
    /// `unknown`.
    package static func expand(
        _ text: String, unknown: String = "", depth: Int = Limits.variableDepth,
        _ value: (String) -> String?
    ) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "\\") })
        else { return text }
        var result = ""
        var rest = text[...]
        var isClosed = depth > 0
        while let character = rest.popFirst() {
            if character == "\\", let next = rest.popFirst() {
                if next != "$" { result.append(character) }
                result.append(next)
            } else if character == "$" {
                result += variable(&rest, &isClosed, unknown, depth, value)
            } else {
                result.append(character)
            }
            if result.utf8.count > Limits.expandedBytes { break }
        }
        return result.utf8.count > text.utf8.count
            ? String(result.unicodeScalars.prefix(Limits.expandedBytes)) : result
    }

    /// The replacement of a variable. If a brace is not closed, no later brace is closed either:
    /// the search runs only once.
    private static func variable(
        _ rest: inout Substring, _ isClosed: inout Bool, _ unknown: String, _ depth: Int,
        _ value: (String) -> String?
    ) -> String {
        guard let first = rest.first else { return "$" }
        if first != "{" {
            let name = rest.prefix(while: isOfName)
            guard !name.isEmpty else { return "$" }
            rest = rest.dropFirst(name.count)
            return value(String(name)) ?? unknown
        }
        guard isClosed, let inner = enclosed(&rest, "{", "}") else {
            isClosed = false
            return "$"
        }
        let name = inner.prefix(while: isOfName)
        let word = inner.dropFirst(name.count)
        let known = value(String(name))
        let filled = known.flatMap { $0.isEmpty ? nil : $0 }
        if word.begins(with: ":-") {
            return filled
                ?? expand(String(word.dropFirst(2)), unknown: unknown, depth: depth - 1, value)
        }
        if word.begins(with: "-") {
            return known
                ?? expand(String(word.dropFirst()), unknown: unknown, depth: depth - 1, value)
        }
        if word.begins(with: ":+") {
            return filled == nil
                ? "" : expand(String(word.dropFirst(2)), unknown: unknown, depth: depth - 1, value)
        }
        if word.begins(with: "+") {
            return known == nil
                ? "" : expand(String(word.dropFirst()), unknown: unknown, depth: depth - 1, value)
        }
        // Patterns (#, %, /) only shorten or change the value: it is used unchanged.
        return known ?? unknown
    }

    /// The text between brackets, which may contain brackets; `nil` if they are not closed.
    static func enclosed(
        _ rest: inout Substring, _ open: Character, _ close: Character
    ) -> Substring? {
        var depth = 0
        for place in rest.indices {
            switch rest[place] {
            case open: depth += 1
            case close:
                depth -= 1
                guard depth == 0 else { continue }
                let inner = rest[rest.index(after: rest.startIndex)..<place]
                rest = rest[rest.index(after: place)...]
                return inner
            default: break
            }
        }
        return nil
    }

    static func isOfName(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }

    /// The words of a line, without their quotes; variables stay unchanged.
    package static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isBegun = false
        var quote: Character?
        var rest = text[...]
        while let character = rest.popFirst() {
            if let open = quote {
                if character == open {
                    quote = nil
                } else if character == "\\", open == "\"", let next = rest.popFirst() {
                    if next == "$" { word.append("\\") }
                    word.append(next)
                } else {
                    // Between single quotes a variable is plain text.
                    word += open == "'" && character == "$" ? "\\$" : String(character)
                }
            } else if character == "\"" || character == "'" {
                (quote, isBegun) = (character, true)
            } else if character == "\\", let next = rest.popFirst() {
                word += next == "$" ? "\\$" : String(next)
                isBegun = true
            } else if character.isWhitespace {
                if isBegun { words.append(word) }
                (word, isBegun) = ("", false)
            } else {
                word.append(character)
                isBegun = true
            }
        }
        if isBegun { words.append(word) }
        return words
    }

    /// A text without references to other values: `${VAR}`, `$VAR`, `${{ … }}`, `$(…)`. A default
    /// (`${VAR:-value}`) stays, because it is plain text like any other value.
    ///
    /// Each reference is replaced by `mark`.
    package static func withoutReferences(_ text: String, mark: String = "") -> String {
        withoutReferences(text, mark, depth: Limits.variableDepth)
    }

    private static func withoutReferences(_ text: String, _ mark: String, depth: Int) -> String {
        guard text.holds("$"), depth > 0 else { return text }
        var result = ""
        var rest = text[...]
        var isClosed = true
        while let place = rest.first(byte: "$") {
            result += rest[..<place]
            rest = rest[place...].dropFirst()
            if rest.first == "$" { rest = rest.dropFirst() }
            switch rest.first {
            case "{", "(":
                let (open, close): (Character, Character) =
                    rest.first == "{" ? ("{", "}") : ("(", ")")
                guard isClosed, let inner = enclosed(&rest, open, close) else {
                    isClosed = false
                    continue
                }
                let known = open == "{" ? `default`(of: inner, depth: depth) : ""
                result += known.isEmpty ? mark : known
            default:
                rest = rest.drop(while: isOfName)
                result += mark
            }
        }
        return result + rest
    }

    /// The default in `${…}`.
    private static func `default`(of inner: Substring, depth: Int) -> String {
        let rest = inner.drop(while: isOfName)
        for mark in [":-", "-", ":=", "="] where rest.begins(with: mark) {
            return withoutReferences(String(rest.dropFirst(mark.count)), "", depth: depth - 1)
        }
        return ""
    }
}

extension String {
    /// The text without a surrounding pair of quotes.
    package var trimmingQuotes: String {
        for quote in ["\"", "'"] where begins(with: quote) && ends(with: quote) && utf8.count > 1 {
            return String(dropFirst().dropLast())
        }
        return self
    }
}
