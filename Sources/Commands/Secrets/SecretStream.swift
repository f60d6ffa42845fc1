/// Redacts secrets in data that arrives in pieces, before any of it is cut or stored.
public struct SecretStream: Sendable {
    private let filter: SecretFilter
    private var buffer: [UInt8] = []
    /// Number of bytes at the start of the buffer that are already emitted. They stay as context: a
    /// credential name there may precede a value.
    private var done = 0
    /// Bytes of the longest known form with several lines.
    private let acrossLines: Int

    /// Maximum number of buffered bytes of an unfinished line.
    static let longestLine = 128 << 10
    /// Maximum number of buffered bytes of an unfinished private key.
    static let longestKey = 64 << 10
    /// Number of emitted bytes that stay as context.
    static let context = 512

    public init(_ filter: SecretFilter) {
        self.filter = filter
        acrossLines = filter.known.longestAcrossLines
    }

    /// Adds bytes; returns the redacted bytes that are ready to emit.
    public mutating func add(_ bytes: some Collection<UInt8>) -> [UInt8] {
        buffer += bytes
        let fresh = buffer.count - done
        guard bytes.contains(10) || fresh >= Self.longestLine else { return [] }
        let line = buffer.lastIndex(of: 10).map { $0 + 1 } ?? done
        var end = line > done ? line : buffer.count - Self.context
        if acrossLines > 0 { end = min(end, buffer.count - acrossLines) }
        return emit(upTo: end, isLast: false)
    }

    /// The received bytes that are not emitted yet.
    package var rest: ArraySlice<UInt8> { buffer[done...] }

    /// Returns the remaining redacted bytes at the end of the stream.
    public mutating func finish() -> [UInt8] { emit(upTo: buffer.count, isLast: true) }

    private mutating func emit(upTo wanted: Int, isLast: Bool) -> [UInt8] {
        guard wanted > done else { return [] }
        var end = wanted
        let start = done
        let clean = buffer.withUnsafeBufferPointer { bytes -> [UInt8] in
            let ranges = filter.ranges(in: bytes)
            if !isLast {
                // Holds back an unfinished key, and a secret that may continue beyond the end.
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
