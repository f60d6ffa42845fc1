internal import LedgerText

/// That a ledger goes on from an earlier one: the proof's hashes and the later checkpoint, as a
/// witness is asked to sign it (c2sp.org/tlog-witness, the body of add-checkpoint).
public struct Consistency: Hashable, Sendable, CustomStringConvertible {
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
        var lines = try ProofLines(bytes)
        let first = try lines.next()
        guard first.begins(with: "old "), let old = Decimal.read(first.dropFirst("old ".count))
        else {
            throw ProofProblem("a proof of consistency begins with a line like: old 42")
        }
        let hashes = try lines.hashes()
        self.init(old: old, hashes: hashes, note: lines.rest)
    }

    public var description: String {
        "old \(old)\n" + hashes.map { Base64.encode($0.bytes) + "\n" }.joined() + "\n"
            + String(decoding: note, as: UTF8.self)
    }

    /// The later checkpoint, which is shown to go on from the earlier one; throws `ProofProblem`.
    ///
    /// The two may have different names, if keys of both are trusted: a ledger may be renamed, and
    /// that one tree begins with the other does not hang on names.
    public func proved(
        from earlier: Checkpoint, trusting keys: [VerifierKey]
    ) throws(ProofProblem) -> Checkpoint {
        let later = try Checkpoint.opened(try SignedNote(note), trusting: keys)
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
