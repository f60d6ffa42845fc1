/// Swift code, read as far as the measures of the house need it: comments and texts are blank.
struct Code {
    /// The lines, each as long as it is in the file.
    let lines: [String]

    /// A function, an initialiser, a subscript or a computed property.
    struct Body {
        let line: Int
        let name: String
        let lines: Int
        /// Each as it is written: `_ name: String`. Empty for a property.
        let parameters: [String]
        /// Those that an initialiser does not hand on as they are to a field of the same name.
        var ownParameters: [String]
    }

    init(_ text: String) {
        lines = Self.blanked(Array(text.utf8)).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
    }

    /// The text with blanks for its comments and for what is between quotes. Code in a text, after
    /// `\(`, is blank too.
    private static func blanked(_ bytes: [UInt8]) -> String {
        var result = bytes
        var at = 0
        while at < bytes.count {
            let end: Int
            if bytes[at] == slash, at + 1 < bytes.count, bytes[at + 1] == slash {
                end = bytes[at...].firstIndex(of: feed) ?? bytes.count
            } else if bytes[at] == quote {
                end = min(self.end(ofText: bytes, from: at), bytes.count)
            } else {
                at += 1
                continue
            }
            for place in at..<end where bytes[place] != feed { result[place] = blank }
            at = end
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let (quote, slash, feed, blank) = (
        UInt8(ascii: "\""), UInt8(ascii: "/"), UInt8(ascii: "\n"), UInt8(ascii: " ")
    )

    /// Where a text that begins with a quote at `start` ends.
    private static func end(ofText bytes: [UInt8], from start: Int) -> Int {
        func isLong(_ at: Int) -> Bool {
            at + 2 < bytes.count && bytes[at + 1] == quote && bytes[at + 2] == quote
        }
        let long = isLong(start)
        var (at, depth) = (start + (long ? 3 : 1), 0)
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\\"):
                if at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "(") { depth += 1 }
                at += 2
            case quote where depth > 0: at = end(ofText: bytes, from: at)
            case quote where !long: return at + 1
            case quote where isLong(at): return at + 3
            case UInt8(ascii: "(") where depth > 0:
                depth += 1
                at += 1
            case UInt8(ascii: ")") where depth > 0:
                depth -= 1
                at += 1
            default: at += 1
            }
        }
        return at
    }

    private static var begins: Regex<(Substring, Substring)> {
        #/^\s*(?:(?:@\w+|public|package|private|fileprivate|internal|static|mutating|final|convenience|nonisolated|override)\s+)*(func\s+[^\s(<]+|init[?!]?|subscript|var\s+\w+)/#
    }

    var bodies: [Body] {
        let begins = Self.begins
        return lines.indices.compactMap { start in
            let line = lines[start]
            guard line.contains("func ") || line.contains("init") || line.hasSuffix("{"),
                let match = line.firstMatch(of: begins)
            else { return nil }
            let name = String(match.1)
            if name.hasPrefix("var"), !line.hasSuffix("{") { return nil }
            let indent = String(line.prefix { $0 == " " })
            let end =
                line.hasSuffix("}")
                ? start : lines[start...].firstIndex { $0 == indent + "}" } ?? start
            let parameters = name.hasPrefix("var") ? [] : parameters(from: start)
            let inside = lines[start...end].joined(separator: "\n")
            return Body(
                line: start + 1, name: name, lines: end - start, parameters: parameters,
                ownParameters: parameters.filter {
                    !name.hasPrefix("init") || !Self.isSet($0, in: inside)
                })
        }
    }

    /// Whether a parameter of an initialiser becomes a field of the same name.
    private static func isSet(_ parameter: String, in body: String) -> Bool {
        let words = parameter.prefix { $0 != ":" }.split(separator: " ")
        guard let name = words.last else { return false }
        return body.contains("\(name) = ") || body.contains("\(name): \(name)")
            || body.contains("self.\(name)")
    }

    /// The parameters of the function that begins in a line.
    private func parameters(from start: Int) -> [String] {
        let text = lines[start..<min(start + 40, lines.count)].joined(separator: "\n")
        guard let open = text.firstIndex(of: "(") else { return [] }
        var (depth, parts, part) = (0, [String](), "")
        for character in text[open...] {
            if "([{".contains(character) { depth += 1 }
            if ")]}".contains(character) { depth -= 1 }
            if depth == 0 { break }
            if depth == 1, character == "," {
                parts.append(part)
                part = ""
            } else if !(depth == 1 && character == "(") {
                part.append(character)
            }
        }
        return (parts + [part]).map {
            $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        .filter { !$0.isEmpty }
    }
}
