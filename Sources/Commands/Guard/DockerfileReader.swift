internal import Ledger
internal import LedgerText

/// Takes a Dockerfile apart into its instructions.
struct DockerfileReader {
    private var lines: [Substring]
    private var at = 0
    private let escape: Character

    private static let withDocuments: Set<String> = ["RUN", "COPY", "ADD"]
    private static let withWords: Set<String> = [
        "RUN", "CMD", "ENTRYPOINT", "SHELL", "VOLUME", "COPY", "ADD",
    ]
    private static let keywords: Set<String> = [
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

    /// The character of `# escape=`, which only stands before everything else.
    private static func escape(_ lines: [Substring]) -> Character {
        for line in lines {
            let text = line.trimmedStart
            guard text.first == "#" else { break }
            let words = text.dropFirst().parts(separator: "=", maxSplits: 1)
            guard words.count == 2 else { break }
            let name = words[0].filter { !$0.isWhitespace }.lowercased()
            let value = words[1].filter { !$0.isWhitespace }
            if name == "escape", let character = value.first, value.count == 1 { return character }
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
                line: line, what: "\"\(keyword.prefix(40))\" is no instruction of a Dockerfile")
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
        var documents: [Dockerfile.HereDocument] = []
        if Self.withDocuments.contains(keyword), plain.holds("<<") {
            for heading in Self.headings(plain) { documents.append(try document(heading, line)) }
        }
        var words: [String]?
        if Self.withWords.contains(keyword), plain.begins(with: "[") {
            words = (try? JSONValue(parsing: plain))?.array?.compactMap(\.string)
        }
        return Dockerfile.Instruction(
            keyword: keyword, flags: flags, text: plain, words: words, documents: documents,
            line: line)
    }

    /// A line with those that continue it; comments and empty lines within do not end it.
    private mutating func logical() -> Substring {
        var parts: [Substring] = []
        var goesOn = true
        while goesOn, at < lines.count {
            let line = lines[at]
            at += 1
            if !parts.isEmpty, Self.isComment(line) || Self.isBlank(line) { continue }
            let text = line.trimmedEnd
            goesOn = text.last == escape
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

    /// The here-documents that a line announces: `<<EOF`, `<<-"EOF"`, `3<<EOF`.
    private static func headings(_ text: String) -> [Heading] {
        var headings: [Heading] = []
        var rest = text[...]
        while let place = rest.place(of: "<<") {
            let before = rest[..<place.lowerBound].last
            rest = rest[place.upperBound...]
            if rest.first == "<" {
                rest = rest.drop { $0 == "<" }
                continue
            }
            guard before.map({ $0.isWhitespace || $0.isNumber || $0 == ";" || $0 == "&" }) ?? true
            else { continue }
            let dropsTabs = rest.first == "-"
            if dropsTabs { rest = rest.dropFirst() }
            let quote = rest.first.flatMap { $0 == "\"" || $0 == "'" ? $0 : nil }
            if quote != nil { rest = rest.dropFirst() }
            let name = rest.prefix { DockerVariables.isOfName($0) || $0 == "-" || $0 == "." }
            rest = rest.dropFirst(name.count)
            guard !name.isEmpty, quote == nil || rest.first == quote else { continue }
            headings.append(
                Heading(name: String(name), expands: quote == nil, dropsTabs: dropsTabs))
        }
        return headings
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
            line: line, what: "the here-document \(heading.name) has no end")
    }

    private static func isComment(_ line: Substring) -> Bool {
        line.first { !$0.isWhitespace } == "#"
    }

    private static func isBlank(_ line: Substring) -> Bool { line.isBlank }
}
