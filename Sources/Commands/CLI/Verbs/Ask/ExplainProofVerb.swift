internal import ArgumentParser
internal import Ledger
internal import LedgerProof

/// `ledger explain proof`
struct ExplainProofVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "proof",
        abstract: "Print the steps of a receipt or a proof of growth, in words",
        discussion: """
            Whoever does the steps by hand comes to the root that was signed. Whether the signature is right \
            is what `ledger-verify` and `ledger verify --receipt` say.

            Example: ledger explain proof deploy.receipt
            """)
    @Argument(help: "The file of the proof; - for standard input.")
    var file: String
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try ProofFile.reading(file) { bytes in
            if bytes.starts(with: Array("old ".utf8)) { return try growth(Consistency(bytes)) }
            return try inclusion(Receipt(bytes))
        }
    }

    private func answer(_ above: [String], _ rows: [[String]], _ below: [String]) -> Answer {
        let grid = Answer.Grid(["step", "with", "gives"], rows)
        return Answer(
            above.map { .line($0) } + [.grid(grid)] + below.map { .line($0) }, json: grid.json)
    }

    private func inclusion(_ receipt: Receipt) throws -> Answer {
        let checkpoint = try Checkpoint(SignedNote(receipt.note).text)
        guard let header = receipt.header else {
            throw ProofProblem("it holds no entry: its leaf is known only elsewhere")
        }
        let entry = receipt.index + 1
        guard receipt.index < checkpoint.size,
            case let places = TreeProof.places(of: receipt.index, in: checkpoint.size),
            places.count == receipt.hashes.count
        else {
            throw ProofProblem(
                "\(receipt.hashes.count) hashes do not lead from entry \(entry) to the root over "
                    + "\(checkpoint.size)")
        }
        var node = Receipt.leaf(of: header)
        var rows = [["1", "SHA-256(00, the entry's header)", "\(node)"]]
        for (place, hash) in zip(places, receipt.hashes) {
            let isLeft = place.lowerBound < receipt.index
            node = isLeft ? Tree.node(hash, node) : Tree.node(node, hash)
            rows.append([
                "\(rows.count + 1)",
                isLeft
                    ? "SHA-256(01, that of \(Self.words(place)), the last)"
                    : "SHA-256(01, the last, that of \(Self.words(place)))",
                "\(node)",
            ])
        }
        return answer(
            ["That entry \(entry) is one of the \(checkpoint.size) of \(checkpoint.origin):"], rows,
            [
                node == checkpoint.root
                    ? "The last is the root that is signed: another entry \(entry) would have led elsewhere."
                    : "The root that is signed is \(checkpoint.root): this proves nothing."
            ])
    }

    private func growth(_ proof: Consistency) throws -> Answer {
        let later = try Checkpoint(SignedNote(proof.note).text)
        guard proof.old > 0, proof.old <= later.size,
            case let places = TreeProof.places(from: proof.old, to: later.size),
            places.count == proof.hashes.count
        else {
            throw ProofProblem(
                "\(proof.hashes.count) hashes do not lead from \(proof.old) entries to \(later.size)"
            )
        }
        let rows = zip(places, proof.hashes).enumerated().map { number, step in
            ["\(number + 1)", "that of \(Self.words(step.0))", "\(step.1)"]
        }
        let known = places.first?.lowerBound ?? 0 > 0 ? "these" : "the earlier root and these"
        return answer(
            [
                "That the \(later.size) entries of \(later.origin) begin with the \(proof.old) of then:"
            ], rows,
            [
                "Of \(known), those up to entry \(proof.old) give the root of then, and all together the "
                    + "root of now: \(later.root)",
                "No other \(later.size) entries have both.",
            ])
    }

    private static func words(_ leaves: Range<Int>) -> String {
        (leaves.lowerBound + 1...leaves.upperBound).asEntries
    }
}
