internal import CYAML
internal import Ledger
internal import LedgerText

/// Reads one YAML document with libyaml, event by event: no recursion, however deep the text.
struct YAMLReader {
    /// A list or a mapping that is not at its end.
    private struct Open {
        let index: Int
        var children: [Int] = []
        let isMapping: Bool
        let anchor: String?
        /// Whether it is a key, or within one.
        let isKey: Bool
        var keys: Set<ExactText> = []
        /// Whether the next node is the key of a member.
        var wantsKey: Bool { isMapping && children.count.isMultiple(of: 2) }
    }

    private let file: String
    private var nodes: [YAMLNode.Record] = []
    private var open: [Open] = []
    private var anchors: [ExactText: Int] = [:]
    /// Anchors and aliases so far.
    private var names = 0
    private var root: Int?

    private init(file: String) { self.file = file }

    /// The root of a document; `nil` if the text has none. Throws `SourceProblem`.
    static func document(_ text: String, file: String) throws(SourceProblem) -> YAMLNode? {
        var reader = YAMLReader(file: file)
        let directives =
            text.utf8.count { $0 == UInt8(ascii: "%") } > Limits.yamlDirectives
            ? text.allLines.count { $0.begins(with: "%") } : 0
        guard directives <= Limits.yamlDirectives else {
            throw reader.problem(
                YAMLNode.Mark(line: 1, column: 1),
                "the text has more than \(Limits.yamlDirectives) lines that begin with %")
        }
        // Editors write a byte order mark before UTF-8; it is not part of the text.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var bytes = Array(text.utf8)
        if bytes.starts(with: mark) { bytes.removeFirst(mark.count) }
        var failure: SourceProblem?
        bytes.withUnsafeBufferPointer { bytes in
            do throws(SourceProblem) { try reader.read(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
        return reader.root.map { YAMLNode($0, of: reader.nodes) }
    }

    private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(SourceProblem) {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else {
            throw problem(YAMLNode.Mark(line: 1, column: 1), "not YAML: there is no memory")
        }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(&parser, &event) == 1 else { throw broken(parser, bytes) }
            defer { yaml_event_delete(&event) }
            if event.type == YAML_STREAM_END_EVENT { return }
            try take(event)
        }
    }

    private mutating func take(_ event: yaml_event_t) throws(SourceProblem) {
        let mark = Self.mark(event.start_mark)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT where root != nil:
            throw problem(mark, "not YAML: a second document begins here")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length),
                as: UTF8.self)
            let isBlock = [YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE]
                .contains(scalar.style)
            let index = try add(.scalar(text, isBlock: isBlock), Self.text(scalar.tag), mark)
            try name(index, Self.text(scalar.anchor), mark)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            try begin(.sequence([]), Self.text(start.tag), Self.text(start.anchor), mark)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            try begin(.mapping([]), Self.text(start.tag), Self.text(start.anchor), mark)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            guard let ended = open.popLast() else { return }
            nodes[ended.index].content =
                ended.isMapping ? .mapping(ended.children) : .sequence(ended.children)
            // Only now: a node cannot have itself as a member.
            try name(ended.index, ended.anchor, mark)
        case YAML_ALIAS_EVENT:
            try follow(Self.text(event.data.alias.anchor) ?? "", mark)
        default: break
        }
    }

    /// Adds a node to what is open; returns its index.
    private mutating func add(
        _ content: YAMLNode.Content, _ tag: String?, _ mark: YAMLNode.Mark
    ) throws(SourceProblem) -> Int {
        nodes.append(YAMLNode.Record(content: content, tag: tag, mark: mark))
        let index = nodes.count - 1
        guard let last = open.indices.last else {
            root = index
            return index
        }
        if open[last].wantsKey, case .scalar(let key, _) = content,
            !open[last].keys.insert(ExactText(key)).inserted
        {
            // A key may hold a secret, where a value was meant.
            let isName = key.utf8.count <= 64 && !key.utf8.contains(UInt8(ascii: "="))
            throw problem(
                nodes[open[last].index].mark,
                "\(isName ? "the key \(key)" : "a key") occurs twice in one mapping")
        }
        open[last].children.append(index)
        return index
    }

    private mutating func begin(
        _ content: YAMLNode.Content, _ tag: String?, _ anchor: String?, _ mark: YAMLNode.Mark
    ) throws(SourceProblem) {
        let isMapping = if case .mapping = content { true } else { false }
        guard open.count < Limits.yamlDepth else {
            throw problem(mark, "the text has more than \(Limits.yamlDepth) levels")
        }
        let isKey = open.last.map { $0.wantsKey || $0.isKey } ?? false
        let index = try add(content, tag, mark)
        open.append(Open(index: index, isMapping: isMapping, anchor: anchor, isKey: isKey))
    }

    private mutating func name(
        _ index: Int, _ anchor: String?, _ mark: YAMLNode.Mark
    ) throws(SourceProblem) {
        guard let anchor else { return }
        try count(mark)
        anchors[ExactText(anchor)] = index
    }

    private mutating func follow(_ anchor: String, _ mark: YAMLNode.Mark) throws(SourceProblem) {
        try count(mark)
        guard let index = anchors[ExactText(anchor)] else {
            throw problem(mark, "not YAML: the alias *\(anchor) has no anchor before it")
        }
        guard let last = open.indices.last else { return }
        if open[last].wantsKey || open[last].isKey {
            throw problem(mark, "an alias is used as a key")
        }
        open[last].children.append(index)
    }

    private mutating func count(_ mark: YAMLNode.Mark) throws(SourceProblem) {
        names += 1
        guard names <= Limits.yamlAliases else {
            throw problem(mark, "the file has more than \(Limits.yamlAliases) anchors and aliases")
        }
    }

    private func problem(
        _ mark: YAMLNode.Mark, _ problem: String, hint: Hint? = nil
    ) -> SourceProblem {
        SourceProblem(
            file: file, line: mark.line, column: mark.column, problem: problem, hint: hint)
    }

    /// What libyaml says about a text that it cannot read.
    private func broken(
        _ parser: yaml_parser_t, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> SourceProblem {
        let said = parser.problem.map { String(cString: $0) } ?? "it cannot be read"
        if parser.error == YAML_READER_ERROR {
            let before = bytes.prefix(parser.problem_offset)
            let line = before.count { $0 == UInt8(ascii: "\n") } + 1
            let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            return problem(
                YAMLNode.Mark(line: line, column: before.count - start + 1),
                "not YAML: \(said)", hint: "remove the character, or write it as an escape")
        }
        var words = "not YAML: "
        if let context = parser.context {
            let place = Self.mark(parser.context_mark)
            words += "\(String(cString: context)) in line \(place.line), column \(place.column) "
        }
        return problem(
            Self.mark(parser.problem_mark), words + said,
            hint: "indent with spaces, and quote text that contains \": \" or \" #\"")
    }

    private static func mark(_ mark: yaml_mark_t) -> YAMLNode.Mark {
        YAMLNode.Mark(line: mark.line + 1, column: mark.column + 1)
    }

    private static func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        bytes.map { String(cString: $0) }
    }
}
