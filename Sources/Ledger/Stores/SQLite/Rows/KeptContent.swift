internal import CZlib
internal import Ledger
internal import LedgerText

/// The stored form of contents: table `content` of schema.sql.
///
/// Bytes are compressed (zlib, RFC 1950) where that makes them fewer. The hash is that of the
/// original bytes.
enum KeptContent {
    /// Fewer bytes are not compressed: little would be saved.
    private static let least = 256

    static let columns = "hash, bytes, size"

    /// The compressed bytes of contents; those that would not be fewer are not in it.
    typealias Packed = [ContentHash: [UInt8]]

    static func packed(_ contents: [Content]) -> Packed {
        var packed: Packed = [:]
        for content in contents { packed[content.hash] = compressed(content.bytes) }
        return packed
    }

    /// Inserts contents that are not in the table.
    static func insert(_ contents: [Content], _ packed: Packed, in database: Database) throws {
        if contents.isEmpty { return }
        let known = RowAccess(
            try database.keptStatement("SELECT 1 FROM content WHERE hash = ?"))
        let row = RowAccess(
            try database.keptStatement(
                "INSERT INTO content (\(columns)) VALUES (?, ?, ?)"))
        for content in contents {
            known.bind(content.hash.rawValue, at: 1)
            defer { known.reset() }
            if try known.next() { continue }
            row.bind(content.hash.rawValue, at: 1)
            let bytes = packed[content.hash] ?? content.bytes
            bytes.withUnsafeBytes { row.bind($0, at: 2) }
            row.bind(content.bytes.count, at: 3)
            try row.run()
        }
    }

    /// Fewer bytes with the same content; `nil` if they would not be fewer.
    private static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        if bytes.count < least { return nil }
        // The tables that zlib makes first are as large as its window: no larger than the bytes.
        let window = min(15, max(9, Int32(Int.bitWidth - bytes.count.leadingZeroBitCount)))
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, window - 7,
                Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        var bytes = bytes
        let room = bytes.count - 1
        let packed = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            bytes.withUnsafeMutableBufferPointer { bytes in
                stream.next_in = bytes.baseAddress
                stream.avail_in = uInt(bytes.count)
                stream.next_out = buffer.baseAddress
                stream.avail_out = uInt(room)
                count = deflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : 0
            }
        }
        return packed.isEmpty ? nil : packed
    }

    /// The original bytes of the current row of a statement that selects `columns`; `nil` if the
    /// row's bytes do not match its hash.
    static func read(_ row: RowAccess) -> [UInt8]? {
        guard let hash = row.text(0), let bytes = bytes(row),
            ContentHash(of: bytes).rawValue == hash
        else { return nil }
        return bytes
    }

    private static func bytes(_ row: RowAccess) -> [UInt8]? {
        let kept = row.bytes(1)
        // A row of an older version has no size.
        guard let size = row.optionalInteger(2), size != kept.count else { return Array(kept) }
        // The size may be forged; what the writer accepted bounds it.
        guard kept.count < size, size <= Limits.contentBytes, let start = kept.baseAddress else {
            return nil
        }
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            var (length, read) = (uLongf(size), uLong(kept.count))
            let code = uncompress2(
                buffer.baseAddress, &length, start.assumingMemoryBound(to: UInt8.self), &read)
            // Nothing may stand behind the compressed bytes.
            count = code == Z_OK && read == kept.count ? Int(length) : 0
        }
        return bytes.count == size ? bytes : nil
    }
}
