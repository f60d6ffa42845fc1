internal import Glibc
internal import CSQLite
internal import Ledger

/// Binds and reads the columns of one prepared statement, without boxing. Every entry passes
/// through this type.
struct RowAccess {
    let statement: OpaquePointer
    /// Keeps the C handle alive.
    private let owner: Statement
    private let texts: RecentTexts?
    private let values: BoundBytes?

    /// `scanning` caches repeated texts while many rows are read. `adding` keeps the values of many
    /// rows in its own memory, so SQLite copies each value once, not twice. Such a statement may be
    /// used only during the lifetime of this value. All its parameters must be bound before each
    /// `run`.
    init(_ statement: Statement, scanning: Bool = false, adding: Bool = false) {
        self.statement = statement.handle
        owner = statement
        texts = scanning ? RecentTexts() : nil
        values = adding ? BoundBytes(of: statement) : nil
    }

    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    func bind(_ value: Int?, at index: Int32) {
        if let value {
            sqlite3_bind_int64(statement, index, Int64(value))
        } else {
            sqlite3_bind_null(statement, index)
        }
    }

    func bind(_ value: String?, at index: Int32) {
        guard var value else {
            sqlite3_bind_null(statement, index)
            return
        }
        value.withUTF8 { bind(text: UnsafeRawBufferPointer($0), at: index) }
    }

    /// Binds the bytes of a text, which must be UTF-8.
    func bind(text bytes: UnsafeRawBufferPointer, at index: Int32) {
        if let kept = values?.keep(bytes) {
            sqlite3_bind_text(
                statement, index, kept.assumingMemoryBound(to: CChar.self), Int32(bytes.count), nil)
            return
        }
        // An empty buffer has no address, which SQLite would bind as NULL.
        _ = withUnsafePointer(to: 0) { empty in
            sqlite3_bind_text(
                statement, index,
                (bytes.baseAddress ?? UnsafeRawPointer(empty)).assumingMemoryBound(to: CChar.self),
                Int32(bytes.count), Self.transient)
        }
    }

    func bind(_ bytes: UnsafeRawBufferPointer, at index: Int32) {
        if let kept = values?.keep(bytes) {
            sqlite3_bind_blob(statement, index, kept, Int32(bytes.count), nil)
        } else if let start = bytes.baseAddress {
            sqlite3_bind_blob(statement, index, start, Int32(bytes.count), Self.transient)
        } else {
            sqlite3_bind_zeroblob(statement, index, 0)
        }
    }

    func bind(_ id: EntryID?, at index: Int32) {
        if let id {
            withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { bind($0, at: index) }
        } else {
            sqlite3_bind_null(statement, index)
        }
    }

    /// Runs a statement that returns no rows, and resets it for the next values.
    func run() throws {
        defer {
            owner.reset()
            values?.forget()
        }
        while try owner.next() {}
    }

    /// Steps to the next row; false after the last.
    func next() throws -> Bool {
        try owner.next()
    }

    /// Calls `body` with each row of a query without arguments.
    static func each(
        _ sql: String, in database: Database, _ body: (RowAccess) throws -> Void
    ) throws {
        let rows = RowAccess(try database.statement(sql))
        while try rows.next() { try body(rows) }
    }

    func reset() { sqlite3_reset(statement) }

    func isNull(_ index: Int32) -> Bool {
        sqlite3_column_type(statement, index) == SQLITE_NULL
    }

    func integer(_ index: Int32) -> Int { Int(sqlite3_column_int64(statement, index)) }

    func optionalInteger(_ index: Int32) -> Int? {
        sqlite3_column_type(statement, index) == SQLITE_NULL ? nil : integer(index)
    }

    func bytes(_ index: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(statement, index)
        return UnsafeRawBufferPointer(
            start: start, count: Int(sqlite3_column_bytes(statement, index)))
    }

    /// Calls `body` with the bytes of a text; `nil` for NULL.
    func withText(_ index: Int32, _ body: (UnsafeBufferPointer<UInt8>?) -> Void) {
        guard let start = sqlite3_column_text(statement, index) else { return body(nil) }
        body(
            UnsafeBufferPointer(
                start: start, count: Int(sqlite3_column_bytes(statement, index))))
    }

    func text(_ index: Int32) -> String? {
        guard let start = sqlite3_column_text(statement, index) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, index))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func name<N: Name>(_ index: Int32) -> N? { repeated(index).map(N.init(unchecked:)) }

    /// A text that repeats often (a service, a kind, an author). It is mostly cached and needs no
    /// new memory.
    func repeated(_ index: Int32) -> String? {
        guard let texts else { return text(index) }
        guard let start = sqlite3_column_text(statement, index) else { return nil }
        let bytes = UnsafeBufferPointer(
            start: start, count: Int(sqlite3_column_bytes(statement, index)))
        return texts.text(bytes)
    }

    func id(_ index: Int32) -> EntryID? { EntryID(bytes(index)) }
}

/// Memory for the values of one row while it is inserted; SQLite reads them in place.
private final class BoundBytes {
    /// Enough for most rows; SQLite copies larger values itself.
    private static let size = 16 << 10
    private let start = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
    private let statement: Statement
    private var used = 0

    init(of statement: Statement) { self.statement = statement }

    deinit {
        // The statement may outlive this memory and must not point to it.
        sqlite3_clear_bindings(statement.handle)
        start.deallocate()
    }

    /// The address of the bytes until `forget`; `nil` if there is no room.
    func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
        guard bytes.count <= Self.size - used else { return nil }
        let place = start + used
        if let from = bytes.baseAddress { place.copyMemory(from: from, byteCount: bytes.count) }
        used += bytes.count
        return UnsafeRawPointer(place)
    }

    func forget() { used = 0 }
}

/// A cache of recently read texts, by a hash of their bytes.
private final class RecentTexts {
    private static let places = 1 << 12
    private var kept = [String](repeating: "", count: places)

    func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        // Texts of up to 15 bytes are stored inline in a String and need no allocation.
        if bytes.count < 16 { return String(decoding: bytes, as: UTF8.self) }
        var hash = UInt64(truncatingIfNeeded: bytes.count)
        let raw = UnsafeRawBufferPointer(bytes)
        for offset in [0, bytes.count / 2 - 4, bytes.count - 8] {
            hash =
                (hash ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                &* 0x9E37_79B9_7F4A_7C15
        }
        let place = Int(truncatingIfNeeded: hash >> 52)
        let same = kept[place].utf8.withContiguousStorageIfAvailable { known in
            guard known.count == bytes.count, let left = known.baseAddress,
                let right = raw.baseAddress
            else { return false }
            return memcmp(left, right, known.count) == 0
        }
        if same != true { kept[place] = String(decoding: bytes, as: UTF8.self) }
        return kept[place]
    }
}
