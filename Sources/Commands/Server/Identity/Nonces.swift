internal import Crypto
internal import Ledger
internal import LedgerText
internal import Synchronization

/// Numbers that a person signs, so that a signature cannot be used twice.
///
/// A nonce carries its own proof (RFC 2104), so that asking for one takes no memory here. Only
/// those that were used are kept, until they expire.
final class Nonces: Sendable {
    /// How long a nonce may be used, in seconds.
    static let seconds = 300.0

    private let key = SymmetricKey(size: .bits256)
    private let used = Mutex<[String: Timestamp]>([:])

    func make(now: Timestamp) -> String {
        let random = SymmetricKey(size: .bits128).withUnsafeBytes { Hex.encode(Array($0)) }
        let text = "\(now.adding(seconds: Self.seconds).microseconds)-\(random)"
        return "\(text)-\(code(text))"
    }

    /// Whether the nonce was made here, has not expired, and is used for the first time.
    func use(_ nonce: String, now: Timestamp) -> Bool {
        let parts = nonce.parts(separator: "-").map(String.init)
        guard parts.count == 3, let ends = Int64(parts[0]), let code = Hex.decode(parts[2]),
            HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: Array("\(parts[0])-\(parts[1])".utf8), using: key)
        else { return false }
        let end = Timestamp(microseconds: ends)
        guard now < end else { return false }
        return used.withLock { used in
            used = used.filter { $0.value > now }
            return used.updateValue(end, forKey: nonce) == nil
        }
    }

    private func code(_ text: String) -> String {
        Hex.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)))
    }
}
