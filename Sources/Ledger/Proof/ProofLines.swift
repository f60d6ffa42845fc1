/// Reads the lines of a proof one by one.
struct ProofLines {
    /// Maximum length of a line in bytes.
    private static let mostBytes = 64 << 10
    /// Maximum number of hashes: the proof length of a tree with 2^63 leaves.
    private static let mostHashes = 63
    private var bytes: ArraySlice<UInt8>

    /// Throws `ProofProblem` if the bytes are not UTF-8.
    init(_ bytes: [UInt8]) throws(ProofProblem) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw ProofProblem("the proof is not UTF-8")
        }
        self.bytes = bytes[...]
    }

    /// The unread bytes.
    var rest: [UInt8] { Array(bytes) }

    mutating func next() throws(ProofProblem) -> String {
        guard let end = bytes.prefix(Self.mostBytes + 1).firstIndex(of: 10) else {
            throw ProofProblem("a line of the proof is unterminated or too long")
        }
        let line = String(decoding: bytes[..<end], as: UTF8.self)
        bytes = bytes[(end + 1)...]
        return line
    }

    /// Reads hashes in base64, one per line, up to an empty line.
    mutating func hashes() throws(ProofProblem) -> [TreeHash] {
        var hashes: [TreeHash] = []
        while true {
            let line = try next()
            if line.isEmpty { return hashes }
            guard let hash = Base64.decode(line).flatMap(TreeHash.init(bytes:)) else {
                throw ProofProblem("a line of the proof is not a hash in base64")
            }
            guard hashes.count < Self.mostHashes else {
                throw ProofProblem("the proof has more hashes than any tree requires")
            }
            hashes.append(hash)
        }
    }
}

/// Integers in proofs: decimal digits without a sign or leading zeros.
enum Decimal {
    static func read(_ text: some StringProtocol) -> Int? {
        guard let value = Int(text), value >= 0, "\(value)" == text else { return nil }
        return value
    }
}
