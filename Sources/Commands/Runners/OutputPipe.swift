internal import CommandSecrets
internal import Dispatch
internal import Glibc
internal import Ledger
internal import LedgerText
internal import SystemPackage

/// A pipe whose reading end keeps the first and the last bytes, and counts the rest.
///
/// It is read until the process has ended, not until every writer has closed it. A server that a
/// step started may keep it open indefinitely.
final class OutputPipe: Sendable {
    struct Kept: Sendable {
        private(set) var head: [UInt8] = []
        private(set) var tail: [UInt8] = []
        private(set) var cut = 0
        /// Another process still had the writing end open.
        var stillHeld = false
        private let filter: SecretFilter
        private var stream: SecretStream
        private var count = 0
        private var isHeadFull = false

        init(without filter: SecretFilter) {
            self.filter = filter
            stream = SecretStream(filter)
        }

        private static let half = Limits.outputBytes / 2
        /// Bytes of context before the kept end: the filter finds a whole secret that begins there.
        private static let context = 256 << 10

        var text: String {
            guard cut > 0 else {
                return String(decoding: head, as: UTF8.self) + String(decoding: tail, as: UTF8.self)
            }
            // Drops the partial line at the cut.
            let line = UInt8(ascii: "\n")
            let near = head.suffix(Self.longestLine)
            let first = head[..<(near.lastIndex(of: line).map { $0 + 1 } ?? near.startIndex)]
            let far = tail.prefix(Self.longestLine)
            let last = tail[(far.firstIndex(of: line) ?? far.endIndex)...]
            return String(decoding: first, as: UTF8.self) + "\n… \(cut) bytes left out …\n"
                + String(decoding: last, as: UTF8.self)
        }

        /// Maximum distance in bytes from the cut to search for the end of a line.
        private static let longestLine = 4096

        /// The first part is kept as it arrives. Of the rest, only the kept end and its context
        /// stay in memory.
        mutating func add(_ bytes: some Collection<UInt8>) {
            count += bytes.count
            if isHeadFull {
                tail += bytes
                if tail.count > 2 * (Self.half + Self.context) {
                    tail.removeFirst(tail.count - Self.half - Self.context)
                }
                return
            }
            let clean = stream.add(bytes)
            let first = clean.prefix(Self.half - head.count)
            head += first
            guard head.count == Self.half else { return }
            isHeadFull = true
            tail = Array(clean.dropFirst(first.count)) + stream.rest
        }

        mutating func close() {
            if !isHeadFull {
                let clean = stream.finish()
                let first = clean.prefix(Self.half - head.count)
                head += first
                tail = Array(clean.dropFirst(first.count))
            } else {
                let whole = tail.withUnsafeBufferPointer {
                    SecretFilter.without(filter.ranges(in: $0), $0)
                }
                tail = whole
            }
            guard
                tail.count > Self.half
                    || isHeadFull && count > head.count + tail.count + Self.context
            else { return }
            tail.removeFirst(max(0, tail.count - Self.half))
            cut = max(1, count - head.count - tail.count)
        }
    }
    let writing: FileDescriptor
    private let reading: FileDescriptor
    private let stop: FileDescriptor
    private let stopReading: FileDescriptor
    private let result: AsyncStream<Kept>
    private let filter: SecretFilter

    /// The filter processes all input before any of it is kept or cut. `hearing` receives the last
    /// whole line whenever new input arrives.
    init(
        without filter: SecretFilter, hearing: (@Sendable (String) -> Void)? = nil
    ) throws {
        self.filter = filter
        let pipe = try FileDescriptor.pipe()
        let bell = try FileDescriptor.pipe()
        for end in [pipe.readEnd, pipe.writeEnd, bell.readEnd, bell.writeEnd] {
            _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC)
        }
        let (reading, stopReading) = (pipe.readEnd, bell.readEnd)
        (self.reading, writing) = (reading, pipe.writeEnd)
        (self.stopReading, stop) = (stopReading, bell.writeEnd)
        let (stream, continuation) = AsyncStream<Kept>.makeStream()
        result = stream
        // A queue of its own: the thread blocks until the process ends.
        DispatchQueue(label: "ledger.output").async {
            continuation.yield(
                Self.read(reading, until: stopReading, filter, hearing))
            continuation.finish()
        }
    }

    /// Returns the kept output. Call it once, after the process has ended.
    func finish() async -> Kept {
        try? stop.close()
        var kept = Kept(without: filter)
        for await one in result { kept = one }
        try? reading.close()
        try? stopReading.close()
        return kept
    }

    /// Maximum time in milliseconds to read after the process has ended. Later output of a
    /// background process is ignored.
    private static let afterwards = 1_000

    /// Reads until the end of the input. After the end of the process, it stops at the first short
    /// pause.
    private static func read(
        _ reading: FileDescriptor, until bell: FileDescriptor, _ filter: SecretFilter,
        _ hearing: (@Sendable (String) -> Void)?
    ) -> Kept {
        var kept = Kept(without: filter)
        var last = LastLine()
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var ended: DispatchTime?
        while true {
            var polls = [
                pollfd(fd: reading.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: ended == nil ? bell.rawValue : -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&polls, 2, ended == nil ? -1 : 50)
            if ready < 0, errno == EINTR { continue }
            if polls[1].revents != 0 { ended = .now() }
            if polls[0].revents != 0 {
                let count = Glibc.read(reading.rawValue, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { break }
                kept.add(buffer.prefix(count))
                if let hearing, let line = last.after(buffer.prefix(count)) {
                    hearing(filter.redacted(line))
                }
                // The process's own output is read by now: a pipe buffers less than this.
                if let ended, DispatchTime.now() > ended + .milliseconds(afterwards) {
                    kept.stillHeld = true
                    break
                }
            } else if ended != nil, ready == 0 {
                kept.stillHeld = true
                break
            }
        }
        kept.close()
        return kept
    }
}

/// Finds the last whole line of input that arrives in pieces. A partial line could contain half of
/// a secret.
struct LastLine {
    /// Maximum number of bytes of a reported line; longer lines are skipped.
    static let longest = 400
    private var begun: [UInt8] = []
    private var isTooLong = false

    init() {}

    /// The last whole line that ended in this piece; `nil` if none ended or it is blank.
    mutating func after(_ piece: some BidirectionalCollection<UInt8>) -> String? {
        let newline = UInt8(ascii: "\n")
        guard let end = piece.lastIndex(of: newline) else {
            begin(with: piece, again: false)
            return nil
        }
        let before = piece[..<end]
        let start = before.lastIndex(of: newline)
        let line = start.map { before[$0...].dropFirst() } ?? before
        let whole = start == nil ? begun + line : Array(line)
        let isKept = whole.count <= Self.longest && (start != nil || !isTooLong)
        begin(with: piece[end...].dropFirst(), again: true)
        let text = isKept ? String(decoding: whole, as: UTF8.self) : ""
        return text.isBlank ? nil : text
    }

    private mutating func begin(with rest: some Collection<UInt8>, again: Bool) {
        if again { (begun, isTooLong) = ([], false) }
        isTooLong = isTooLong || begun.count + rest.count > Self.longest
        begun = isTooLong ? [] : begun + rest
    }
}
