internal import Crypto

/// Random bits that are hashed together with a payload. Nobody can guess a redacted text and test
/// the guess against its hash: a redaction removes the salt as well.
public enum PayloadSalt: Hashable, Sendable {
    /// 128 random bits.
    case bits(UInt64, UInt64)
    /// It was removed by a redaction.
    case removed

    /// 16 bytes, or none for a salt that was removed; `nil` for any other number.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        switch bytes.count {
        case 0: self = .removed
        case 16:
            self = .bits(
                UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        default: return nil
        }
    }

    /// Calls `body` with the 16 bytes (big-endian), or with none if the salt was removed.
    public func withBytes<T>(_ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        switch self {
        case .removed: try body(UnsafeRawBufferPointer(start: nil, count: 0))
        case .bits(let high, let low):
            try withUnsafeBytes(of: (high.bigEndian, low.bigEndian), body)
        }
    }

    /// SHA-256 of salt ‖ payload; of the payload alone without a salt.
    static func hash(_ payload: UnsafeRawBufferPointer, with salt: PayloadSalt?) -> SHA256Digest {
        var hasher = SHA256()
        salt?.withBytes { hasher.update(bufferPointer: $0) }
        hasher.update(bufferPointer: payload)
        return hasher.finalize()
    }
}
