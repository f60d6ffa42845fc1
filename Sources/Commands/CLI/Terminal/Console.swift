internal import Glibc
internal import Ledger
internal import LedgerText

/// Writes answers to standard output, and everything else to standard error.
final class Console: @unchecked Sendable {
    let isTerminal: Bool
    let colour: Colour
    /// Whether lines can be erased.
    let isLive: Bool
    /// The pager's standard input, a C handle; `nil` without a pager.
    private var pager: UnsafeMutablePointer<FILE>?
    private var buffer: [UInt8] = []
    /// Whether the program may end when its answer cannot be written.
    var mayStop = true
    private var isBroken = false
    /// The exit code if the reader has closed standard output.
    var codeIfUnheard: Int32 = 0

    /// Whether lines and tables are made to fit the terminal.
    let fit: Fit

    enum Fit: Sendable { case narrow, wide }

    init(variables: [String: String], fit: Fit = .narrow) {
        self.fit = fit
        isTerminal = isatty(STDOUT_FILENO) == 1
        isLive = isTerminal && variables["TERM"] != "dumb"
        colour = Self.mayColour(STDOUT_FILENO)
    }

    /// Writes to standard output, or to the pager. Programs get the exact bytes; terminals get no
    /// control characters.
    func out(_ text: String) {
        buffer += (isTerminal ? Self.harmless(text) : text).utf8
        if buffer.count >= 64 << 10 { flush() }
    }

    /// Text without control characters, except line feeds and tabs. Recorded text must not control
    /// the terminal.
    static func harmless(_ text: String) -> String { Quote.lines(text) }

    /// A line for another program: JSON, CSV.
    func exact(_ text: String) { out(text + "\n") }

    /// A line for people.
    func line(_ text: String) { out(Self.harmless(text) + "\n") }

    /// A line of several pieces, coloured by their meaning where the terminal has colours.
    func line(_ spans: [Span]) {
        raw(spans.map { $0.shown(colour) }.joined() + "\n")
    }

    /// Writes text that already is as it must be, including control characters.
    func raw(_ text: String) {
        buffer += text.utf8
        if buffer.count >= 64 << 10 { flush() }
    }

    /// Writes the buffered output. If the reader has closed it, the program ends quietly.
    func flush() {
        if let pager {
            _ = buffer.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, pager) }
            fflush(pager)
        } else if !isBroken, !Self.write(buffer, to: STDOUT_FILENO) {
            // A query may end when its reader is gone. A run must not: it continues without output.
            if mayStop, errno == EPIPE { Glibc.exit(codeIfUnheard) }
            isBroken = true
            Self.complain(
                "ledger: standard output cannot be written: \(String(cString: strerror(errno)))\n")
            if mayStop { Glibc.exit(ExitStatus.failed.rawValue) }
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes all bytes; false if the reader is gone.
    private static func write(_ bytes: some Collection<UInt8>, to descriptor: Int32) -> Bool {
        var rest = ArraySlice(bytes)
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Whether a terminal shows colours: not if NO_COLOR is set (no-color.org).
    static func mayColour(_ descriptor: Int32) -> Colour {
        func value(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
        let isColoured =
            isatty(descriptor) == 1 && value("NO_COLOR").isEmpty && value("TERM") != "dumb"
        return isColoured ? .allowed : .never
    }

    /// A message to the person, on standard error.
    func error(_ text: String) {
        flush()
        Self.say(text, fit: fit)
    }

    /// A line on standard error, without control characters. Its first word is coloured.
    static func say(_ text: String, _ style: Style = .plain, fit: Fit = .narrow) {
        let columns = columnsOfErrors(fit)
        let lines = harmless(text).parts(separator: "\n", omittingEmptySubsequences: false)
        show(lines.flatMap { Sentence.lines(String($0), columns) }, style)
    }

    /// What the person can do, on standard error.
    func advise(_ text: String, _ command: String?) {
        flush()
        Self.show(
            Sentence.lines(
                Self.harmless(text), command: command.map(Self.harmless),
                Self.columnsOfErrors(fit)))
    }

    /// What a person can do about a problem, on standard error.
    static func hint(_ hint: Hint) {
        show(
            Sentence.lines(
                "Hint: " + harmless(Quote.line(hint.text)), command: hint.command.map(harmless),
                columnsOfErrors(.narrow)))
    }

    /// The columns of lines on standard error; without a limit if it is not a terminal.
    private static func columnsOfErrors(_ fit: Fit) -> Int {
        isatty(STDERR_FILENO) == 1 && fit == .narrow ? columns(of: STDERR_FILENO) : .max
    }

    private static func show(_ lines: [String], _ style: Style = .plain) {
        let text = lines.joined(separator: "\n") + "\n"
        guard style != .plain, let colon = text.place(of: ":") else { return complain(text) }
        let label = Span(String(text[..<colon.upperBound]), style)
        complain(label.shown(mayColour(STDERR_FILENO)) + text[colon.upperBound...])
    }

    /// The columns and rows of standard output's terminal.
    var columns: Int { Self.columns(of: STDOUT_FILENO) }
    var rows: Int { Self.size(of: STDOUT_FILENO).rows }

    /// Shows these lines alone (ECMA-48: CUP, ED).
    func replaceScreen(_ lines: some Sequence<[Span]>) {
        raw("\u{1B}[H\u{1B}[2J")
        for spans in lines { line(spans) }
        flush()
    }

    private static func columns(of descriptor: Int32) -> Int { size(of: descriptor).columns }

    /// The size of a terminal: 80 × 24 if it does not say.
    static func size(of descriptor: Int32) -> (columns: Int, rows: Int) {
        var size = winsize()
        let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
        return (
            isKnown && size.ws_col > 0 ? Int(size.ws_col) : 80,
            isKnown && size.ws_row > 0 ? Int(size.ws_row) : 24
        )
    }

    static func complain(_ text: String) { _ = write(Array(text.utf8), to: STDERR_FILENO) }

    /// Progress: overwrites itself on a terminal, and is omitted elsewhere.
    func progress(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        Self.complain("\r\u{1B}[K" + text)
    }

    /// From now on the answer goes through `PAGER` (or `less`), if standard output is a terminal.
    func startPager(variables: [String: String]) {
        guard isTerminal, isatty(STDIN_FILENO) == 1 else { return }
        let program = variables["LEDGER_PAGER"] ?? variables["PAGER"] ?? "less -FRX"
        if program.isEmpty || program == "cat" { return }
        pager = popen(program, "w")
    }

    func finish() {
        flush()
        if let pager { pclose(pager) }
        pager = nil
    }

    /// The person's answer to a prompt; `nil` without a terminal, or if no answer came.
    func ask(_ question: String) -> String? {
        guard canAsk else { return nil }
        flush()
        Self.complain(question)
        return readLine(strippingNewline: true) ?? ""
    }

    var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

}
