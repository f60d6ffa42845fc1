internal import Crypto
public import LedgerProof
internal import LedgerText

/// Signs the checkpoints of a ledger.
public protocol CheckpointSigner: Sendable {
    /// What its signatures are checked with; its name is the ledger's.
    var verifier: VerifierKey { get }
    /// 64 bytes of Ed25519 (RFC 8032) over the text. Where it throws, the entries are kept without
    /// a checkpoint of their own: the next one covers them.
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

/// A private Ed25519 key, as the tools for signed notes keep theirs:
/// `PRIVATE+KEY+name+hash+base64`.
public struct SigningKey: CheckpointSigner, CustomStringConvertible {
    private static let head = "PRIVATE+KEY+"
    private let key: Curve25519.Signing.PrivateKey
    public let verifier: VerifierKey

    /// A new key of this name; throws `ProofProblem` if it cannot be one.
    public init(name: String) throws {
        try self.init(name: name, key: Curve25519.Signing.PrivateKey())
    }

    private init(name: String, key: Curve25519.Signing.PrivateKey) throws {
        self.key = key
        verifier = try VerifierKey(
            name: name, bytes: key.publicKey.rawRepresentation.map(\.self))
    }

    /// Reads the text of a key; throws `ProofProblem`, which does not repeat it.
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

    /// The secret itself.
    public var description: String {
        Self.head + "\(verifier.name)+"
            + Base64.encode([VerifierKey.ed25519] + key.rawRepresentation.map(\.self))
    }

    /// 64 bytes of Ed25519 over the text.
    public func signature(of text: [UInt8]) throws -> [UInt8] {
        try key.signature(for: text).map(\.self)
    }
}
