internal import LedgerText

/// Reads the fields of SSH's binary forms (RFC 4251, section 5), from bytes that anybody may have
/// written. A length beyond the end gives `nil`.
struct SSHFields {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = Array(bytes)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func number() -> UInt32? {
        guard rest.count >= 4 else { return nil }
        defer { rest = rest.dropFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func string() -> [UInt8]? { number().flatMap { bytes(Int($0)) } }

    mutating func text() -> String? { string().flatMap { String(validating: $0, as: UTF8.self) } }

    /// A positive number of any size, without leading zeros; `nil` if it is negative.
    mutating func magnitude() -> [UInt8]? {
        guard let bytes = string(), bytes.first.map({ $0 < 0x80 }) ?? true else { return nil }
        return Array(bytes.drop { $0 == 0 })
    }

    /// The form that `string` reads.
    static func string(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let count = UInt32(bytes.count)
        return stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: count >> $0) }
            + bytes
    }
}
