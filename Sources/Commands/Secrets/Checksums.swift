/// Checksums of published token formats.
enum Checksums {
    /// CRC-32 (ISO 3309, as zlib has it).
    static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes { crc = table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc >> 8) }
        return crc ^ 0xFFFF_FFFF
    }

    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index)
        for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
        return value
    }

    /// Whether the last six characters are the CRC-32 of those before them, in base 62 (GitHub and
    /// npm: "Behind GitHub's new authentication token formats", 2021).
    static func isBase62(_ body: ArraySlice<UInt8>) -> Bool {
        guard body.count > 6 else { return false }
        var crc = crc32(body.dropLast(6))
        let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        var text: [UInt8] = []
        while text.count < 6 {
            text.insert(digits[Int(crc % 62)], at: 0)
            crc /= 62
        }
        return body.suffix(6).elementsEqual(text)
    }

    /// Whether the text ends in its checksum (Bech32: BIP 173, with the constant 1).
    static func isBech32(prefix: [UInt8], data: ArraySlice<UInt8>) -> Bool {
        let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
        var values = prefix.map { ($0 | 32) >> 5 } + [0] + prefix.map { ($0 | 32) & 31 }
        for byte in data {
            let lower = byte >= 65 && byte <= 90 ? byte | 32 : byte
            guard let value = alphabet.firstIndex(of: lower) else { return false }
            values.append(UInt8(value))
        }
        let generator: [UInt32] = [
            0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3,
        ]
        var check: UInt32 = 1
        for value in values {
            let top = check >> 25
            check = (check & 0x1FF_FFFF) << 5 ^ UInt32(value)
            for bit in 0..<5 where top >> UInt32(bit) & 1 == 1 { check ^= generator[bit] }
        }
        return check == 1
    }
}
