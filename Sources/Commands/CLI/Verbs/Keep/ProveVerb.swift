internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Ledger
internal import LedgerOperations
internal import LedgerProof
internal import Projections

/// `ledger prove`
struct ProveVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Print a receipt, a checkpoint, or a consistency proof",
        discussion: """
            A receipt (c2sp.org/tlog-proof) contains the entry's header, the path to the root and \
            the signed checkpoint. Anyone with the verifier key can check it offline, with \
            `ledger-verify` or `ledger verify --receipt`. It does not contain the payload, only \
            its hash.

            --checkpoint prints the newest signed checkpoint, or the first that covers the given \
            number of entries. Store it where persons with access to the ledger cannot change it.

            --consistency A B proves that the ledger of B entries begins with the earlier A \
            entries. It uses the first checkpoint that covers B entries (default: the newest \
            checkpoint).

            Example: ledger prove 118 > deploy.receipt
            Example: ledger prove --checkpoint > today.checkpoint
            Example: ledger prove --consistency 118 > growth.proof
            """)
    @Argument(help: "The entry's sequence or id; with --consistency, one or two sizes.")
    var places: [String] = []
    @Flag(help: "Print a signed checkpoint.")
    var checkpoint = false
    @Flag(help: "Prove that the ledger extends its first A entries.")
    var consistency = false
    @Flag(help: "Print the receipt of a merged entry from its original ledger.")
    var origin = false
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if [checkpoint, consistency, origin].count(where: \.self) > 1 {
            throw ValidationError("--checkpoint, --consistency and --origin exclude each other")
        }
        let wanted = checkpoint ? 0...1 : consistency ? 1...2 : 1...1
        if !wanted.contains(places.count) {
            throw ValidationError(
                checkpoint
                    ? "--checkpoint accepts at most one size"
                    : consistency ? "--consistency requires one or two sizes" : "name one entry")
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        let proof = try await wiring.asking { desk in
            if checkpoint {
                return try await ProveCheckpoint(size: sizes().first).answer(at: desk)
            }
            if consistency {
                let sizes = try sizes()
                return try await ProveConsistency(
                    from: sizes[0], to: sizes.count > 1 ? sizes[1] : nil
                ).answer(at: desk)
            }
            return try await ProveEntry(places[0], origin: origin).answer(at: desk)
        }
        // The output is a proof file, so no hint may follow its last line.
        return Answer([.text(proof.proof)], value: proof)
    }

    private func sizes() throws -> [Int] {
        try places.map { text in
            guard let size = Int(text) else {
                throw ValidationError("'\(text)' is not a number of entries")
            }
            return size
        }
    }
}
