internal import Crypto
internal import LedgerText

/// Everything needed to prove one entry offline: its index, the path to the root, and the signed
/// root (c2sp.org/tlog-proof). It includes the entry's header.
public struct Receipt: Hashable, Sendable, CustomStringConvertible {
    private static let head = "c2sp.org/tlog-proof@v1"

    /// The leaf's index, from 0: the entry's sequence minus one.
    public let index: Int
    public let hashes: [TreeHash]
    /// The canonical header of the entry, whose leaf is SHA-256(0x00 ‖ header).
    public let header: [UInt8]?
    public let note: [UInt8]

    public init(index: Int, hashes: [TreeHash], header: [UInt8]?, note: [UInt8]) {
        self.index = index
        self.hashes = hashes
        self.header = header
        self.note = note
    }

    /// Parses a receipt without checking it. Throws `ProofProblem`.
    public init(_ bytes: [UInt8]) throws(ProofProblem) {
        var lines = try ProofLines(bytes)
        guard try lines.next() == Self.head else {
            throw ProofProblem("a receipt begins with the line \(Self.head)")
        }
        var next = try lines.next()
        var header: [UInt8]?
        if next.begins(with: "extra ") {
            header = Base64.decode(next.dropFirst("extra ".count))
            guard header != nil else { throw ProofProblem("the extra line is not base64") }
            next = try lines.next()
        }
        guard next.begins(with: "index "), let index = Decimal.read(next.dropFirst("index ".count))
        else { throw ProofProblem("the receipt has no leaf index") }
        let hashes = try lines.hashes()
        self.init(index: index, hashes: hashes, header: header, note: lines.rest)
    }

    public var description: String {
        var text = Self.head + "\n"
        if let header { text += "extra \(Base64.encode(header))\n" }
        text += "index \(index)\n"
        for hash in hashes { text += Base64.encode(hash.bytes) + "\n" }
        return text + "\n" + String(decoding: note, as: UTF8.self)
    }

    /// The hash of a leaf: SHA-256(0x00 ‖ header) (RFC 6962, section 2.1).
    public static func leaf(of header: [UInt8]) -> TreeHash {
        TreeHash(SHA256.hash(data: [Tree.leafPrefix] + header))
    }

    /// The checkpoint that is proved to include the entry of the header; throws `ProofProblem` if
    /// the proof fails.
    public func proved(trusting keys: [VerifierKey]) throws(ProofProblem) -> Checkpoint {
        guard let header else { throw ProofProblem("the receipt contains no entry") }
        return try proved(Self.leaf(of: header), trusting: keys)
    }

    /// The checkpoint that is proved to include a given leaf hash; throws `ProofProblem`.
    public func proved(
        _ leaf: TreeHash, trusting keys: [VerifierKey]
    ) throws(ProofProblem) -> Checkpoint {
        let checkpoint = try Checkpoint.opened(try SignedNote(note), trusting: keys)
        guard
            let root = TreeProof.root(of: leaf, at: index, in: checkpoint.size, by: hashes)
        else {
            throw ProofProblem(
                "the proof does not match leaf \(index) of a tree of size \(checkpoint.size)")
        }
        guard root == checkpoint.root else {
            throw ProofProblem(
                "the proof gives the root \(root), the checkpoint has \(checkpoint.root)")
        }
        return checkpoint
    }
}
