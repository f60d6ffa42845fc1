internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// The text form of an entry with what was recorded about it, and of the trace of a release.
enum TraceText {
    static func blocks(_ found: ShowEntry.Found) -> [Answer.Block] {
        let entry = found.entry.entry
        let corrections = found.corrections.map { correction(of: entry, $0.entry) }
        let redactions = found.redactions.compactMap { redaction($0.entry) }
        return EntryText.long(entry) + (corrections + redactions).map { .line($0) }
            + commits(found, heading: .absent)
    }

    /// A later correction: the right values, the author and the reason.
    private static func correction(of entry: Entry, _ correction: Entry) -> String {
        let recorded = entry.subject.fields.map { "\($0.name)=\($0.value)" }
        let right = correction.subject.fields.map { "\($0.name)=\($0.value)" }
            .filter { !recorded.contains($0) }
        return "entry \(correction.sequence) corrected it at \(correction.time): "
            + right.joined(separator: ", ")
            + ", by \(correction.by.name): \(correction.payload["reason"]?.string ?? "")"
    }

    /// The removed fields, the time, the authors and the reason.
    private static func redaction(_ decision: Entry) -> String? {
        guard let event = try? Event(kind: decision.kind, fields: decision.fields),
            case .redacted(let what) = event
        else { return nil }
        let who = ([decision.by.name] + (what.approvedBy ?? [])).joined(separator: " with ")
        return "entry \(decision.sequence) redacted \(what.fields.joined(separator: ", ")) at "
            + "\(decision.time), by \(who): \(what.reason)"
    }

    /// The commits that a deploy added and removed, with a line that names it where several follow.
    static func commits(
        _ found: ShowEntry.Found, heading: TableLayout.Heading
    ) -> [Answer.Block] {
        let entry = found.entry.entry
        guard let from = found.from, let to = Release(entry.subject) else { return [] }
        let name = entry.subject.environment?.rawValue ?? ""
        return (heading == .shown ? [.line("\(name), entry \(entry.sequence):")] : [])
            + CommitText.blocks(found.commits, of: [to.service], from: from, to: to)
    }

    // MARK: Trace

    static let columns: [Column] = [
        "station", Column("entry", .leaves(1)), Column("time", .leaves(2)), "kind", "where",
        Column("about", .wraps), Column("ran", .wraps), Column("by", .leaves(3)),
    ]

    static func row(_ line: TraceRelease.Line, _ length: EntryText.Length) -> [Cell] {
        let entry = line.fact.entry
        let subject = entry.subject
        let approvers = line.approvers.map { "approved by \($0.joined(separator: ", "))" }
        let about = [EntryText.about(entry, length), approvers].compactMap(\.self)
        return [
            Cell(line.station), Cell(entry.sequence), Cell(entry.time), Cell(entry.kind),
            Cell(subject.environment?.rawValue ?? subject.service?.rawValue),
            Cell(about.filter { !$0.isEmpty }.joined(separator: "; ")), ran(line.ran),
            Cell(entry.by.name),
        ]
    }

    private static func ran(_ period: TraceRelease.Period?) -> Cell {
        guard let period else { return "" }
        guard let until = period.until else { return .text("current", .well) }
        let seconds = until.timestamp.seconds(since: period.from.timestamp)
        return .text("for \(LocalTime.duration(seconds))")
    }
}
