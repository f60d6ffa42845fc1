internal import Ledger

/// Checks that redacted payloads match their decisions, and that each decision was carried out.
enum RedactionCheck {
    /// The problem with the decision in the current row; `nil` if it is valid.
    static func problem(ofDecision rows: RowAccess, _ database: Database) throws -> String? {
        guard case .redacted(let redacted) = try EntryColumns.read(rows).event else {
            return "it decides about no entry"
        }
        let row = RowAccess(
            try database.keptStatement(
                "SELECT \(EntryColumns.names) FROM entry WHERE id = ?"))
        row.bind(redacted.entry, at: 1)
        defer { row.reset() }
        guard try row.next() else { return "it decides about no entry" }
        let entry = try EntryColumns.read(row)
        guard let redaction = entry.draft.redaction, redaction.payloadHash == redacted.payload
        else {
            return "entry \(entry.sequence) is not marked as redacted"
        }
        // A later decision determines the remaining payload.
        let isDone =
            redaction.decision > rows.integer(0)
            || redaction.decision == rows.integer(0) && redacted.holds(of: entry)
        return isDone ? nil : "the payload of entry \(entry.sequence) does not match this redaction"
    }

    /// The problem with the redaction of the current row's entry; `nil` if it is valid.
    static func problem(
        of entry: StoredHeader, _ redaction: Redaction, _ database: Database
    ) throws -> String? {
        let row = RowAccess(
            try database.keptStatement(
                "SELECT \(EntryColumns.names) FROM entry WHERE sequence = ?"))
        row.bind(redaction.decision, at: 1)
        defer { row.reset() }
        if redaction.decision > entry.sequence, try row.next(),
            case .redacted(let redacted) = try EntryColumns.read(row).event,
            redacted.entry == entry.id
        {
            return nil
        }
        return "its payload was redacted, but entry \(redaction.decision) does not decide that"
    }
}
