internal import ArgumentParser
internal import Ledger
internal import LedgerProof

/// `ledger explain proof`
struct ExplainProofVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "proof",
        abstract: "Explain each step of a receipt or a consistency proof",
        discussion: """
            The steps, computed by hand, lead to the signed root. To check the signature, use \
            `ledger-verify` or `ledger verify --receipt`.

            Example: ledger explain proof deploy.receipt
            """)
    @Argument(help: "The proof's file; - for standard input.")
    var file: String
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try ProofFile.reading(file) { bytes in
            if bytes.starts(with: Array("old ".utf8)) { return try growth(Consistency(bytes)) }
            return try inclusion(Receipt(bytes))
        }
    }

    private func answer(_ above: [String], _ rows: [[String]], _ below: [String]) -> Answer {
        let grid = Answer.Grid(["step", Column("with", .wraps), "gives"], rows)
        return Answer(
            above.map { .line($0) } + [.grid(grid)] + below.map { .line($0) }, json: grid.json)
    }

    private func inclusion(_ receipt: Receipt) throws -> Answer {
        let checkpoint = try Checkpoint(SignedNote(receipt.note).text)
        guard let header = receipt.header else {
            throw ProofProblem("it contains no entry header, so its leaf cannot be computed")
        }
        let entry = receipt.index + 1
        guard receipt.index < checkpoint.size,
            case let places = TreeProof.places(of: receipt.index, in: checkpoint.size),
            places.count == receipt.hashes.count
        else {
            throw ProofProblem(
                "\(receipt.hashes.count) hashes cannot connect entry \(entry) with the root over "
                    + "\(checkpoint.size) entries")
        }
        var node = Receipt.leaf(of: header)
        var rows = [["1", "SHA-256(00, the entry's header)", "\(node)"]]
        for (place, hash) in zip(places, receipt.hashes) {
            let isLeft = place.lowerBound < receipt.index
            node = isLeft ? Tree.node(hash, node) : Tree.node(node, hash)
            rows.append([
                "\(rows.count + 1)",
                isLeft
                    ? "SHA-256(01, hash of \(Self.words(place)), previous result)"
                    : "SHA-256(01, previous result, hash of \(Self.words(place)))",
                "\(node)",
            ])
        }
        return answer(
            [
                "Proof that \(checkpoint.origin), with \(checkpoint.size) entries, contains entry "
                    + "\(entry):"
            ], rows,
            [
                node == checkpoint.root
                    ? "The last result is the signed root. "
                        + "A different entry \(entry) would give another root."
                    : "The signed root is \(checkpoint.root). This receipt proves nothing."
            ])
    }

    private func growth(_ proof: Consistency) throws -> Answer {
        let later = try Checkpoint(SignedNote(proof.note).text)
        guard proof.old > 0, proof.old <= later.size,
            case let places = TreeProof.places(from: proof.old, to: later.size),
            places.count == proof.hashes.count
        else {
            throw ProofProblem(
                "\(proof.hashes.count) hashes cannot connect the root over \(proof.old) entries "
                    + "with the root over \(later.size)")
        }
        let rows = zip(places, proof.hashes).enumerated().map { number, step in
            ["\(number + 1)", "hash of \(Self.words(step.0))", "\(step.1)"]
        }
        let known =
            places.first?.lowerBound ?? 0 > 0 ? "these hashes" : "the earlier root and these hashes"
        return answer(
            [
                "Proof that the \(later.size) entries of \(later.origin) begin with the earlier "
                    + "\(proof.old):"
            ], rows,
            [
                "From \(known), those up to entry \(proof.old) give the earlier root. "
                    + "All of them give the later root: \(later.root)",
                "No other \(later.size) entries have both roots.",
            ])
    }

    private static func words(_ leaves: Range<Int>) -> String {
        (leaves.lowerBound + 1...leaves.upperBound).asEntries
    }
}
