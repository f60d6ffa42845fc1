/// The state of a tree at one time: its origin, its size and its root (c2sp.org/tlog-checkpoint). A
/// ledger cannot retract a checkpoint that it signed as a note.
public struct Checkpoint: Hashable, Sendable, CustomStringConvertible {
    /// The name of the ledger, and of the key that signs for it.
    public let origin: String
    public let size: Int
    public let root: TreeHash
    /// Extension lines.
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
        // Compares bytes, because Swift treats CR LF as one character.
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

    /// The checkpoint of a note. A trusted key of the checkpoint's own origin must have signed the
    /// note. Throws `ProofProblem`.
    public static func opened(
        _ note: SignedNote, trusting keys: [VerifierKey]
    ) throws(ProofProblem) -> Checkpoint {
        let checkpoint = try Checkpoint(note.text)
        let signers = try note.signers(among: keys)
        guard signers.contains(where: { $0.name.name == checkpoint.origin }) else {
            throw ProofProblem(
                "no trusted key of \(checkpoint.origin) signed the checkpoint")
        }
        return checkpoint
    }

    /// The checkpoint, if it covers at least one entry; throws `ProofProblem` if not. The first
    /// checkpoint of a log covers no entry and proves nothing.
    public var proving: Checkpoint {
        get throws(ProofProblem) {
            if size > 0 { return self }
            throw ProofProblem("a checkpoint of size 0 proves nothing")
        }
    }
}
