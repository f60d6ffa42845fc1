internal import Crypto
internal import Ledger
internal import LedgerText
internal import Synchronization

/// The sessions of people who signed in. Only hashes of their tokens are kept, and in memory only:
/// after a restart people sign in again.
final class Sessions: Sendable {
    private struct Session {
        let person: String
        let ends: Timestamp
    }

    /// How long a session lasts, in seconds.
    static let seconds = 12.0 * 3600
    /// The most sessions at once. The oldest makes room for a new one.
    static let limit = 10_000

    private let known = Mutex<[[UInt8]: Session]>([:])

    /// Opens a session; returns its token, which nobody can read again.
    func open(_ person: String, now: Timestamp) -> (token: String, ends: Timestamp) {
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        let token = "ldgs_" + Hex.encode(bytes)
        let ends = now.adding(seconds: Self.seconds)
        let hash = Self.hash(token)
        known.withLock { known in
            if known.count >= Self.limit {
                known = known.filter { $0.value.ends > now }
                if known.count >= Self.limit,
                    let oldest = known.min(by: { $0.value.ends < $1.value.ends })?.key
                {
                    known[oldest] = nil
                }
            }
            known[hash] = Session(person: person, ends: ends)
        }
        return (token, ends)
    }

    /// The person of a session; `nil` if there is none, or if it has ended.
    func person(of token: String, now: Timestamp) -> String? {
        let hash = Self.hash(token)
        return known.withLock { known in
            guard let session = known[hash] else { return nil }
            if session.ends > now { return session.person }
            known[hash] = nil
            return nil
        }
    }

    /// Ends a session.
    func close(_ token: String) { known.withLock { $0[Self.hash(token)] = nil } }

    /// The token has 256 random bits: nobody can guess it from its hash, or find it in the table by
    /// the time that a lookup takes.
    private static func hash(_ token: String) -> [UInt8] {
        Array(SHA256.hash(data: Array(token.utf8)))
    }
}
