internal import GRDB
internal import Ledger

/// That what is left of payloads is what decisions have left, and that each decision was done.
enum RedactionCheck {
    /// What is wrong with what a decision, the present row, has done; `nil` if nothing is.
    static func problem(ofDecision rows: RowAccess, _ database: Database) throws -> String? {
        guard case .redacted(let redacted) = try EntryColumns.read(rows).event else {
            return "it decides about no entry"
        }
        let row = RowAccess(
            try database.cachedStatement(
                sql: "SELECT \(EntryColumns.names) FROM entry WHERE id = ?"))
        row.bind(redacted.entry, at: 1)
        defer { row.reset() }
        guard try row.next(database) else { return "it decides about no entry" }
        let entry = try EntryColumns.read(row)
        guard let redaction = entry.draft.redaction, redaction.payloadHash == redacted.payload
        else {
            return "it is not known of entry \(entry.sequence) that it was redacted"
        }
        // A later decision has the last word about what is left.
        let isDone =
            redaction.decision > rows.integer(0)
            || redaction.decision == rows.integer(0) && redacted.holds(of: entry)
        return isDone ? nil : "what is left of entry \(entry.sequence) is not what it has left"
    }

    /// What is wrong with the redaction of the present row's entry; `nil` if nothing is.
    static func problem(
        of entry: StoredHeader, _ redaction: Redaction, _ database: Database
    ) throws -> String? {
        let row = RowAccess(
            try database.cachedStatement(
                sql: "SELECT \(EntryColumns.names) FROM entry WHERE sequence = ?"))
        row.bind(redaction.decision, at: 1)
        defer { row.reset() }
        if redaction.decision > entry.sequence, try row.next(database),
            case .redacted(let redacted) = try EntryColumns.read(row).event,
            redacted.entry == entry.id
        {
            return nil
        }
        return "bytes were taken out of it, and entry \(redaction.decision) does not decide that"
    }
}
