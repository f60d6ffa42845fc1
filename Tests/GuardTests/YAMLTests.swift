import CommandFiles
import Testing

/// YAML as libyaml reads it, and what it may cost.
struct YAMLTests {
    private func problem(_ text: String) -> SourceProblem? {
        do { _ = try StrictYAML.document(text, file: "a.yaml") } catch { return error }
        return nil
    }

    /// Line and column count from 1, as editors do.
    @Test(arguments: [
        ("a: [", 2, 1, "not YAML: while parsing a flow node in line 2, column 1 did not find"),
        ("a: 1\nb: x: y\n", 2, 5, "not YAML: mapping values are not allowed in this context"),
        ("a: 1\n\u{7}: 2\n", 2, 1, "not YAML: control characters are not allowed"),
        ("a: 1\nb: \u{1}\n", 2, 4, "not YAML: control characters are not allowed"),
        ("a: 1\n--- \nb: 2\n", 2, 1, "not YAML: a second document begins here"),
        ("a: *b\n", 1, 4, "not YAML: the alias *b has no anchor before it"),
        ("a: &a [*a]\n", 1, 8, "not YAML: the alias *a has no anchor before it"),
        ("a: &a x\n*a : 1\n", 2, 1, "an alias is used as a key"),
        ("a: &a x\n? [*a]\n: 1\n", 2, 4, "an alias is used as a key"),
        ("a: 1\nb: {c: 1, c: 2}\n", 2, 4, "the key c occurs twice in one mapping"),
        ("", 1, 1, "the file is empty"), ("# only a comment\n", 1, 1, "the file is empty"),
    ])
    func aProblemHasItsPlace(text: String, line: Int, column: Int, words: String) {
        let problem = problem(text)
        #expect(problem?.problem.hasPrefix(words) == true, "\(problem?.problem ?? "none")")
        #expect(problem?.line == line && problem?.column == column)
    }

    /// Keys are compared as bytes: two that look alike are two for every other program.
    @Test func keysAreBytes() throws {
        let document = try StrictYAML.document("caf\u{e9}: 1\ncafe\u{301}: 2\n", file: "a.yaml")
        let pairs = try document.pairs()
        #expect(pairs.count == 2)
    }

    @Test func aByteOrderMarkIsNoText() throws {
        let document = try StrictYAML.document("\u{FEFF}a: 1\n", file: "a.yaml")
        let keys = try document.pairs().map(\.0.text)
        #expect(keys == ["a"])
    }

    @Test func scalarsAreTextAsWritten() throws {
        let text = "[0o17, 1e3, yes, null, ~, 2026-01-01, 'it''s', \"\\u00e9\", , |-\n]"
        #expect(problem(text) != nil)
        let good = "[0o17, 1e3, yes, null, ~, 2026-01-01, 'it''s', \"\\u00e9\\0\"]"
        let texts = try StrictYAML.document(good, file: "a.yaml").texts()
        #expect(
            texts == ["0o17", "1e3", "yes", "null", "~", "2026-01-01", "it's", "\u{e9}\u{0}"])
    }

    @Test func anAliasIsWhatItNames() throws {
        let document = try StrictYAML.document("- &a {k: [1, 2]}\n- *a\n", file: "a.yaml")
        let second = try #require(try document.elements().last)
        let texts = try second.members(["k"])["k"]?.texts()
        #expect(texts == ["1", "2"])
    }

    /// libyaml takes minutes for very deep texts, and a reader that calls itself needs a stack.
    @Test(arguments: [("[", "]"), ("{a: ", "}"), ("- ", "")])
    func deepTextsAreRefused(open: String, close: String) {
        func text(_ depth: Int) -> String {
            String(repeating: open, count: depth) + "x" + String(repeating: close, count: depth)
        }
        #expect(problem(text(200)) == nil)
        for depth in [201, 5_000, 200_000] {
            #expect(problem(text(depth))?.problem == "the text has more than 200 levels")
        }
    }

    /// Forty levels of ten aliases each are 10^40 nodes, if somebody copied them.
    @Test func aliasesOfAliasesTakeNoMemory() {
        var text = "- &a0 [x]\n"
        for level in 1...40 {
            let inner = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "- &a\(level) [\(inner)]\n"
        }
        #expect(problem(text) == nil)
        text += String(repeating: "- *a40\n", count: 600)
        #expect(problem(text)?.problem.contains("more than 1000 anchors and aliases") == true)
    }
}
