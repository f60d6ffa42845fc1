/// A tree at one moment: whose it is, how many leaves it has, its root (c2sp.org/tlog-checkpoint).
/// Signed as a note, it is what a ledger cannot take back.
public struct Checkpoint: Hashable, Sendable, CustomStringConvertible {
    /// The name of the ledger, and of the key that signs for it.
    public let origin: String
    public let size: Int
    public let root: TreeHash
    /// Further lines, for whoever knows what they mean.
    public let extensions: [String]

    public init(origin: String, size: Int, root: TreeHash, extensions: [String] = []) {
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// Reads the text of a note; throws `ProofProblem`.
    public init(_ text: String) throws(ProofProblem) {
        guard text.utf8.last == 10 else { throw ProofProblem("a checkpoint ends with a line feed") }
        // By bytes: in a Swift text a carriage return and a line feed are one character.
        let lines = text.utf8.dropLast().split(separator: 10, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard lines.count >= 3, !lines.contains(where: \.isEmpty) else {
            throw ProofProblem("a checkpoint has three lines or more, none of them empty")
        }
        guard let size = Decimal.read(lines[1]) else {
            throw ProofProblem("a checkpoint's second line is the size of its tree")
        }
        guard let root = Base64.decode(lines[2]).flatMap(TreeHash.init(bytes:)) else {
            throw ProofProblem("a checkpoint's third line is the root of its tree in base64")
        }
        self.init(
            origin: lines[0], size: size, root: root,
            extensions: Array(lines.dropFirst(3)))
    }

    /// The text that is signed.
    public var description: String {
        ([origin, "\(size)", Base64.encode(root.bytes)] + extensions)
            .map { $0 + "\n" }.joined()
    }

    /// The checkpoint of a note that is signed by the key of its own origin, among those that are
    /// trusted; throws `ProofProblem`.
    public static func opened(
        _ note: SignedNote, trusting keys: [VerifierKey]
    ) throws(ProofProblem) -> Checkpoint {
        let checkpoint = try Checkpoint(note.text)
        let signers = try note.signers(among: keys)
        guard signers.contains(where: { $0.name.name == checkpoint.origin }) else {
            throw ProofProblem(
                "the checkpoint is of \(checkpoint.origin), and signed only by others")
        }
        return checkpoint
    }

    /// The checkpoint, if it is over any entry; throws `ProofProblem` if not. A log begins with one
    /// over none, which proves nothing.
    public var proving: Checkpoint {
        get throws(ProofProblem) {
            if size > 0 { return self }
            throw ProofProblem("a checkpoint over no entry proves nothing")
        }
    }
}
