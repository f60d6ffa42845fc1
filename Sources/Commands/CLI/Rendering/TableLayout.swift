internal import Ledger
internal import LedgerText

/// A table as aligned lines of a terminal: columns shrink or disappear until they fit.
struct TableLayout {
    /// The columns of the terminal; `nil` without a limit.
    let width: Int?
    /// How times are shown; `nil` shows every cell exactly.
    let time: LocalTime?
    var indent = 0
    /// Whether the names of the columns are above them.
    var heading = Heading.shown
    /// The least width of each column that is shown.
    var least: [Int] = []
    /// The layout of an earlier part of the same table, to use it again; `nil` computes a new one.
    var fit: Fit?

    /// Which columns are shown, and how wide.
    struct Fit: Sendable {
        fileprivate(set) var shown: [Int]
        fileprivate(set) var widths: [Int]
    }

    enum Heading: Sendable { case shown, absent }

    private static let gap = 2
    /// A text column is not made narrower than this.
    private static let narrowText = 16
    /// No column is made narrower than this.
    private static let narrowest = 4
    /// A cell shows at most this many lines.
    private static let mostLines = 4

    func lines(_ grid: Answer.Grid) -> [[Span]] {
        let cells = texts(grid)
        let names = grid.columns.map { $0.name.uppercased() }
        let fit = self.fit ?? fit(of: grid)
        let (shown, widths) = (fit.shown, fit.widths)
        let head =
            heading == .shown
            ? line(shown, widths) {
                [Span(TextWidth.fitting(names[$0], widths[$0]), .heading)]
            } : []
        return head
            + cells.flatMap { row in
                line(shown, widths) { column in
                    guard row.count > column else { return [] }
                    return parts(row[column], widths[column])
                }
            }
    }

    /// The columns that fit.
    func fit(of grid: Answer.Grid) -> Fit {
        var widths = widths(grid)
        var shown = grid.columns.indices.filter { widths[$0] > 0 }
        fit(grid.columns, &shown, &widths)
        return Fit(shown: shown, widths: widths)
    }

    /// The width of each column without a limit; 0 if all its cells are empty.
    private func widths(_ grid: Answer.Grid) -> [Int] {
        let cells = texts(grid)
        return grid.columns.indices.map { column in
            let longest = cells.map { $0.count > column ? widest($0[column].text) : 0 }.max() ?? 0
            let least = column < least.count ? least[column] : 0
            let name = heading == .shown ? TextWidth.of(grid.columns[column].name) : 0
            return longest == 0 ? least : max(name, longest, least)
        }
    }

    // MARK: Cells

    private func texts(_ grid: Answer.Grid) -> [[Span]] {
        let digits = shortest(grid)
        return grid.rows.map { row in row.map { text($0, digits) } }
    }

    private func text(_ cell: Cell, _ digits: Int) -> Span {
        switch cell {
        case .text(let text, let style): return Span(cleaned(text), style)
        case .time(let moment): return Span(time?.text(moment) ?? cell.exact)
        case .seconds(let seconds):
            return Span(time == nil ? cell.exact : LocalTime.duration(seconds))
        case .hash(let text):
            guard time?.detail == .relative else { return Span(cleaned(text)) }
            guard let colon = text.place(of: ":") else {
                return Span(cleaned(String(text.prefix(digits))))
            }
            let shown = text[colon.upperBound...].prefix(digits)
            return Span(cleaned("\(text[..<colon.upperBound])\(shown)"))
        }
    }

    /// Without control characters; line ends stay.
    private func cleaned(_ text: String) -> String {
        text.parts(separator: "\n", omittingEmptySubsequences: false).map {
            Quote.line(String($0))
        }.joined(separator: "\n")
    }

    private func widest(_ text: String) -> Int {
        text.parts(separator: "\n").map { TextWidth.of($0) }.max() ?? 0
    }

    /// How many digits are needed so that the hashes of this table differ.
    private func shortest(_ grid: Answer.Grid) -> Int {
        var digits = Set<Substring>()
        for case .hash(let text) in grid.rows.joined() {
            digits.insert(text.parts(separator: ":").last ?? "")
        }
        var count = 12
        while count < 64, Set(digits.map { $0.prefix(count) }).count < digits.count { count += 4 }
        return count
    }

    /// The lines of one cell.
    private func parts(_ span: Span, _ width: Int) -> [Span] {
        // Long lines are shortened before wrapping, because the rest would be cut anyway.
        let lines = span.text.parts(separator: "\n", omittingEmptySubsequences: false).flatMap {
            self.width == nil
                ? [String($0)]
                : TextWidth.wrapped(
                    TextWidth.fitting($0, width * (Self.mostLines + 1)), width)
        }
        guard self.width != nil, lines.count > Self.mostLines else {
            return lines.map { Span($0, span.style) }
        }
        let last = TextWidth.fitting(lines[Self.mostLines - 1], width - 2) + " …"
        return (lines.prefix(Self.mostLines - 1) + [last]).map { Span($0, span.style) }
    }

    // MARK: Widths

    private func fit(_ columns: [Column], _ shown: inout [Int], _ widths: inout [Int]) {
        guard let width else { return }
        func excess() -> Int {
            shown.reduce(indent + max(0, shown.count - 1) * Self.gap) { $0 + widths[$1] } - width
        }
        // Text may shrink first to half the terminal, so that one long reason hides no column.
        shrink(columns, shown, &widths, to: max(Self.narrowText, width / 2), by: excess())
        let leaving = shown.compactMap { column -> (order: Int, column: Int)? in
            if case .leaves(let order) = columns[column].fit { (order, column) } else { nil }
        }.sorted { $0.order < $1.order }
        for (_, column) in leaving where excess() > 0 {
            shrink(columns, shown, &widths, to: Self.narrowText + 8, by: excess())
            if excess() > 0 { shown.removeAll { $0 == column } }
        }
        // A separator column (`→`) disappears if the next column does.
        shown = shown.filter { columns[$0].fit != .sign || shown.contains($0 + 1) }
        shrink(columns, shown, &widths, to: TextWidth.narrowest, by: excess())
        // What is still too wide loses the end of its widest columns.
        while excess() > 0, let column = shown.max(by: { widths[$0] < widths[$1] }),
            widths[column] > Self.narrowest
        {
            widths[column] -= 1
        }
    }

    private func shrink(
        _ columns: [Column], _ shown: [Int], _ widths: inout [Int], to least: Int, by excess: Int
    ) {
        var excess = excess
        while excess > 0,
            let column = shown.filter({
                // The heading stays whole.
                let name = heading == .shown ? TextWidth.of(columns[$0].name) : 0
                return columns[$0].fit == .wraps && widths[$0] > max(least, name)
            }).max(by: { widths[$0] < widths[$1] })
        {
            widths[column] -= 1
            excess -= 1
        }
    }

    /// The lines of one row; the last column is not padded.
    private func line(
        _ shown: [Int], _ widths: [Int], _ cell: (Int) -> [Span]
    ) -> [[Span]] {
        let cells = shown.map(cell)
        let count = max(1, cells.map(\.count).max() ?? 1)
        return (0..<count).map { place in
            var spans = [Span(String(repeating: " ", count: indent))]
            var blanks = 0
            for (cell, column) in zip(cells, shown) {
                let span = place < cell.count ? cell[place] : Span("")
                if !span.text.isEmpty {
                    spans.append(Span(String(repeating: " ", count: blanks)))
                    spans.append(span)
                    blanks = 0
                }
                blanks += widths[column] - TextWidth.of(span.text) + Self.gap
            }
            return spans
        }
    }
}
