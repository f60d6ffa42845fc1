internal import Glibc
internal import Ledger

/// The redaction of a payload, and of the stored view lines that contain its text.
struct Redactions {
    /// The entry after the redaction, and all its redacted values.
    let entry: Entry
    let taken: [JSONValue]
    /// The redacted lines of stored views.
    private var lines: [(view: String, key: String, since: Int, detail: String?)] = []

    /// Checks a decision that will be recorded at a sequence; `nil` if the entry is already
    /// redacted so.
    ///
    /// Throws `StoreProblem` if the decision does not match the entry, or would change a stored
    /// view.
    ///
    /// `earlier` are the redactions before it in the same append.
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
        try ViewFold.lines(views, database, replacing: left) { index, key, row, by in
            let (key, since) = (key.text, by.sequence)
            guard since >= entry.sequence else { return }
            met += 1
            let view = views[index].name
            let before = try Self.line(view, key, since, in: database)
            if before == .some(row) { return }
            guard let before, let old = before, let row, old.means(theSameAs: row, without: taken)
            else { throw entry.decides(key) }
            lines.append((view, key, since, row.detail))
        }
        let names = views.map { "'\($0.name)'" }.joined(separator: ",")
        let all = try Int.first(
            database,
            "SELECT count(*) FROM view_row WHERE since >= ? AND view IN (\(names))",
            entry.sequence)
        if met != all { throw entry.decides("a line of a view") }
    }

    /// Removes the bytes after the decision is appended as the last entry.
    func carryOut(in database: Database) throws {
        try database.execute(
            "UPDATE entry SET payload = ?, salt = iif(salt IS NULL, NULL, x'') WHERE sequence = ?",
            entry.draft.payload, entry.sequence)
        for line in lines {
            try database.execute(
                "UPDATE view_row SET detail = ? WHERE view = ? AND key = ? AND since = ?",
                line.detail, line.view, line.key, line.since)
        }
    }

    /// Records that an entry was copied from another ledger after later decisions redacted it.
    static func keep(_ entry: Entry, in database: Database) throws {
        guard let redaction = entry.draft.redaction else { return }
        try database.execute(
            "INSERT INTO redaction (sequence, payload_hash, decision) VALUES (?, ?, ?)",
            entry.sequence, redaction.payloadHash.rawValue, redaction.decision)
    }

    /// A changed entry is evidence and must not be redacted.
    private static func changed(_ entry: Entry) -> StoreProblem {
        StoreProblem(
            .damaged, "nothing was redacted: entry \(entry.sequence) was changed",
            cause: "its content does not match its stored hash",
            hint: "keep the file unchanged, and run `ledger verify`", entry: entry.sequence)
    }

    private static func entry(_ id: EntryID, in database: Database) throws -> Entry? {
        let row = RowAccess(
            try database.statement(
                "SELECT \(EntryColumns.names) FROM entry WHERE id = ?"))
        row.bind(id, at: 1)
        return try row.next() ? EntryColumns.read(row) : nil
    }

    /// The stored line, or the end of a line; `nil` if there is none.
    private static func line(
        _ view: String, _ key: String, _ since: Int, in database: Database
    ) throws -> ViewRow?? {
        let row = RowAccess(
            try database.keptStatement(
                """
                SELECT \(WholeLine.columns) FROM line
                WHERE view = ? AND key = ? AND since = ?
                """))
        defer { row.reset() }
        row.bind(view, at: 1)
        row.bind(key, at: 2)
        row.bind(since, at: 3)
        return try row.next() ? .some(WholeLine.read(row)) : nil
    }
}
