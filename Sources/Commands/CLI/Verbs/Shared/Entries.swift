internal import CommandPorts
internal import Ledger

/// Refusals about entries.
enum Entries {
    /// The refusal of a receipt, because no signed checkpoint covers the entry.
    static func unsigned(_ what: String) -> Refusal {
        Refusal(
            .notPossible, "no checkpoint covers \(what)",
            cause: "no later checkpoint was signed: no key was available, or no agent answered",
            hint: "check the key with: ledger doctor; the next signed checkpoint covers it"
        )
    }
}
