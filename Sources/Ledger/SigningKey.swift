internal import Crypto
public import LedgerProof
internal import LedgerText

/// Signs the checkpoints of a ledger.
public protocol CheckpointSigner: Sendable {
    /// The key that verifies its signatures; the key's name is the ledger's.
    var verifier: VerifierKey { get }
    /// An Ed25519 signature (RFC 8032, 64 bytes) over the text. If it throws, the entries are
    /// stored without a checkpoint; the next checkpoint covers them.
    func signature(of text: [UInt8]) throws -> [UInt8]
}

extension CheckpointSigner {
    /// The signed checkpoint over a tree.
    public func checkpoint(over tree: Tree) throws -> SignedNote {
        let text = Checkpoint(
            origin: verifier.name.name, size: tree.size, root: tree.root
        ).description
        return try SignedNote(
            text: text,
            signatures: [.init(key: verifier.name, bytes: try signature(of: Array(text.utf8)))])
    }
}

/// An Ed25519 private key in the format of signed-note tools: `PRIVATE+KEY+name+hash+base64`.
public struct SigningKey: CheckpointSigner, CustomStringConvertible {
    private static let head = "PRIVATE+KEY+"
    private let key: Curve25519.Signing.PrivateKey
    public let verifier: VerifierKey

    /// Creates a key with this name; throws `ProofProblem` if the name is invalid.
    public init(name: String) throws {
        try self.init(name: name, key: Curve25519.Signing.PrivateKey())
    }

    private init(name: String, key: Curve25519.Signing.PrivateKey) throws {
        self.key = key
        verifier = try VerifierKey(
            name: name, bytes: key.publicKey.rawRepresentation.map(\.self))
    }

    /// Parses a key; throws `ProofProblem`, which never contains the key.
    public init(_ text: String) throws {
        let parts = text.dropFirst(Self.head.count)
            .parts(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard text.begins(with: Self.head), parts.count == 3,
            let bytes = Base64.decode(parts[2]), bytes.first == VerifierKey.ed25519,
            bytes.count == 33,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes.dropFirst())
        else { throw ProofProblem("a signing key begins with PRIVATE+KEY+, name, hash and AQ") }
        try self.init(name: String(parts[0]), key: key)
        guard verifier.description.begins(with: "\(parts[0])+\(parts[1])+") else {
            throw ProofProblem("the signing key's hash is not that of its name and key")
        }
    }

    /// The private key as text.
    public var description: String {
        Self.head + "\(verifier.name)+"
            + Base64.encode([VerifierKey.ed25519] + key.rawRepresentation.map(\.self))
    }

    /// The Ed25519 signature (64 bytes) over the text.
    public func signature(of text: [UInt8]) throws -> [UInt8] {
        try key.signature(for: text).map(\.self)
    }
}
