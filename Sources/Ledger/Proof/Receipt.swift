internal import Crypto
internal import LedgerText

/// Enough to prove one entry offline: its place, the way to the root, and the signed root
/// (c2sp.org/tlog-proof). The entry's own header travels along, so that nothing else is needed.
public struct Receipt: Hashable, Sendable, CustomStringConvertible {
    private static let head = "c2sp.org/tlog-proof@v1"

    /// The leaf's place, from 0: an entry's sequence less one.
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

    /// Reads a receipt; says nothing yet of whether it proves anything. Throws `ProofProblem`.
    public init(_ bytes: [UInt8]) throws(ProofProblem) {
        var lines = try ProofLines(bytes)
        guard try lines.next() == Self.head else {
            throw ProofProblem("a receipt begins with the line \(Self.head)")
        }
        var next = try lines.next()
        var header: [UInt8]?
        if next.begins(with: "extra ") {
            header = Base64.decode(next.dropFirst("extra ".count))
            guard header != nil else { throw ProofProblem("what stands after extra is not base64") }
            next = try lines.next()
        }
        guard next.begins(with: "index "), let index = Decimal.read(next.dropFirst("index ".count))
        else { throw ProofProblem("the receipt does not say which leaf it is about") }
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
        TreeHash(SHA256.hash(data: [0] + header))
    }

    /// The checkpoint under which the entry of the header is proved to stand; throws
    /// `ProofProblem`, which says why it is not.
    public func proved(trusting keys: [VerifierKey]) throws(ProofProblem) -> Checkpoint {
        guard let header else { throw ProofProblem("the receipt holds no entry") }
        return try proved(Self.leaf(of: header), trusting: keys)
    }

    /// The same for a leaf that is known from elsewhere.
    public func proved(
        _ leaf: TreeHash, trusting keys: [VerifierKey]
    ) throws(ProofProblem) -> Checkpoint {
        let checkpoint = try Checkpoint.opened(try SignedNote(note), trusting: keys)
        guard
            let root = TreeProof.root(of: leaf, at: index, in: checkpoint.size, by: hashes)
        else {
            throw ProofProblem(
                "the proof does not fit leaf \(index) of a tree of \(checkpoint.size)")
        }
        guard root == checkpoint.root else {
            throw ProofProblem(
                "the proof leads to the root \(root), and the checkpoint has \(checkpoint.root)")
        }
        return checkpoint
    }
}
