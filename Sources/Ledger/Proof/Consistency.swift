/// That a ledger goes on from an earlier one: the proof's hashes and the later checkpoint, as a
/// witness is asked to sign it (c2sp.org/tlog-witness, the body of add-checkpoint).
public struct Consistency: Hashable, Sendable, CustomStringConvertible {
    private static let mostHashes = 63

    /// The size of the earlier tree.
    public let old: Int
    public let hashes: [TreeHash]
    /// The later checkpoint, signed.
    public let note: [UInt8]

    public init(old: Int, hashes: [TreeHash], note: [UInt8]) {
        self.old = old
        self.hashes = hashes
        self.note = note
    }

    /// Reads one; says nothing yet of whether it proves anything. Throws `ProofProblem`.
    public init(_ bytes: [UInt8]) throws(ProofProblem) {
        var lines = ProofLines(bytes)
        let first = try lines.next()
        guard first.hasPrefix("old "), let old = Decimal.read(first.dropFirst("old ".count)) else {
            throw ProofProblem("a proof of consistency begins with a line like: old 42")
        }
        let hashes = try lines.hashes(atMost: Self.mostHashes)
        self.init(old: old, hashes: hashes, note: lines.rest)
    }

    public var description: String {
        "old \(old)\n" + hashes.map { Base64.encode($0.bytes) + "\n" }.joined() + "\n"
            + String(decoding: note, as: UTF8.self)
    }

    /// The later checkpoint, which is shown to go on from the earlier one; throws `ProofProblem`.
    public func proved(
        from earlier: Checkpoint, trusting keys: [VerifierKey]
    ) throws(ProofProblem) -> Checkpoint {
        let later = try Checkpoint.opened(try SignedNote(note), trusting: keys)
        guard later.origin == earlier.origin else {
            throw ProofProblem("one checkpoint is of \(earlier.origin), one of \(later.origin)")
        }
        guard old == earlier.size else {
            throw ProofProblem("the proof begins at \(old), the checkpoint at \(earlier.size)")
        }
        guard
            TreeProof.shows(
                (earlier.size, earlier.root), within: (later.size, later.root), by: hashes)
        else {
            throw ProofProblem(
                "the ledger of \(later.size) entries does not begin with the \(earlier.size) of the "
                    + "checkpoint: they were changed, or it is another ledger")
        }
        return later
    }
}

/// The lines of a proof, one by one.
struct ProofLines {
    /// Longer lines are refused before they are read further.
    private static let mostBytes = 64 << 10
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    /// What has not been read.
    var rest: [UInt8] { Array(bytes) }

    mutating func next() throws(ProofProblem) -> String {
        guard let end = bytes.prefix(Self.mostBytes + 1).firstIndex(of: 10) else {
            throw ProofProblem("a line of the proof has no end, or is too long")
        }
        guard let line = String(validating: bytes[..<end], as: UTF8.self) else {
            throw ProofProblem("the proof is not UTF-8")
        }
        bytes = bytes[(end + 1)...]
        return line
    }

    /// Hashes in base64, a line each, up to an empty line.
    mutating func hashes(atMost most: Int) throws(ProofProblem) -> [TreeHash] {
        var hashes: [TreeHash] = []
        while true {
            let line = try next()
            if line.isEmpty { return hashes }
            guard let hash = Base64.decode(line).flatMap(TreeHash.init(bytes:)) else {
                throw ProofProblem("a line of the proof is not a hash in base64")
            }
            guard hashes.count < most else {
                throw ProofProblem("the proof is longer than that of any tree")
            }
            hashes.append(hash)
        }
    }
}
