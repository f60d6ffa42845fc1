internal import CSQLite

/// A value of a parameter or a column: an integer, a text, or bytes.
package protocol DatabaseValue {
    /// Binds the value; returns SQLite's result code.
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32

    /// The column's value; `nil` if it has another type. A damaged file may hold any type.
    init?(_ statement: OpaquePointer, column: Int32)
}

extension DatabaseValue {
    /// The first column of the first row; `nil` without a row, for NULL, and for another type.
    package static func first(
        _ database: Database, _ sql: String, _ values: (any DatabaseValue)?...
    ) throws -> Self? {
        let statement = try database.keptStatement(sql)
        try statement.bind(values)
        defer { statement.reset() }
        return try statement.next() ? Self(statement.handle, column: 0) : nil
    }

    /// The first column of all rows. Values of another type are left out.
    package static func all(
        _ database: Database, _ sql: String, _ values: (any DatabaseValue)?...
    ) throws -> [Self] {
        let statement = try database.keptStatement(sql)
        try statement.bind(values)
        defer { statement.reset() }
        var all: [Self] = []
        while try statement.next() {
            if let value = Self(statement.handle, column: 0) { all.append(value) }
        }
        return all
    }
}

/// SQLite copies the value at once.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

extension Int: DatabaseValue {
    package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, Int64(self))
    }

    package init?(_ statement: OpaquePointer, column: Int32) {
        guard sqlite3_column_type(statement, column) == SQLITE_INTEGER else { return nil }
        self = Int(sqlite3_column_int64(statement, column))
    }
}

extension String: DatabaseValue {
    package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        var copy = self
        return copy.withUTF8 { bytes in
            // An empty buffer may have no address, which SQLite would bind as NULL.
            withUnsafePointer(to: 0) { empty in
                sqlite3_bind_text(
                    statement, index,
                    (UnsafeRawPointer(bytes.baseAddress) ?? UnsafeRawPointer(empty))
                        .assumingMemoryBound(to: CChar.self), Int32(bytes.count), transient)
            }
        }
    }

    package init?(_ statement: OpaquePointer, column: Int32) {
        guard sqlite3_column_type(statement, column) == SQLITE_TEXT,
            let start = sqlite3_column_text(statement, column)
        else { return nil }
        self.init(
            decoding: UnsafeBufferPointer(
                start: start, count: Int(sqlite3_column_bytes(statement, column))),
            as: UTF8.self)
    }
}

extension [UInt8]: DatabaseValue {
    package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        if isEmpty { return sqlite3_bind_zeroblob(statement, index, 0) }
        return withUnsafeBytes {
            sqlite3_bind_blob(statement, index, $0.baseAddress, Int32($0.count), transient)
        }
    }

    package init?(_ statement: OpaquePointer, column: Int32) {
        guard sqlite3_column_type(statement, column) == SQLITE_BLOB else { return nil }
        self.init(
            UnsafeRawBufferPointer(
                start: sqlite3_column_blob(statement, column),
                count: Int(sqlite3_column_bytes(statement, column))))
    }
}
