internal import Foundation
internal import GRDB
internal import Ledger

/// What a decision takes out of a payload, and out of what stored views keep of it.
struct Redactions {
    /// The entry as it will be, and all that was taken out of it by then.
    let entry: Entry
    let taken: [JSONValue]
    /// What the lines of stored views keep when the text is gone.
    private var lines: [(view: String, key: String, since: Int, detail: String?)] = []

    /// Judges a decision that is to be recorded at a sequence; `nil` if the entry is
    /// as it says already.
    ///
    /// Throws `StoreProblem` if it does not fit the entry, or if stored views would then say
    /// anything else.
    ///
    /// `earlier` are those that the same append does before it.
    init?(
        judging draft: Draft, at sequence: Int, after earlier: [Redactions],
        views: [any StoredView], in database: Database
    ) throws {
        guard case .redacted(let redacted) = try? Event(kind: draft.kind, fields: draft.fields),
            let kept = try Self.entry(redacted.entry, in: database)
        else { throw Redacted.noEntry }
        var hasher = LeafHasher()
        guard hasher.leaf(of: kept) == kept.hashes.first else { throw Self.changed(kept) }
        let before = earlier.last { $0.entry.id == kept.id }
        let entry = before?.entry ?? kept
        guard let (left, more) = try redacted.applied(to: entry, by: sequence) else { return nil }
        let taken = (before?.taken ?? []) + more
        (self.entry, self.taken) = (left, taken)
        var met = 0
        try ViewFold.lines(views, database, replacing: left) { index, key, since, row in
            guard since >= entry.sequence else { return }
            met += 1
            let view = views[index].name
            let before = try Self.line(view, key, since, in: database)
            if before == .some(row) { return }
            guard let before, let old = before, let row, old.means(theSameAs: row, without: taken)
            else { throw entry.decides(key) }
            lines.append((view, key, since, row.detail))
        }
        let all = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM view_row WHERE since >= ?",
            arguments: [entry.sequence])
        if met != all { throw entry.decides("a line of a view") }
    }

    /// Takes the bytes out, after the decision has become the last entry.
    func carryOut(in database: Database) throws {
        try database.execute(
            sql: "UPDATE entry SET payload = ? WHERE sequence = ?",
            arguments: [entry.draft.payload, entry.sequence])
        for line in lines {
            try database.execute(
                sql: "UPDATE view_row SET detail = ? WHERE view = ? AND key = ? AND since = ?",
                arguments: [line.detail, line.view, line.key, line.since])
        }
    }

    /// Notes that an entry came as later decisions have left it: in a copy of another ledger.
    static func keep(_ entry: Entry, in database: Database) throws {
        guard let redaction = entry.draft.redaction else { return }
        try database.execute(
            sql: "INSERT INTO redaction (sequence, payload_hash, decision) VALUES (?, ?, ?)",
            arguments: [entry.sequence, redaction.payloadHash.rawValue, redaction.decision])
    }

    /// An entry that somebody has changed is evidence.
    private static func changed(_ entry: Entry) -> StoreProblem {
        StoreProblem(
            .damaged, "nothing was taken out: entry \(entry.sequence) is not as it was written",
            cause: "its content does not have the hash that was kept of it",
            hint: "keep the file as it is, and look with `ledger verify`", entry: entry.sequence)
    }

    private static func entry(_ id: EntryID, in database: Database) throws -> Entry? {
        let row = RowAccess(
            try database.makeStatement(
                sql: "SELECT \(EntryColumns.names) FROM entry WHERE id = ?"))
        row.bind(id, at: 1)
        return try row.next(database) ? EntryColumns.read(row) : nil
    }

    /// The line, or the end of one, that is kept; `nil` if there is none.
    private static func line(
        _ view: String, _ key: String, _ since: Int, in database: Database
    ) throws -> ViewRow?? {
        let row = RowAccess(
            try database.cachedStatement(
                sql: """
                    SELECT \(ViewKeeper.columns) FROM view_row
                    WHERE view = ? AND key = ? AND since = ?
                    """))
        defer { row.reset() }
        row.bind(view, at: 1)
        row.bind(key, at: 2)
        row.bind(since, at: 3)
        return try row.next(database) ? .some(ViewKeeper.line(row)) : nil
    }
}
