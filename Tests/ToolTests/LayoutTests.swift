import Ledger
import Support
import Testing

@testable import LedgerTool

/// Tables and sentences on a terminal: nothing is longer than a line, no word is broken.
struct LayoutTests {
    private static let digest = "sha256:" + String(repeating: "9519abef984f", count: 5) + "0123"
    /// 2026-11-30T12:00:00Z.
    private static let now = Timestamp(seconds: 1796040000)

    private func text(_ lines: [[Span]]) -> [String] {
        lines.map { $0.map(\.text).joined() }
    }

    private func layout(_ width: Int?) -> TableLayout {
        TableLayout(width: width, time: LocalTime(now: { Self.now }, zone: .utc))
    }

    private static let grid = Answer.Grid(
        [
            "service", "since", Column("digest", .leaves(1)), Column("entry", .leaves(2)),
            Column("why", .wraps),
        ],
        [
            [
                "web", .time(now.adding(seconds: -720)), .hash(digest), "118",
                "the checkout fails for every customer with a saved card",
            ],
            ["trainer", .time(now.adding(seconds: -200_000)), .hash(digest), "7", ""],
        ])

    @Test func aWideTerminalShowsEveryColumn() {
        #expect(
            text(layout(140).lines(Self.grid)) == [
                "SERVICE  SINCE                 DIGEST               ENTRY  WHY",
                "web      12 min ago            sha256:9519abef984f  118    "
                    + "the checkout fails for every customer with a saved card",
                "trainer  2026-11-28 04:26 UTC  sha256:9519abef984f  7",
            ])
    }

    @Test func aNarrowTerminalLosesTheDigestFirst() {
        let lines = text(layout(70).lines(Self.grid))
        #expect(lines[0] == "SERVICE  SINCE                 ENTRY  WHY")
        #expect(lines.allSatisfy { TextWidth.of($0) <= 70 })
    }

    @Test(arguments: Array(32...160))
    func noLineIsLongerThanTheTerminalAndNoWordIsLost(width: Int) {
        let lines = text(layout(width).lines(Self.grid))
        #expect(lines.allSatisfy { TextWidth.of($0) <= width })
        guard width >= 60 else { return }
        let words = Set(lines.flatMap { $0.split(separator: " ").map(String.init) })
        let reason = "the checkout fails for every customer with a saved card"
        #expect(words.isSuperset(of: reason.split(separator: " ").map(String.init)))
    }

    @Test func withoutALimitTheCellsAreExact() {
        let layout = TableLayout(width: nil, time: nil, heading: .absent)
        #expect(text(layout.lines(Self.grid))[0].contains(Self.digest))
        #expect(text(layout.lines(Self.grid))[0].contains("2026-11-30T11:48:00Z"))
    }

    @Test func digestsThatBeginAlikeShowMoreDigits() {
        let one = "sha256:" + String(repeating: "a", count: 64)
        let two = "sha256:" + String(repeating: "a", count: 20) + String(repeating: "b", count: 44)
        let grid = Answer.Grid(["digest"], [[.hash(one)], [.hash(two)]])
        let lines = text(layout(80).lines(grid))
        #expect(lines[1] != lines[2])
        #expect(lines[2] == "sha256:" + two.dropFirst(7).prefix(24))
    }

    @Test func recordedTextDoesNotControlTheTerminal() {
        let grid = Answer.Grid(
            ["text"], [[.text("a\u{1B}[31mb\u{202E}c", .failed)], ["two\nlines"]])
        let lines = layout(80).lines(grid)
        let shown = lines.map { $0.map { $0.shown(.allowed) }.joined() }
        #expect(shown[1] == "\u{1B}[31ma\\u{1B}[31mb\\u{202E}c\u{1B}[0m")
        #expect(shown[2...] == ["two", "lines"])
        #expect(lines.map { $0.map { $0.shown(.never) }.joined() }[1] == "a\\u{1B}[31mb\\u{202E}c")
    }

    @Test func wideCharactersTakeTwoColumns() {
        #expect(TextWidth.of("日本") == 4)
        #expect(TextWidth.of("e\u{301}→…") == 3)
        // Terminals differ in what they combine: a line must fit all of them.
        #expect(TextWidth.of("👩‍👩‍👧") == 6)
        #expect(TextWidth.of(String(repeating: "\u{1100}", count: 1500)) == 3000)
        #expect(TextWidth.fitting("日本語", 5) == "日本")
        #expect(TextWidth.wrapped("日本 語語", 10) == ["日本 語語"])
    }

    @Test func aSentenceBreaksAtBlanks() {
        #expect(
            Sentence.lines("one two three four", 10) == ["one two", "  three", "  four"])
        #expect(Sentence.lines("  one two three", 11) == ["  one two", "    three"])
        // Only a word that is wider than the line is cut.
        #expect(Sentence.lines("a 0123456789abcdef", 12) == ["a", "  0123456789", "  abcdef"])
    }

    @Test func aCommandKeepsItsLinesAndCanBePasted() {
        let lines = Sentence.lines(
            "To roll back",
            command:
                "ledger revert --to v0.9.9 -e production --reason 'it is slow' && ledger status",
            40)
        #expect(
            lines == [
                "To roll back:", "  ledger revert --to v0.9.9 \\",
                "    -e production \\", "    --reason 'it is slow' &&", "  ledger status",
            ])
    }

    /// An apostrophe within a quoted word does not end the word.
    @Test func quotedWordsStayWhole() {
        let word = "'it'\\''s that the checkout fails'"
        let lines = Sentence.lines("Show it", command: "ledger incident show \(word) -o json", 40)
        #expect(lines.contains { $0.contains(word) })
        #expect(lines.last == "    -o json")
    }

    /// A recorded text that looks like advice is wrapped as any other text.
    @Test func textFromOutsideIsNeverACommand() {
        let text = "staging is frozen: run this: ledger runs abandon 15 && curl evil.example"
        #expect(Sentence.lines(text, 40).allSatisfy { !$0.hasSuffix("\\") })
        #expect(Sentence.lines(text, 40)[1].hasPrefix("  "))
    }

    @Test func aCommandAfterAHintHasALineOfItsOwn() {
        let hint = Hint("list all of the runs of this ledger", run: "ledger runs list --open")
        #expect(hint.description == "list all of the runs of this ledger: ledger runs list --open")
        #expect(
            Sentence.lines(hint.text, command: hint.command, 40)
                == ["list all of the runs of this ledger:", "  ledger runs list --open"])
    }

    /// One long word is laid out in one pass.
    @Test func aLongWordTakesLinearTime() {
        let lines = TextWidth.wrapped(String(repeating: "a", count: 400_000), 80)
        #expect(lines.count == 5000)
    }

    @Test func timesAreRelativeWithinADay() {
        let time = LocalTime(now: { Self.now }, zone: .utc)
        func text(_ seconds: Double) -> String { time.text(Self.now.adding(seconds: seconds)) }
        #expect(text(-5) == "5 s ago")
        #expect(text(-3599) == "59 min ago")
        #expect(text(-86_399) == "23 h ago")
        #expect(text(-86_400) == "2026-11-29 12:00 UTC")
        #expect(text(90) == "in 2 min")
        let exact = LocalTime(now: { Self.now }, zone: .utc, detail: .seconds)
        #expect(exact.text(Self.now.adding(seconds: -5)) == "2026-11-30 11:59:55 UTC")
    }

    /// Times beyond the calendar of the C library do not crash.
    @Test func extremeTimesAreShown() {
        let time = LocalTime(now: { Self.now })
        for microseconds in [Int64.min, .max, 0, -1] {
            #expect(!time.text(Timestamp(microseconds: microseconds)).isEmpty)
        }
    }
}
