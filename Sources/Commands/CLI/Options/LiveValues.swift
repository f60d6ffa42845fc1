internal import ArgumentParser

/// The values that a shell completes from the ledger: `ledger complete` prints them.
enum LiveValues: String, ExpressibleByArgument {
    case environments, services, tags, runs, kinds, incidents
    /// Runs that may still continue.
    case openRuns = "open-runs"
}

extension CompletionKind {
    static func live(_ values: LiveValues) -> CompletionKind {
        .shellCommand("ledger complete \(values.rawValue) 2> /dev/null")
    }
}
