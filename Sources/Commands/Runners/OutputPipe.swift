internal import CommandSecrets
internal import Dispatch
internal import Foundation
internal import Glibc
internal import Ledger
internal import LedgerText
internal import SystemPackage

/// A pipe whose reading end keeps the first and the last of what comes, and counts the rest.
///
/// It is read until the process has ended, not until everybody has let go of it: a server that a
/// step left behind may hold it for ever.
final class OutputPipe: Sendable {
    struct Kept: Sendable {
        private(set) var head: [UInt8] = []
        private(set) var tail: [UInt8] = []
        private(set) var cut = 0
        /// Somebody held the other end still.
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
        /// Bytes before the kept end that are read with it: a secret that begins among them is
        /// found whole.
        private static let context = 256 << 10

        var text: String {
            guard cut > 0 else {
                return String(decoding: head, as: UTF8.self) + String(decoding: tail, as: UTF8.self)
            }
            // Half of a line at the cut is of no use.
            let line = UInt8(ascii: "\n")
            let near = head.suffix(Self.longestLine)
            let first = head[..<(near.lastIndex(of: line).map { $0 + 1 } ?? near.startIndex)]
            let far = tail.prefix(Self.longestLine)
            let last = tail[(far.firstIndex(of: line) ?? far.endIndex)...]
            return String(decoding: first, as: UTF8.self) + "\n… \(cut) bytes left out …\n"
                + String(decoding: last, as: UTF8.self)
        }

        /// Bytes beside the cut in which the end of a line is looked for.
        private static let longestLine = 4096

        /// The first part is read as it comes; of the rest as much is held as is kept in the end,
        /// and what has to be read with it.
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

    /// What comes goes through the filter before anything of it is kept or cut. `hearing` is told
    /// the whole line that came last, whenever something has come.
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
        Thread.detachNewThread {
            continuation.yield(
                Self.read(reading, until: stopReading, filter, hearing))
            continuation.finish()
        }
    }

    /// What was kept; to be called once, when the process has ended.
    func finish() async -> Kept {
        try? stop.close()
        var kept = Kept(without: filter)
        for await one in result { kept = one }
        try? reading.close()
        try? stopReading.close()
        return kept
    }

    /// Milliseconds that it goes on reading when the process has ended: what a server that was left
    /// behind prints from then on is its own affair.
    private static let afterwards = 1_000

    /// Reads until the end; or, when the bell has rung, until nothing more has come for a moment.
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
                // What the process itself printed is read by now: a pipe holds less than this.
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

/// Finds the last whole line in what comes in pieces: half of a line could be half of a secret.
struct LastLine {
    /// Bytes of a line that anybody would want to see; longer ones are passed over.
    static let longest = 400
    private var begun: [UInt8] = []
    private var isTooLong = false

    init() {}

    /// The last whole line that ended in this piece, if one did and says something.
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
