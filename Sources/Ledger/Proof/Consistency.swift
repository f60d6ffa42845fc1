internal import LedgerText

/// A proof that a ledger extends an earlier one: the hashes and the later checkpoint. The format is
/// the request that a witness signs (c2sp.org/tlog-witness, the body of add-checkpoint).
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

    /// Parses a proof without checking it. Throws `ProofProblem`.
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

    /// The later checkpoint, after checking that it extends the earlier one; throws `ProofProblem`.
    ///
    /// The two may have different origins if keys of both are trusted: a ledger may be renamed.
    /// Consistency does not depend on names.
    public func proved(
        from earlier: Checkpoint, trusting keys: [VerifierKey]
    ) throws(ProofProblem) -> Checkpoint {
        let later = try Checkpoint.opened(try SignedNote(note), trusting: keys)
        guard old == earlier.size else {
            throw ProofProblem("the proof starts at size \(old), not at \(earlier.size)")
        }
        guard
            TreeProof.shows(
                (earlier.size, earlier.root), within: (later.size, later.root), by: hashes)
        else {
            throw ProofProblem(
                "the ledger of \(later.size) entries does not extend the \(earlier.size) of the "
                    + "checkpoint: entries were changed, or it is another ledger")
        }
        return later
    }
}
