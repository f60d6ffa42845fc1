internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Ledger
internal import LedgerProof
internal import LedgerSQLite

/// `ledger prove`
struct ProveVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Print a receipt, a checkpoint, or that the ledger only grew",
        discussion: """
            A receipt (c2sp.org/tlog-proof) holds the entry's header, the way to the root and the signed \
            checkpoint: with the verifier key alone anybody can check it offline, with `ledger-verify` \
            or `ledger verify --receipt`. It does not hold the payload, only its hash.

            With --checkpoint: the newest signed checkpoint, or the first over so many entries; to be kept \
            where nobody who can reach the ledger reaches it.

            With --consistency: that the ledger of B entries begins with the A of then, under the first \
            checkpoint over B or more (the newest by default).

            Example: ledger prove 118 > deploy.receipt
            Example: ledger prove --checkpoint > today.checkpoint
            Example: ledger prove --consistency 118 > growth.proof
            """)
    @Argument(help: "The entry (its sequence or id); with --consistency one or two sizes.")
    var places: [String] = []
    @Flag(help: "Print a signed checkpoint.")
    var checkpoint = false
    @Flag(help: "Prove that the ledger goes on from A entries.")
    var consistency = false
    @Flag(help: "Of a merged entry: the receipt of the log in which it was recorded first.")
    var origin = false
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if [checkpoint, consistency, origin].count(where: \.self) > 1 {
            throw ValidationError("--checkpoint, --consistency and --origin are three questions")
        }
        let wanted = checkpoint ? 0...1 : consistency ? 1...2 : 1...1
        if !wanted.contains(places.count) {
            throw ValidationError(
                checkpoint
                    ? "--checkpoint wants one size, or none"
                    : consistency ? "--consistency wants one or two sizes" : "name one entry")
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.withStore(.reading) { store in
            let text =
                checkpoint
                ? try await signed(store)
                : consistency ? try await growth(store) : try await receipt(store)
            // A proof is a file: what follows its last line would not be part of it.
            return Answer([.text(text)], json: .object(["proof": .string(text)]))
        }
    }

    private func receipt(_ store: any EventReader) async throws -> String {
        let entry: Entry
        if let number = Int(places[0]) {
            entry = try await Entries.entry(number, store)
        } else if let id = EntryID(places[0]), let found = try await store.entry(id) {
            entry = found
        } else {
            throw Refusal(
                .unknownName, "there is no entry \(places[0])",
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
            cause: "no ledger that was merged had it", hint: "ledger prove \(entry.sequence)")
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
                    .invalid, "there is no ledger of \(text) entries",
                    cause: "it has \(head) today", hint: "name sizes from 1 to \(head)")
            }
            return size
        }
    }

    private func growth(_ store: any EventReader) async throws -> String {
        let sizes = try await sizes(store)
        if sizes.count > 1, sizes[0] > sizes[1] {
            throw Refusal(
                .invalid, "a ledger of \(sizes[1]) entries does not begin with \(sizes[0])",
                hint: "the earlier size comes first")
        }
        let later = sizes.count > 1 ? sizes[1] : nil
        guard let proof = try await store.consistency(from: sizes[0], to: later) else {
            throw Entries.unsigned("a ledger of \(later ?? sizes[0]) entries")
        }
        return proof.description
    }
}
