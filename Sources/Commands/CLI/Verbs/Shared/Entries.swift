internal import CommandPorts
internal import Ledger

/// Finds entries by their sequence.
enum Entries {
    static func entry(_ number: Int, _ store: any EventReader) async throws -> Entry {
        if let entry = try await store.entry(at: number) { return entry }
        let head = try await store.head().sequence
        throw Refusal(
            .unknownName, "entry \(number) does not exist",
            cause: "the ledger ends at entry \(head)")
    }

    /// The refusal of a receipt, because no signed checkpoint covers the entry.
    static func unsigned(_ what: String) -> Refusal {
        Refusal(
            .notPossible, "no checkpoint covers \(what)",
            cause: "no later checkpoint was signed: no key was available, or no agent answered",
            hint: "check the key with: ledger doctor; the next signed checkpoint covers it"
        )
    }
}
