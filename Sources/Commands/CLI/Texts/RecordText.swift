internal import Ledger
internal import LedgerOperations
internal import Projections

/// A recorded fact, as text.
enum RecordText {
    static func answer(_ made: RecordFact.Answer) -> Answer {
        let entry = made.entry.entry
        let said =
            made.isKnown
            ? "already recorded as entry \(entry.sequence)"
            : "entry \(entry.sequence): \(EntryText.summary(entry))"
        return Answer(
            [.line([said, later(made)].compactMap(\.self).joined(separator: ", "))],
            value: made.entry, reason: made.isKnown ? "known" : nil)
    }

    /// Names the current release, if the recorded deploy happened before it.
    private static func later(_ made: RecordFact.Answer) -> String? {
        guard let state = made.overtakenBy, let release = state.release else { return nil }
        let since = state.time.map { " since \($0.timestamp)" } ?? ""
        return "recorded late: \(state.environment) has run \(state.service) \(release.title)"
            + since
    }

    static func warning(_ name: RecordFact.NewName) -> String {
        switch name {
        case .environment(let name, let near):
            "Warning: the environment \"\(name)\" is new; did you mean \(near)?"
        case .service(let service, let name, let known):
            "Warning: the service \"\(service)\" is new in \(name); known services: "
                + known.map(\.rawValue).joined(separator: ", ")
        }
    }
}
