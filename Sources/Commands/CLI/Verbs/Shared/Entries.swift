internal import CommandPorts
internal import Ledger

/// Entries by what people call them.
enum Entries {
    static func entry(_ number: Int, _ store: any EventReader) async throws -> Entry {
        if let entry = try await store.entry(at: number) { return entry }
        let head = try await store.head().sequence
        throw Refusal(
            .unknownName, "there is no entry \(number)", cause: "the ledger ends at \(head)")
    }

    /// Why there is no receipt: nobody has signed over it.
    static func unsigned(_ what: String) -> Refusal {
        Refusal(
            .notPossible, "no checkpoint covers \(what)",
            cause: "nothing was signed since: no key was there, or its agent did not answer",
            hint: "see `ledger doctor`; the next entry that is signed covers it"
        )
    }
}
