internal import Ledger
internal import LedgerText

/// A node in YAML of other tools, read as those tools read it: merge keys are resolved, missing
/// members are `nil`, and every node knows its line.
package struct LooseYAML {
    let node: YAMLNode
    private let memo: Memo

    /// The members of mappings that were asked for: to merge them again for each question would
    /// take long.
    private final class Memo {
        var pairs: [Int: (all: [Pair], byName: [ExactText: LooseYAML])] = [:]
        /// How many more pairs the mappings of the whole text may have.
        var left = Limits.yamlPairsInAll
    }

    /// A member of a mapping.
    typealias Pair = (name: String, value: LooseYAML, line: Int)

    private init(_ node: YAMLNode, _ memo: Memo) {
        self.node = node
        self.memo = memo
    }

    /// The document's root; `nil` if it is empty. Throws `SourceProblem`.
    package static func document(_ text: String, file: String) throws(SourceProblem) -> LooseYAML? {
        try YAMLReader.document(text, file: file).map { LooseYAML($0, Memo()) }
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

    package var items: [LooseYAML] {
        node.elements.map { $0.map { LooseYAML($0, memo) } } ?? []
    }

    /// The member of a mapping.
    package subscript(_ name: String) -> LooseYAML? { merged.byName[ExactText(name)] }

    /// The members of a mapping, in order. Merged members (`<<`) come first, and the mapping's own
    /// members override them.
    var pairs: [Pair] { merged.all }

    private var merged: (all: [Pair], byName: [ExactText: LooseYAML]) {
        if let known = memo.pairs[node.index] { return known }
        var left = min(Limits.yamlPairs, memo.left)
        var all: [Pair] = []
        gather(node, &all, &left)
        memo.left -= all.count
        var byName: [ExactText: LooseYAML] = [:]
        let last = all.reversed().filter { pair in
            byName.updateValue(
                byName[ExactText(pair.name)] ?? pair.value, forKey: ExactText(pair.name))
                == nil
        }
        let found = (all: Array(last.reversed()), byName: byName)
        memo.pairs[node.index] = found
        return found
    }

    private func gather(_ node: YAMLNode, _ all: inout [Pair], _ left: inout Int) {
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
            all.append((name, LooseYAML(value, memo), key.mark.line))
        }
    }

    /// One text, or a list of them.
    package var texts: [(text: String, line: Int)] {
        if let text { return [(text, line)] }
        return items.compactMap { item in item.text.map { ($0, item.line) } }
    }
}
