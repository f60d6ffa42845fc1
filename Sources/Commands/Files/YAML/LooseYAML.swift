internal import Ledger
internal import LedgerText

/// A node in YAML of other tools, read as those tools read it: merge keys are resolved, missing
/// members are `nil`, and every node knows its line.
package struct LooseYAML {
    let node: YAMLNode

    /// The document's root; `nil` if it is empty. Throws `SourceProblem`.
    package static func document(_ text: String, file: String) throws(SourceProblem) -> LooseYAML? {
        try YAMLReader.document(text, file: file).map(LooseYAML.init)
    }

    /// Whether the value is true, as compose reads it.
    var isTrue: Bool {
        ["true", "yes", "y", "on"].contains((text.map(ComposeFile.known) ?? "").lowercased())
    }

    /// Whether the node deletes (`!reset`) or replaces (`!override`) what another file defines.
    var replaces: Bool { ["!reset", "!override"].contains(node.tag) }

    /// Counted from 1.
    var line: Int { node.mark.line }

    /// The first line of the text: for a block (`|`, `>`) it is the next line.
    var textLine: Int { node.isBlock ? line + 1 : line }

    package var text: String? { node.text }

    package var items: [LooseYAML] { node.elements.map { $0.map(LooseYAML.init) } ?? [] }

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
        _ node: YAMLNode, _ all: inout [(name: String, value: LooseYAML, line: Int)],
        _ left: inout Int
    ) {
        guard let members = node.members else { return }
        for (key, value) in members where key.text == "<<" {
            // The first of several merges wins. Mappings that only merge others also count towards
            // the limit.
            let merged = value.elements.map { $0.reversed() } ?? [value]
            for one in merged where left > 0 {
                left -= 1
                gather(one, &all, &left)
            }
        }
        for (key, value) in members {
            guard left > 0, let name = key.text, name != "<<" else { continue }
            left -= 1
            all.append((name, LooseYAML(node: value), key.mark.line))
        }
    }

    /// One text, or a list of them.
    package var texts: [(text: String, line: Int)] {
        if let text { return [(text, line)] }
        return items.compactMap { item in item.text.map { ($0, item.line) } }
    }
}
