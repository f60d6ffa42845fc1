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
        try await wiring.withStore(.reading) { store in
            let text =
                checkpoint
                ? try await signed(store)
                : consistency ? try await growth(store) : try await receipt(store)
            // The output is a proof file, so no hint may follow its last line.
            return Answer([.text(text)], json: .object(["proof": .string(text)]))
        }
    }

    private func receipt(_ store: any EventReader) async throws -> String {
        let entry: Entry
        if let number = Int(places[0]) {
            entry = try await store.existing(number)
        } else if let id = EntryID(places[0]), let found = try await store.entry(id) {
            entry = found
        } else {
            throw Refusal(
                .unknownName, "entry \(places[0]) does not exist",
                hint: "name it by its sequence or its id; see ledger log")
        }
        if origin { return try await elsewhere(entry, store) }
        guard let receipt = try await store.receipt(for: entry) else {
            throw Entries.unsigned("entry \(entry.sequence)")
        }
        return receipt.description
    }

    private func elsewhere(_ entry: Entry, _ store: any EventReader) async throws -> String {
        if let receipt = try await store.receiptElsewhere(of: entry.id) {
            return receipt.description
        }
        throw Refusal(
            .notPossible, "entry \(entry.sequence) was recorded here first",
            cause: "no merged ledger contained it",
            hint: "print its receipt here: ledger prove \(entry.sequence)")
    }

    private func signed(_ store: any EventReader) async throws -> String {
        let size = try await sizes(store).first
        guard let note = try await store.checkpoint(covering: size) else {
            throw Entries.unsigned(size.map { "a ledger of \($0) entries" } ?? "the ledger")
        }
        return note.description
    }

    private func sizes(_ store: any EventReader) async throws -> [Int] {
        let head = try await store.head().sequence
        return try places.map { text in
            guard let size = Int(text), size >= 1, size <= head else {
                throw Refusal(
                    .invalid, "\(text) is not a size of this ledger",
                    cause: "it has \(head) entries", hint: "name sizes from 1 to \(head)")
            }
            return size
        }
    }

    private func growth(_ store: any EventReader) async throws -> String {
        let sizes = try await sizes(store)
        if sizes.count > 1, sizes[0] > sizes[1] {
            throw Refusal(
                .invalid, "the sizes are reversed: \(sizes[1]) is less than \(sizes[0])",
                hint: "name the smaller size first")
        }
        let later = sizes.count > 1 ? sizes[1] : nil
        guard let proof = try await store.consistency(from: sizes[0], to: later) else {
            throw Entries.unsigned("a ledger of \(later ?? sizes[0]) entries")
        }
        return proof.description
    }
}
