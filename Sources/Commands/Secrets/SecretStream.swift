/// Takes secrets out of what comes in pieces, before any of it is cut or kept.
public struct SecretStream: Sendable {
    private let filter: SecretFilter
    private var buffer: [UInt8] = []
    /// How much at the beginning of the buffer was handed on: it stays a while, since a name may
    /// stand there whose value follows.
    private var done = 0
    /// Bytes of the longest known form that goes over several lines.
    private let acrossLines: Int

    /// Bytes of a line that are waited for.
    static let longestLine = 128 << 10
    /// Bytes of a private key that are waited for.
    static let longestKey = 64 << 10
    /// Bytes that stay as context.
    static let context = 512

    public init(_ filter: SecretFilter) {
        self.filter = filter
        acrossLines = filter.known.longestAcrossLines
    }

    /// What can be handed on once these bytes have come.
    public mutating func add(_ bytes: some Collection<UInt8>) -> [UInt8] {
        buffer += bytes
        let fresh = buffer.count - done
        guard bytes.contains(10) || fresh >= Self.longestLine else { return [] }
        let line = buffer.lastIndex(of: 10).map { $0 + 1 } ?? done
        var end = line > done ? line : buffer.count - Self.context
        if acrossLines > 0 { end = min(end, buffer.count - acrossLines) }
        return emit(upTo: end, isLast: false)
    }

    /// What has come and was not handed on.
    package var rest: ArraySlice<UInt8> { buffer[done...] }

    /// What is left at the end.
    public mutating func finish() -> [UInt8] { emit(upTo: buffer.count, isLast: true) }

    private mutating func emit(upTo wanted: Int, isLast: Bool) -> [UInt8] {
        guard wanted > done else { return [] }
        var end = wanted
        let start = done
        let clean = buffer.withUnsafeBufferPointer { bytes -> [UInt8] in
            let ranges = filter.ranges(in: bytes)
            if !isLast {
                // A key whose end has not come, and whatever goes on beyond the end.
                if let open = PrivateKeys.open(in: bytes), open >= start,
                    bytes.count - open < Self.longestKey
                {
                    end = min(end, open)
                }
                for range in ranges
                where range.contains(end) && range.lowerBound < end
                    || range.upperBound == bytes.count && range.lowerBound < end
                {
                    end = range.lowerBound
                }
            }
            guard end > start else { return [] }
            let fitting = ranges.filter { $0.upperBound > start && $0.lowerBound < end }.map {
                max($0.lowerBound, start) - start..<min($0.upperBound, end) - start
            }
            return SecretFilter.without(
                fitting, UnsafeBufferPointer(rebasing: bytes[start..<end]))
        }
        guard end > done else { return [] }
        done = end
        let stale = max(0, done - Self.context)
        buffer.removeFirst(stale)
        done -= stale
        return clean
    }
}
