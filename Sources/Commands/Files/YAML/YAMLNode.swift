/// A node of a YAML document. Copies are cheap, and an alias is the node that it names: a text with
/// aliases of aliases takes no more memory than its length.
struct YAMLNode {
    /// A position in the text, counted from 1.
    struct Mark: Hashable {
        let line: Int
        let column: Int
    }

    enum Content {
        case scalar(String, isBlock: Bool)
        case sequence([Int])
        /// Keys and values alternate.
        case mapping([Int])
    }

    struct Record {
        var content: Content
        let tag: String?
        let mark: Mark
    }

    private let document: [Record]
    let index: Int

    init(_ index: Int, of document: [Record]) {
        self.index = index
        self.document = document
    }

    private var record: Record { document[index] }

    var mark: Mark { record.mark }

    /// The tag as it is written (`!reset`); `nil` without one.
    var tag: String? { record.tag }

    /// The text of a scalar; numbers, dates and null are text, too.
    var text: String? {
        if case .scalar(let text, _) = record.content { text } else { nil }
    }

    /// Whether the text is a block (`|`, `>`), which begins on the next line.
    var isBlock: Bool {
        if case .scalar(_, let isBlock) = record.content { isBlock } else { false }
    }

    /// The elements of a list; `nil` if the node is something else.
    var elements: [YAMLNode]? {
        guard case .sequence(let nodes) = record.content else { return nil }
        return nodes.map { YAMLNode($0, of: document) }
    }

    /// The members of a mapping, in order; `nil` if the node is something else.
    var members: [(key: YAMLNode, value: YAMLNode)]? {
        guard case .mapping(let nodes) = record.content else { return nil }
        return stride(from: 0, to: nodes.count, by: 2).map {
            (YAMLNode(nodes[$0], of: document), YAMLNode(nodes[$0 + 1], of: document))
        }
    }
}
