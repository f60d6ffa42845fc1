internal import Foundation
internal import Glibc
internal import LedgerText

/// Where words go: answers to standard output, everything else to standard error.
final class Console: @unchecked Sendable {
    let isTerminal: Bool
    let isColoured: Bool
    /// Whether lines can be taken back.
    let isLive: Bool
    /// The pager's standard input, a C handle; `nil` while there is none.
    private var pager: UnsafeMutablePointer<FILE>?
    private var buffer: [UInt8] = []
    /// Whether the program may end when its answer cannot be written.
    var mayStop = true
    private var isBroken = false
    /// What the program ends with if its reader has gone away.
    var codeIfUnheard: Int32 = 0

    init(variables: [String: String]) {
        isTerminal = isatty(STDOUT_FILENO) == 1
        isLive = isTerminal && variables["TERM"] != "dumb"
        isColoured =
            isTerminal && (variables["NO_COLOR"] ?? "").isEmpty && variables["TERM"] != "dumb"
    }

    /// Writes to standard output, or to the pager: byte for byte to a program, harmless to a
    /// terminal.
    func out(_ text: String) {
        buffer += (isTerminal ? Self.harmless(text) : text).utf8
        if buffer.count >= 64 << 10 { flush() }
    }

    private static let bold = "\u{1B}[1m"
    private static let plain = "\u{1B}[0m"

    /// Text without control characters but line feeds, tabs and our own bold type: what was
    /// recorded elsewhere must not move anybody's cursor.
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

    /// Writes at once, and with whatever moves the cursor.
    func raw(_ text: String) {
        buffer += text.utf8
        flush()
    }

    /// Hands over what has gathered. A reader that has gone away ends the program quietly.
    func flush() {
        if let pager {
            _ = buffer.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, pager) }
            fflush(pager)
        } else if !isBroken, !Self.write(buffer, to: STDOUT_FILENO) {
            // A question may end when nobody listens any more. A run must not: it goes on unheard.
            if mayStop, errno == EPIPE { Glibc.exit(codeIfUnheard) }
            isBroken = true
            Self.complain(
                "ledger: standard output cannot be written: \(String(cString: strerror(errno)))\n")
            if mayStop { Glibc.exit(ExitStatus.failed.rawValue) }
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes all bytes; false if nobody reads any more.
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

    /// A word to the person, on standard error.
    func error(_ text: String) {
        flush()
        Self.say(text)
    }

    /// A line on standard error, harmless to a terminal.
    static func say(_ text: String) {
        complain(harmless(text) + "\n")
    }

    static func complain(_ text: String) { _ = write(Array(text.utf8), to: STDERR_FILENO) }

    /// Progress: replaces itself on a terminal, is left out elsewhere.
    func progress(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        Self.complain("\r\u{1B}[K" + text)
    }

    /// From here on the answer goes through `PAGER` (or `less`), if a person sits there.
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

    /// The person's answer to a question; `nil` if nobody sits at a terminal, or the answer never
    /// came.
    func ask(_ question: String) -> String? {
        guard canAsk else { return nil }
        flush()
        Self.complain(question)
        return readLine(strippingNewline: true) ?? ""
    }

    var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    func bold(_ text: String) -> String { isColoured ? Self.bold + text + Self.plain : text }
}
