internal import Ledger
internal import LedgerText

/// Parses a Dockerfile into its instructions.
package struct DockerfileReader {
    private var lines: [Substring]
    private var at = 0
    private let escape: Character

    private static let withDocuments: Set<String> = ["RUN", "COPY", "ADD", "ONBUILD"]
    private static let withWords: Set<String> = [
        "RUN", "CMD", "ENTRYPOINT", "SHELL", "VOLUME", "COPY", "ADD",
    ]
    package static let keywords: Set<String> = [
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
        "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    ]

    static func instructions(
        of text: String
    ) throws(Dockerfile.Problem) -> [Dockerfile.Instruction] {
        var reader = DockerfileReader(text)
        var all: [Dockerfile.Instruction] = []
        while let one = try reader.next() { all.append(one) }
        return all
    }

    private init(_ text: String) {
        let clean = text.begins(with: "\u{FEFF}") ? text.dropFirst() : text[...]
        lines = clean.allLines
        escape = Self.escape(lines)
    }

    /// The character of `# escape=`, which is valid only before everything else.
    private static func escape(_ lines: [Substring]) -> Character {
        for line in lines {
            let text = line.trimmedStart
            guard text.first == "#" else { break }
            let words = text.dropFirst().parts(separator: "=", maxSplits: 1)
            guard words.count == 2 else { break }
            let name = words[0].filter { !$0.isWhitespace }.lowercased()
            let value = words[1].filter { !$0.isWhitespace }
            if name == "escape", value == "\\" || value == "`" { return Character(value) }
        }
        return "\\"
    }

    private mutating func next() throws(Dockerfile.Problem) -> Dockerfile.Instruction? {
        while at < lines.count, Self.isComment(lines[at]) || Self.isBlank(lines[at]) { at += 1 }
        guard at < lines.count else { return nil }
        let line = at + 1
        let text = logical()
        let keyword = text.firstWord.uppercased()
        guard Self.keywords.contains(keyword) else {
            throw Dockerfile.Problem(
                line: line, what: "\"\(keyword.prefix(40))\" is not a Dockerfile instruction")
        }
        return try instruction(
            keyword, text.afterWord.trimmedStart, line)
    }

    private mutating func instruction(
        _ keyword: String, _ text: Substring, _ line: Int
    ) throws(Dockerfile.Problem) -> Dockerfile.Instruction {
        var rest = text
        var flags: [Dockerfile.Flag] = []
        while keyword != "ONBUILD", rest.begins(with: "--") {
            let word = rest.firstWord
            let parts = word.dropFirst(2).parts(separator: "=", maxSplits: 1)
            guard let name = parts.first else { break }
            flags.append(
                Dockerfile.Flag(name: String(name), value: parts.count > 1 ? String(parts[1]) : ""))
            rest = rest.dropFirst(word.count).trimmedStart
        }
        let plain = String(rest.trimmedEnd)
        var words: [String]?
        if Self.withWords.contains(keyword), plain.begins(with: "[") {
            words = (try? JSONValue(parsing: plain))?.array?.compactMap(\.string)
        }
        var documents: [Dockerfile.HereDocument] = []
        if words == nil, Self.withDocuments.contains(keyword), plain.holds("<<") {
            for heading in Self.headings(plain) { documents.append(try document(heading, line)) }
        }
        return Dockerfile.Instruction(
            keyword: keyword, flags: flags, text: plain, words: words, documents: documents,
            line: line)
    }

    /// A line with its continuation lines; comments and empty lines between them do not end it.
    private mutating func logical() -> Substring {
        var parts: [Substring] = []
        var goesOn = true
        while goesOn, at < lines.count {
            let line = lines[at]
            at += 1
            if !parts.isEmpty, Self.isComment(line) || Self.isBlank(line) { continue }
            let text = line.trimmedEnd
            // An escaped escape character does not continue the line.
            goesOn = text.last == escape && text.dropLast().last != escape
            parts.append(goesOn ? text.dropLast() : line)
        }
        let first = parts.first.map { $0.trimmedStart } ?? ""
        return parts.count < 2 ? first : ([first] + parts.dropFirst()).joined()[...]
    }

    // MARK: Here-documents

    private struct Heading {
        let name: String
        let expands: Bool
        let dropsTabs: Bool
    }

    /// The here-documents that a line announces: shell words that are `<<EOF`, `<<-"EOF"`, `3<<EOF`
    /// or `<< EOF` as a whole (BuildKit, `^(\d*)<<(-?)\s*([^<]*)$`). A shift within `$((…))` or a
    /// here-string is therefore not a here-document.
    private static func headings(_ text: String) -> [Heading] {
        rawWords(text).compactMap { word in
            var rest = word[...].drop { $0.isASCII && $0.isNumber }
            guard rest.begins(with: "<<") else { return nil }
            rest = rest.dropFirst(2)
            let dropsTabs = rest.first == "-"
            if dropsTabs { rest = rest.dropFirst() }
            let raw = rest.trimmedStart
            let names = DockerVariables.words(String(raw))
            guard names.count == 1, let name = names.first, !name.isEmpty, !raw.holds("<") else {
                return nil
            }
            return Heading(name: name, expands: name == raw, dropsTabs: dropsTabs)
        }
    }

    /// The words of a line with their quotes; a space after `<<` does not end a word.
    private static func rawWords(_ text: String) -> [String] {
        var words: [[UInt8]] = [[]]
        var quote: UInt8?
        var isEscaped = false
        let mark = Array("<<".utf8)
        for byte in text.utf8 {
            let isSpace = byte == 32 || (9...13).contains(byte)
            if isSpace, quote == nil, !isEscaped {
                if words[words.count - 1].suffix(2) == mark[...] { continue }
                if !words[words.count - 1].isEmpty { words.append([]) }
                continue
            }
            words[words.count - 1].append(byte)
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'") {
                isEscaped = true
            } else if byte == quote {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            }
        }
        return words.map { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func document(
        _ heading: Heading, _ line: Int
    ) throws(Dockerfile.Problem) -> Dockerfile.HereDocument {
        let start = at
        while at < lines.count {
            let text = heading.dropsTabs ? lines[at].drop { $0 == "\t" } : lines[at]
            at += 1
            guard text == heading.name else { continue }
            return Dockerfile.HereDocument(
                name: heading.name, expands: heading.expands,
                body: lines[start..<(at - 1)].joined(separator: "\n"), line: start + 1)
        }
        throw Dockerfile.Problem(
            line: line, what: "the here-document \(heading.name) is not closed")
    }

    private static func isComment(_ line: Substring) -> Bool {
        line.first { !$0.isWhitespace } == "#"
    }

    private static func isBlank(_ line: Substring) -> Bool { line.isBlank }
}
