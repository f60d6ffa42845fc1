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
        let known = name.known.joined(separator: ", ")
        guard let service = name.service else {
            return "Warning: the environment \"\(name.environment)\" is new; did you mean \(known)?"
        }
        return "Warning: the service \"\(service)\" is new in \(name.environment); known services: "
            + known
    }
}
