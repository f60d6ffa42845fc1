import Foundation
import LedgerText
import Support
import Testing

/// Text that other programs read: whatever its bytes, it stays one word, one field, one value.
struct QuoteTests {
    /// A base character and U+0301 are one character of Swift's, and two of everybody else's.
    static let marked = ["'", "\"", ",", "=", "\\", "\n", "\r", ":", "%", "\t", " "].map {
        $0 + "\u{301}"
    }
    static let texts =
        [
            "plain", "", "two words", "it's", "$HOME `id` \\ \"x\"", "line\nline", "a\r\nb", "\r\n",
            "*?[a]~#!;&|<>()", "-n", "é–✓", "v1'\u{301};touch${IFS}/tmp/x;'\u{301}",
            "python:latest\r\n::stop-commands::x",
            "x\r\noutput = /tmp/x\r\ndata = @/etc/passwd\r\n",
            "=HYPERLINK(\"http://x\")", "＝1", "\u{202E}abc", "\u{85}next", "\u{2028}line",
            "\u{1B}[2J",
        ] + marked + marked.map { "a\($0)b\($0)" }

    @Test(arguments: texts)
    func aShellReadsEachWordBackAsItWas(word: String) async throws {
        let said = try await Spoken.run([
            "sh", "-c", "printf %s \(Quote.shellWord(word)); printf '|%s' end",
        ])
        #expect(Array(said.output.utf8) == Array("\(word)|end".utf8))
    }

    /// Python's reader stands for spreadsheets and other programs.
    @Test func aReaderOfCommaSeparatedValuesFindsEachFieldAgain() async throws {
        let lines = Self.texts.map { Quote.csvLine(["first", $0, "last"]) + "\n" }.joined()
        let script = """
            import csv, io, json, sys
            text = sys.stdin.buffer.read().decode()
            print(json.dumps(list(csv.reader(io.StringIO(text, newline='')))))
            """
        let said = try await Spoken.run(["python3", "-c", script], input: lines)
        let rows = try JSONDecoder().decode([[String]].self, from: Data(said.output.utf8))
        try #require(rows.count == Self.texts.count, "\(rows)")
        for (row, text) in zip(rows, Self.texts) {
            let field =
                row[1].utf8.starts(with: "'".utf8) && row[1] != text
                ? String(row[1].dropFirst()) : row[1]
            #expect(
                row.count == 3
                    && (Array(row[1].utf8) == Array(text.utf8)
                        || Array(field.utf8) == Array(text.utf8))
            )
        }
    }

    @Test(arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "=\u{301}1"])
    func noFieldIsAFormula(text: String) {
        let line = Quote.csvField(text)
        #expect(line.utf8.starts(with: "'".utf8) || line.utf8.starts(with: "\"'".utf8), "\(line)")
    }

    @Test(arguments: texts)
    func aCellIsOneLineWithoutControls(text: String) {
        let cell = Quote.tableCell(text)
        #expect(!cell.utf8.contains { $0 < 32 || $0 == 127 }, "\(cell)")
        #expect(
            !cell.unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{85}" || $0 == "\u{2028}" }
        )
    }

    @Test(arguments: texts)
    func anArgumentOfAWorkflowCommandEndsNoLine(text: String) {
        let message = Quote.workflowMessage(text)
        #expect(!message.utf8.contains(10) && !message.utf8.contains(13))
        let property = Quote.workflowProperty(text)
        #expect(!property.utf8.contains { ":,\r\n".utf8.contains($0) })
    }

    /// curl itself says what it takes the value for.
    @Test(arguments: texts)
    func curlReadsEachValueBackAsItWas(text: String) async throws {
        let sandbox = try Sandbox()
        let quoted = try #require(Quote.curlValue(text))
        try sandbox.write("config", "url = \"file:///dev/null\"\nwrite-out = \(quoted)\n")
        // What write-out gives a meaning to is left out: only quoting is tried.
        if text.utf8.contains(where: { "%\\".utf8.contains($0) }) { return }
        let said = try await Spoken.run([
            "curl", "--disable", "-s", "--config", sandbox.path("config"),
        ])
        #expect(Array(said.output.utf8) == Array(text.utf8))
    }

    @Test func aValueWithAZeroByteIsNone() { #expect(Quote.curlValue("a\0b") == nil) }

    @Test func aCommandToPasteKeepsItsWords() {
        let tag = "v2;touch${IFS}/tmp/x"
        #expect("ledger revert --to \(shell: tag)" == "ledger revert --to 'v2;touch${IFS}/tmp/x'")
    }
}

/// Operations on bytes, where Swift's own are on characters.
struct BytesTests {
    @Test func aMarkHidesNoByte() {
        let text = "a:\u{301}b\r\nc"
        #expect(text.holds(":") && text.first(byte: ":") != nil)
        #expect(text.parts(separator: ":").count == 2)
        #expect(text.holds("\n") && text.allLines == ["a:\u{301}b", "c"])
        #expect("'\u{301}".begins(with: "'") && "\u{301}'".ends(with: "'"))
        #expect("x'\u{301}'".exchanging("'", for: "").utf8.elementsEqual("x\u{301}".utf8))
    }

    @Test func partsAreThoseOfSplit() {
        for text in ["", ",", "a", "a,b", ",a,,b,", "a,,"] {
            for omitting in [true, false] {
                for most in [0, 1, Int.max] {
                    let ours = text.parts(
                        separator: ",", maxSplits: most, omittingEmptySubsequences: omitting)
                    let theirs = text.split(
                        separator: ",", maxSplits: most, omittingEmptySubsequences: omitting)
                    #expect(ours == theirs, "\(text) \(omitting) \(most)")
                }
            }
        }
    }

    @Test func whiteSpaceIsThatOfASCII() {
        #expect("  a b\t\n".trimmed == "a b" && " \r\n".isBlank && !"\u{A0}".isBlank)
        #expect("a  b\tc".words == ["a", "b", "c"])
        #expect(" ".trimmedEnd.isEmpty && "".trimmedEnd.isEmpty)
    }
}

/// Names as people see them.
struct VisibleTests {
    @Test(arguments: [
        "a\nb", "a\rb", "a\r\nb", "a\u{85}b", "a\u{2028}b", "a\u{1B}[0m", "a\u{202E}b",
        "a\u{2066}b",
        "a\u{200B}b", "\u{FEFF}a", "a\u{7F}", "'\u{301}", "\u{301}a", "a-\u{308}b", "a\0b",
        "a\u{E000}",
    ])
    func whatIsHiddenOrMarksNoLetterIsNoName(text: String) {
        #expect(Visible.problem(in: text) != nil)
        #expect(Visible.problem(in: Visible.cleaned(text)) == nil)
    }

    @Test(arguments: [
        "Łukasz", "e\u{301}te", "日本語", "ünï-1", "Dana O'Hara", "1\u{308}", "ก\u{E49}",
    ])
    func lettersWithTheirMarksAreFine(text: String) {
        #expect(Visible.problem(in: text) == nil && Visible.cleaned(text) == text)
    }
}
