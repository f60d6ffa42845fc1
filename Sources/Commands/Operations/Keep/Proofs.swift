internal import CommandEngine
public import CommandPorts
internal import Ledger
internal import LedgerProof
internal import Projections

/// The text of a proof, for a file.
public struct ProofAnswer: Codable, Hashable, Sendable {
    public let proof: String
}

/// Print the receipt of an entry
///
/// A receipt (c2sp.org/tlog-proof) contains the entry's header, the path to the root and the signed
/// checkpoint. It does not contain the payload, only its hash.
public struct ProveEntry: Query {
    public typealias Answer = ProofAnswer

    /// The entry's sequence or id.
    public var entry: String
    /// The receipt of a merged entry from its original ledger.
    public var origin: Bool

    public init(_ entry: String, origin: Bool = false) {
        self.entry = entry
        self.origin = origin
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        entry = try members.decode(String.self, forKey: .entry)
        origin = try members.decodeIfPresent(Bool.self, forKey: .origin) ?? false
    }

    public func answer(at desk: Desk) async throws -> ProofAnswer {
        let found = try await find(desk)
        if origin { return ProofAnswer(proof: try await elsewhere(found, desk)) }
        guard let receipt = try await desk.store.receipt(for: found) else {
            throw Refusal.unsigned("entry \(found.sequence)")
        }
        return ProofAnswer(proof: receipt.description)
    }

    private func find(_ desk: Desk) async throws -> Entry {
        if let number = Int(entry) { return try await desk.store.existing(number) }
        if let id = EntryID(entry), let found = try await desk.store.entry(id) { return found }
        throw Refusal(
            .unknownName, "entry \(entry) does not exist",
            hint: "name it by its sequence or its id; see ledger log")
    }

    private func elsewhere(_ entry: Entry, _ desk: Desk) async throws -> String {
        if let receipt = try await desk.store.receiptElsewhere(of: entry.id) {
            return receipt.description
        }
        throw Refusal(
            .notPossible, "entry \(entry.sequence) was recorded here first",
            cause: "no merged ledger contained it",
            hint: Hint("print its receipt here", run: "ledger prove \(entry.sequence)"))
    }
}

/// Print the newest signed checkpoint, or the first that covers a number of entries
public struct ProveCheckpoint: Query {
    public typealias Answer = ProofAnswer

    /// The number of entries. Default: all.
    public var size: Int?

    public init(size: Int? = nil) { self.size = size }

    public func answer(at desk: Desk) async throws -> ProofAnswer {
        try await desk.refuseSize(size)
        guard let note = try await desk.store.checkpoint(covering: size) else {
            throw Refusal.unsigned(size.map { "a ledger of \($0) entries" } ?? "the ledger")
        }
        return ProofAnswer(proof: note.description)
    }
}

/// Prove that the ledger begins with its earlier entries
public struct ProveConsistency: Query {
    public typealias Answer = ProofAnswer

    /// The number of earlier entries.
    public var from: Int
    /// The number of later entries. Default: those of the newest checkpoint.
    public var to: Int?

    public init(from: Int, to: Int? = nil) {
        self.from = from
        self.to = to
    }

    public func answer(at desk: Desk) async throws -> ProofAnswer {
        try await desk.refuseSize(from)
        try await desk.refuseSize(to)
        if let to, from > to {
            throw Refusal(
                .invalid, "the sizes are reversed: \(to) is less than \(from)",
                hint: "name the smaller size first")
        }
        guard let proof = try await desk.store.consistency(from: from, to: to) else {
            throw Refusal.unsigned("a ledger of \(to ?? from) entries")
        }
        return ProofAnswer(proof: proof.description)
    }
}

extension Desk {
    fileprivate func refuseSize(_ size: Int?) async throws {
        let head = try await store.head().sequence
        guard let size, size < 1 || size > head else { return }
        throw Refusal(
            .invalid, "\(size) is not a size of this ledger", cause: "it has \(head) entries",
            hint: head > 0 ? "name sizes from 1 to \(head)" : nil)
    }
}

extension Refusal {
    /// No signed checkpoint covers something, so that no proof of it is possible.
    public static func unsigned(_ what: String) -> Refusal {
        Refusal(
            .notPossible, "no checkpoint covers \(what)",
            cause: "no later checkpoint was signed: no key was available, or no agent answered",
            hint: "check the key with: ledger doctor; the next signed checkpoint covers it")
    }
}
