internal import LedgerText

/// A `.dockerignore`: the files of a folder that are excluded from a build
/// (docs.docker.com/build/concepts/context, "dockerignore files").
public struct IgnoreFile: Sendable {
    /// A line with a rule.
    struct Rule: Sendable {
        let pattern: PathPattern
        /// `!`: includes files that an earlier rule excluded.
        let includes: Bool
        let line: Int
    }
    let rules: [Rule]

    public init(_ text: String) {
        let clean = text.begins(with: "\u{FEFF}") ? text.dropFirst() : text[...]
        let lines = clean.allLines
        rules = lines.enumerated().compactMap { number, line in
            // A comment begins with `#` in the first column.
            guard line.first != "#" else { return nil }
            var text = line.trimmedStart.trimmedEnd
            let includes = text.first == "!"
            if includes { text = text.dropFirst().trimmedStart }
            guard let path = Self.clean(text) else { return nil }
            return Rule(pattern: PathPattern(path), includes: includes, line: number + 1)
        }
    }

    /// A path without `.`, `..`, doubled and outer slashes; `nil` if it becomes empty.
    private static func clean(_ path: Substring) -> String? {
        var parts: [Substring] = []
        for part in path.parts(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }

    /// Whether a path, relative to the context's folder, is excluded: by the last rule that matches
    /// it or a folder above it.
    public func excludes(_ path: String) -> Bool {
        var isOut = false
        for rule in rules where rule.includes == isOut {
            if rule.pattern.matchesFolder(of: path) { isOut = !rule.includes }
        }
        return isOut
    }
}

/// A pattern of paths: `*` and `?` match within a name, `**` matches across folders, `[a-z]`
/// matches one of several characters.
///
/// Matching takes one pass for every pattern: a pattern cannot make it slow.
struct PathPattern: Sendable {
    private enum Part: Sendable {
        case one(Unicode.Scalar)
        case of([ClosedRange<UInt32>], isNegated: Bool)
        case any
        /// Any number of characters, within a name or across names.
        case many(acrossFolders: Bool)
        /// The two states of `**/`: at the start of a folder, and inside its name.
        case folders, insideFolders
    }
    private let parts: [Part]

    init(_ pattern: String) {
        var parts: [Part] = []
        var rest = Array(pattern.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*":
                guard rest.first == "*" else {
                    parts.append(.many(acrossFolders: false))
                    continue
                }
                rest = rest.drop { $0 == "*" }
                if rest.first == "/" {
                    rest = rest.dropFirst()
                    parts += [.folders, .insideFolders]
                } else {
                    parts.append(.many(acrossFolders: true))
                }
            case "?": parts.append(.any)
            case "[": parts.append(Self.set(&rest))
            case "\\": parts.append(.one(rest.popFirst() ?? "\\"))
            default: parts.append(.one(scalar))
            }
        }
        self.parts = parts
    }

    private static func set(_ rest: inout ArraySlice<Unicode.Scalar>) -> Part {
        let before = rest
        let isNegated = rest.first == "^"
        if isNegated { rest = rest.dropFirst() }
        var ranges: [ClosedRange<UInt32>] = []
        while let scalar = rest.popFirst() {
            if scalar == "]", !ranges.isEmpty { return .of(ranges, isNegated: isNegated) }
            let low = scalar == "\\" ? rest.popFirst() ?? scalar : scalar
            var high = low
            if rest.first == "-", let end = rest.dropFirst().first, end != "]" {
                rest = rest.dropFirst(2)
                high = end == "\\" ? rest.popFirst() ?? end : end
            }
            ranges.append(low.value...max(low.value, high.value))
        }
        // An unclosed bracket is an ordinary character.
        rest = before
        return .one("[")
    }

    /// Whether a path matches, or a folder above it.
    func matchesFolder(of path: String) -> Bool {
        var states = [Bool](repeating: false, count: parts.count + 1)
        enter(0, &states)
        for scalar in path.unicodeScalars {
            if scalar == "/", states[parts.count] { return true }
            var next = [Bool](repeating: false, count: parts.count + 1)
            for (place, isHere) in states.enumerated().dropLast() where isHere {
                step(from: place, over: scalar, &next)
            }
            states = next
        }
        return states[parts.count]
    }

    /// Adds a state, and the states that follow it without input.
    private func enter(_ state: Int, _ states: inout [Bool]) {
        guard !states[state] else { return }
        states[state] = true
        guard state < parts.count else { return }
        switch parts[state] {
        case .many: enter(state + 1, &states)
        case .folders:
            enter(state + 1, &states)
            enter(state + 2, &states)
        default: break
        }
    }

    private func step(from state: Int, over scalar: Unicode.Scalar, _ next: inout [Bool]) {
        switch parts[state] {
        case .one(let wanted): if scalar == wanted { enter(state + 1, &next) }
        case .of(let ranges, let isNegated):
            let isOne = ranges.contains { $0.contains(scalar.value) }
            if isOne != isNegated, scalar != "/" { enter(state + 1, &next) }
        case .any: if scalar != "/" { enter(state + 1, &next) }
        case .many(let acrossFolders): if acrossFolders || scalar != "/" { enter(state, &next) }
        case .folders: break
        case .insideFolders:
            enter(state, &next)
            if scalar == "/" { enter(state + 1, &next) }
        }
    }
}
