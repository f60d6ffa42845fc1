internal import Crypto
internal import LedgerText

/// The reason why a proof is invalid.
public struct ProofProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String
    /// Whether the proof may be valid for a verifier who trusts other keys.
    public let isUntrusted: Bool
    public var description: String { reason }

    package init(_ reason: String, isUntrusted: Bool = false) {
        self.reason = reason
        self.isUntrusted = isUntrusted
    }
}

/// A key's name and the first four bytes of its hash: the signer's identity in a signature.
public struct KeyName: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public let hash: UInt32
    public var description: String { "\(name)+\(hexadecimal)" }
    var hexadecimal: String { Hex.encode(withUnsafeBytes(of: hash.bigEndian, Array.init)) }

    /// The name of an Ed25519 key: SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key), its first four bytes.
    init(_ name: String, key: [UInt8]) {
        let digest = SHA256.hash(data: Array(name.utf8) + [10, VerifierKey.ed25519] + key)
        self.init(name, hash: digest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
    }

    init(_ name: String, hash: UInt32) { (self.name, self.hash) = (name, hash) }

    /// Maximum bytes of a name; every checkpoint and receipt contains it.
    static let mostBytes = 253

    /// A valid name is not empty, not too long, and contains neither spaces nor a plus.
    static func isValid(_ name: some StringProtocol) -> Bool {
        !name.isEmpty && name.utf8.count <= mostBytes
            && !name.contains { $0.isWhitespace || $0 == "+" }
    }
}

/// An Ed25519 public key in the format of verifiers: `name+hash+base64` (c2sp.org/signed-note).
public struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
    /// The algorithm byte of Ed25519 keys.
    package static let ed25519: UInt8 = 1
    public let name: KeyName
    /// 32 bytes (RFC 8032).
    public let bytes: [UInt8]

    public init(name: String, bytes: [UInt8]) throws(ProofProblem) {
        guard KeyName.isValid(name) else {
            throw ProofProblem(
                "a key's name has 1 to \(KeyName.mostBytes) bytes, and neither spaces nor a plus")
        }
        guard bytes.count == 32 else { throw ProofProblem("an Ed25519 key has 32 bytes") }
        self.name = KeyName(name, key: bytes)
        self.bytes = bytes
    }

    /// Reads `name+hash+base64`; throws `ProofProblem`.
    public init(_ text: String) throws(ProofProblem) {
        let parts = text.parts(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let key = Base64.decode(parts[2]), key.first == Self.ed25519 else {
            throw ProofProblem("a verifier key looks like example.org/shop+0123abcd+AQ…")
        }
        try self.init(name: String(parts[0]), bytes: Array(key.dropFirst()))
        guard name.hexadecimal == parts[1] else {
            throw ProofProblem("the verifier key's hash is not that of its name and key")
        }
    }

    /// The keys of a file, one per line; throws `ProofProblem`.
    public static func all(in text: String) throws(ProofProblem) -> [VerifierKey] {
        var keys: [VerifierKey] = []
        for line in text.fullLines {
            keys.append(try VerifierKey(String(line)))
        }
        return keys
    }

    public var description: String {
        "\(name)+\(Base64.encode([Self.ed25519] + bytes))"
    }

    /// Verifies a signature of 64 bytes over the text with this key (RFC 8032).
    public func verifies(_ signature: [UInt8], of text: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else {
            return false
        }
        return key.isValidSignature(signature, for: text)
    }
}

/// A text with its signatures (c2sp.org/signed-note).
public struct SignedNote: Hashable, Sendable, CustomStringConvertible {
    /// One signature line.
    public struct Signature: Hashable, Sendable {
        public let key: KeyName
        public let bytes: [UInt8]

        public init(key: KeyName, bytes: [UInt8]) {
            self.key = key
            self.bytes = bytes
        }
    }

    /// Maximum number of signatures: each costs a verifier time.
    public static let mostSignatures = 100
    /// Maximum size in bytes.
    public static let mostBytes = 1 << 20
    private static let mark = "— "

    /// Ends with a line feed.
    public let text: String
    public private(set) var signatures: [Signature]

    /// Throws `ProofProblem` if the text is not valid in a note.
    public init(text: String, signatures: [Signature]) throws(ProofProblem) {
        try self.init(reading: text, signatures)
    }

    private init(reading text: String, _ signatures: [Signature]) throws(ProofProblem) {
        guard text.utf8.last == 10 else { throw ProofProblem("a note ends with a line feed") }
        guard text.utf8.allSatisfy({ $0 >= 32 || $0 == 10 }) else {
            throw ProofProblem("a note must not contain control characters")
        }
        self.text = text
        self.signatures = signatures
    }

    /// Parses a note without verifying its signatures. Throws `ProofProblem`.
    public init(_ bytes: [UInt8]) throws(ProofProblem) {
        guard bytes.count <= Self.mostBytes else { throw ProofProblem("the note is too long") }
        guard let note = String(validating: bytes, as: UTF8.self) else {
            throw ProofProblem("the note is not UTF-8")
        }
        let units = Array(note.utf8)
        // The last empty line separates text and signatures.
        guard
            let blank = units.indices.dropLast().last(where: {
                units[$0...].starts(with: [10, 10])
            })
        else { throw ProofProblem("the note has no signatures") }
        let below = units[(blank + 2)...]
        if below.isEmpty {
            throw ProofProblem("the note has no signatures below its last empty line")
        }
        guard below.last == 10 else { throw ProofProblem("the note's last line is unterminated") }
        var signatures: [Signature] = []
        for line in below.dropLast().split(separator: 10, omittingEmptySubsequences: false) {
            guard signatures.count < Self.mostSignatures else {
                throw ProofProblem("the note has more than \(Self.mostSignatures) signatures")
            }
            signatures.append(try Self.signature(String(decoding: line, as: UTF8.self)))
        }
        try self.init(
            reading: String(decoding: units[...blank], as: UTF8.self), signatures)
    }

    private static func signature(_ line: String) throws(ProofProblem) -> Signature {
        let parts = line.parts(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "—", KeyName.isValid(parts[1]),
            let bytes = Base64.decode(parts[2]), bytes.count > 4
        else { throw ProofProblem("a signature looks like \"— name base64\"") }
        let hash = bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Signature(
            key: KeyName(String(parts[1]), hash: hash), bytes: Array(bytes.dropFirst(4)))
    }

    public var description: String {
        let lines = signatures.map { signature in
            let bytes = withUnsafeBytes(of: signature.key.hash.bigEndian, Array.init)
            return Self.mark + "\(signature.key.name) \(Base64.encode(bytes + signature.bytes))\n"
        }
        return text + "\n" + lines.joined()
    }

    /// The known keys that signed the text; unknown keys are skipped.
    ///
    /// Throws `ProofProblem` if a known key's signature is wrong, or if no known key signed the
    /// text.
    public func signers(among keys: [VerifierKey]) throws(ProofProblem) -> [VerifierKey] {
        let text = Array(text.utf8)
        var found: [VerifierKey] = []
        for signature in signatures {
            guard let key = keys.first(where: { $0.name == signature.key }),
                !found.contains(key)
            else { continue }
            guard key.verifies(signature.bytes, of: text) else {
                throw ProofProblem("the signature of \(key.name) does not match the text")
            }
            found.append(key)
        }
        guard !found.isEmpty else {
            let names = signatures.map { "\($0.key)" }.joined(separator: ", ")
            throw ProofProblem(
                "it is signed by \(names); none of these keys is trusted",
                isUntrusted: true)
        }
        return found
    }
}
