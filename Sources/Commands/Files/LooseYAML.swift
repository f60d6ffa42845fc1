internal import Ledger
internal import LedgerText
internal import Yams

/// A node in YAML of other tools, read as those tools read it: merge keys are resolved, missing
/// members are `nil`, and every node knows its line.
package struct LooseYAML {
    let node: Node

    /// The document's root; `nil` if it is empty. Throws `SourceProblem`.
    package static func document(_ text: String, file: String) throws(SourceProblem) -> LooseYAML? {
        // Editors write a byte order mark before UTF-8; it is not part of the text.
        let text = text.begins(with: "\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
        if let problem = aliasProblem(in: text, file) { throw problem }
        do {
            // Every scalar is text here: numbers and dates are not recognized.
            return try Yams.compose(yaml: text, .basic).map(LooseYAML.init)
        } catch let error as YamlError {
            throw SourceProblem(error, file: file)
        } catch {
            throw SourceProblem(
                file: file, line: 1, column: 1, problem: "not YAML: \(error)", hint: nil)
        }
    }

    /// Rejects expensive aliases in a short text: a key that is an alias of a deep node takes very
    /// long to compare, and aliases of aliases grow exponentially.
    private static func aliasProblem(in text: String, _ file: String) -> SourceProblem? {
        func problem(_ line: Int, _ words: String) -> SourceProblem {
            SourceProblem(file: file, line: line, column: 1, problem: words, hint: nil)
        }
        // Only the name of an anchor makes an alias: another star is plain text.
        let anchors = text.parts(separator: "&").dropFirst().map { $0.prefix { !isEnd($0) } }
            .filter { !$0.isEmpty }
        if anchors.isEmpty { return nil }
        let names = Set(anchors)
        var count = anchors.count
        for (number, line) in text.allLines.enumerated() where line.utf8.contains(UInt8(ascii: "*"))
        {
            let isComplex = line.trimmedStart.first == "?"
            for part in line.parts(separator: "*", omittingEmptySubsequences: false).dropFirst() {
                let name = part.prefix { !isEnd($0) }
                guard names.contains(name) else { continue }
                count += 1
                let after = part.dropFirst(name.count).drop { " \t]},".contains($0) }
                if isComplex || after.first == ":" {
                    return problem(number + 1, "an alias is used as a key")
                }
            }
            guard count <= Limits.yamlAliases else {
                return problem(
                    number + 1, "the file has more than \(Limits.yamlAliases) anchors and aliases")
            }
        }
        return nil
    }

    /// Whether a character ends the name of an anchor.
    private static func isEnd(_ character: Character) -> Bool {
        character.isWhitespace || ",:[]{}".contains(character)
    }

    /// Whether the value is true, as compose reads it.
    var isTrue: Bool {
        ["true", "yes", "y", "on"].contains((text.map(ComposeFile.known) ?? "").lowercased())
    }

    /// Whether the node deletes (`!reset`) or replaces (`!override`) what another file defines.
    var replaces: Bool { ["!reset", "!override"].contains(node.tag.description) }

    /// Counted from 1.
    var line: Int { node.mark?.line ?? 1 }

    /// The first line of the text: for a block (`|`, `>`) it is the next line.
    var textLine: Int {
        let isBlock = node.scalar.map { [.literal, .folded].contains($0.style) } ?? false
        return isBlock ? line + 1 : line
    }

    package var text: String? {
        if case .scalar(let scalar) = node { scalar.string } else { nil }
    }

    package var items: [LooseYAML] {
        if case .sequence(let sequence) = node { sequence.map(LooseYAML.init) } else { [] }
    }

    /// The member of a mapping.
    package subscript(_ name: String) -> LooseYAML? { pairs.last { $0.name == name }?.value }

    /// The members of a mapping, in order. Merged members (`<<`) come first, and the mapping's own
    /// members override them.
    var pairs: [(name: String, value: LooseYAML, line: Int)] {
        var left = Limits.yamlPairs
        var all: [(name: String, value: LooseYAML, line: Int)] = []
        Self.gather(node, &all, &left)
        var seen: Set<String> = []
        return all.reversed().filter { seen.insert($0.name).inserted }.reversed()
    }

    private static func gather(
        _ node: Node, _ all: inout [(name: String, value: LooseYAML, line: Int)], _ left: inout Int
    ) {
        guard case .mapping(let mapping) = node else { return }
        for (key, value) in mapping where key.scalar?.string == "<<" {
            // The first of several merges wins. Mappings that only merge others also count towards
            // the limit.
            let merged = value.sequence.map { Array($0).reversed() } ?? [value]
            for one in merged where left > 0 {
                left -= 1
                gather(one, &all, &left)
            }
        }
        for (key, value) in mapping {
            guard left > 0, let name = key.scalar?.string, name != "<<" else { continue }
            left -= 1
            all.append((name, LooseYAML(node: value), key.mark?.line ?? 1))
        }
    }

    /// One text, or a list of them.
    package var texts: [(text: String, line: Int)] {
        if let text { return [(text, line)] }
        return items.compactMap { item in item.text.map { ($0, item.line) } }
    }
}
