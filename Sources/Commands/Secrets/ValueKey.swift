internal import Crypto
internal import LedgerText

/// Hashes values with the ledger's own key. Equal values can be recognized without being stored,
/// and nobody can guess a value from its hash (HMAC-SHA256, RFC 2104).
public struct ValueKey: Sendable {
    private let key: SymmetricKey

    public init(bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

    /// 16 hexadecimal digits, or the empty text for a value that is not set.
    public func hash(_ value: String?, of name: String) -> String {
        guard let value else { return "" }
        var code = HMAC<SHA256>(key: key)
        code.update(data: Array("\(name)=\(value)".utf8))
        return String(Hex.encode(code.finalize()).prefix(16))
    }
}
