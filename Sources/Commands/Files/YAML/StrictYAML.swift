package import Ledger
internal import LedgerText

/// A node in a YAML document, read strictly: an unknown key is refused, with its position.
package struct StrictYAML {
    let node: YAMLNode
    let path: String
    let file: String

    /// The document's root; throws `SourceProblem`.
    package static func document(_ text: String, file: String) throws(SourceProblem) -> StrictYAML {
        guard let node = try YAMLReader.document(text, file: file) else {
            throw SourceProblem(
                file: file, line: 1, column: 1, problem: "the file is empty",
                hint: "create one: ledger init; format: docs/playbook.md")
        }
        return StrictYAML(node: node, path: "", file: file)
    }

    package func problem(_ problem: String, hint: Hint? = nil) -> SourceProblem {
        SourceProblem(
            file: file, line: node.mark.line, column: node.mark.column,
            problem: path.isEmpty ? problem : "\(path): \(problem)", hint: hint)
    }

    /// The members of a mapping, whose keys must be known.
    package func members(_ known: [String]) throws(SourceProblem) -> [String: StrictYAML] {
        var members: [String: StrictYAML] = [:]
        for (key, reader) in try pairs() {
            guard known.contains(key.text) else {
                let near = nearest(to: key.text, among: known)
                throw key.reader.problem(
                    "unknown key \"\(key.text)\"",
                    hint: near.map { "did you mean \($0)?" }
                        ?? "known keys: \(known.joined(separator: ", "))")
            }
            members[key.text] = reader
        }
        return members
    }

    /// Keys and values of a mapping, in order.
    package func pairs() throws(SourceProblem) -> [(
        key: (text: String, reader: StrictYAML), StrictYAML
    )] {
        guard let members = node.members else { throw problem("a mapping is required") }
        var result: [(key: (text: String, reader: StrictYAML), StrictYAML)] = []
        for (key, value) in members {
            guard let text = key.text else { throw problem("a key must be text") }
            let inner = path.isEmpty ? text : "\(path).\(text)"
            result.append(
                (
                    (text, StrictYAML(node: key, path: path, file: file)),
                    StrictYAML(node: value, path: inner, file: file)
                ))
        }
        return result
    }

    package var isMap: Bool { node.members != nil }

    package var isScalar: Bool { node.text != nil }

    package func text() throws(SourceProblem) -> String {
        guard let text = node.text else { throw problem("text is required") }
        return text
    }

    package func name<N: Name>(_ type: N.Type = N.self) throws(SourceProblem) -> N {
        let text = try text()
        do { return try N(text) } catch { throw problem(error.description) }
    }

    package func elements() throws(SourceProblem) -> [StrictYAML] {
        guard let elements = node.elements else { throw problem("a list is required") }
        return elements.enumerated().map {
            StrictYAML(node: $0.element, path: "\(path)[\($0.offset)]", file: file)
        }
    }

    package func texts() throws(SourceProblem) -> [String] {
        var result: [String] = []
        for element in try elements() { result.append(try element.text()) }
        return result
    }

    package func bool() throws(SourceProblem) -> Bool {
        switch try text() {
        case "true": return true
        case "false": return false
        default: throw problem("true or false is required")
        }
    }

    package func whole(in range: ClosedRange<Int>) throws(SourceProblem) -> Int {
        guard let number = Int(try text()), range.contains(number) else {
            throw problem(
                "a whole number from \(range.lowerBound) to \(range.upperBound) is required")
        }
        return number
    }

    /// A duration with its unit (`500ms`, `30s`, `10m`, `2h`), in seconds.
    package func seconds() throws(SourceProblem) -> Double {
        let text = try text()
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
        for (unit, factor) in units where text.ends(with: unit) {
            if let number = Double(text.dropLast(unit.count)), number >= 0, number < 1e6 {
                return number * factor
            }
        }
        throw problem("\"\(text)\" is not a duration", hint: "add a unit: 30s, 10m")
    }

    /// A command line: a list that begins with the program. It is never one text for a shell to
    /// split.
    package func command() throws(SourceProblem) -> [String] {
        if isScalar {
            throw problem(
                "a command line must be a list, not one text",
                hint: "write [program, argument, …]; put shell commands into a script file")
        }
        let words = try texts()
        guard let program = words.first, !program.isEmpty else {
            throw problem("a command line requires a program")
        }
        return words
    }
}
