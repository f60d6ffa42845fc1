internal import Foundation
internal import Glibc
internal import LedgerText

/// Writes answers to standard output, and everything else to standard error.
final class Console: @unchecked Sendable {
    let isTerminal: Bool
    let isColoured: Bool
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

    init(variables: [String: String]) {
        isTerminal = isatty(STDOUT_FILENO) == 1
        isLive = isTerminal && variables["TERM"] != "dumb"
        isColoured =
            isTerminal && (variables["NO_COLOR"] ?? "").isEmpty && variables["TERM"] != "dumb"
    }

    /// Writes to standard output, or to the pager. Programs get the exact bytes; terminals get no
    /// control characters.
    func out(_ text: String) {
        buffer += (isTerminal ? Self.harmless(text) : text).utf8
        if buffer.count >= 64 << 10 { flush() }
    }

    private static let bold = "\u{1B}[1m"
    private static let plain = "\u{1B}[0m"

    /// Text without control characters, except line feeds, tabs and our own bold type. Recorded
    /// text must not control the terminal.
    static func harmless(_ text: String) -> String {
        text.parts(separator: bold, omittingEmptySubsequences: false).map { part in
            part.parts(separator: plain, omittingEmptySubsequences: false).map {
                Quote.lines(String($0))
            }.joined(separator: plain)
        }.joined(separator: bold)
    }

    /// A line for another program: JSON, CSV.
    func exact(_ text: String) { out(text + "\n") }

    /// A line for people.
    func line(_ text: String) { out(Self.harmless(text) + "\n") }

    /// Writes at once, including control characters.
    func raw(_ text: String) {
        buffer += text.utf8
        flush()
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

    /// A message to the person, on standard error.
    func error(_ text: String) {
        flush()
        Self.say(text)
    }

    /// A line on standard error, without control characters.
    static func say(_ text: String) {
        complain(harmless(text) + "\n")
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

    func bold(_ text: String) -> String { isColoured ? Self.bold + text + Self.plain : text }
}
