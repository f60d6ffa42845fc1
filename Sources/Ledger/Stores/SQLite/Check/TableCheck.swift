internal import Glibc
internal import Ledger
internal import LedgerText

/// Checks the tables besides the entries: schema, stream heads, stored contents.
struct TableCheck {
    let path: String

    func findings(_ scope: VerificationScope) throws -> [Verification.Finding] {
        let reader = try Opening.readOnly(path)
        defer { try? reader.close() }
        return try reader.read { database in
            let findings =
                try seal(database) + ends(database) + strays(database) + streams(database)
                + copies(database)
            switch scope {
            case .quick: return findings
            case .everything: return try pages(database) + findings + contents(database)
            }
        }
    }

    /// Checks that each page is intact and that each index matches its table.
    private func pages(_ database: Database) throws -> [Verification.Finding] {
        let answer = try String.first(database, "PRAGMA integrity_check(1)") ?? ""
        return answer == "ok" ? [] : [.init(sequence: nil, what: "the file is damaged: \(answer)")]
    }

    /// Checks that tables, indexes and triggers are exactly those of schema.sql.
    private func seal(_ database: Database) throws -> [Verification.Finding] {
        let fresh = try Connection()
        let wanted = try fresh.write { fresh in
            try fresh.execute(Schema.text)
            return try Self.definitions(fresh)
        }
        let found = try Self.definitions(database)
        // SQLite keeps statistics in tables of its own (`ANALYZE`).
        let names = Set(wanted.keys).union(found.keys).filter { !$0.begins(with: "table sqlite_") }
        return names.sorted().compactMap { name in
            if found[name] == wanted[name] { return nil }
            let how =
                found[name] == nil
                ? "is missing" : wanted[name] == nil ? "was added" : "was changed"
            return .init(sequence: nil, what: "\(name) \(how): the schema is not intact")
        }
    }

    private static func definitions(_ database: Database) throws -> [String: String] {
        var definitions: [String: String] = [:]
        // Automatic indexes of SQLite have no SQL; they are checked too.
        try RowAccess.each(
            "SELECT type || ' ' || name, tbl_name || ': ' || coalesce(sql, '') FROM sqlite_master",
            in: database
        ) { row in
            definitions[row.text(0) ?? ""] = row.text(1) ?? ""
        }
        return definitions
    }

    /// Checks that nothing refers to a sequence beyond the last entry.
    private func ends(_ database: Database) throws -> [Verification.Finding] {
        let head = try Log.head(database)
        let root = try Int.first(database, "SELECT max(size) FROM root") ?? 0
        var findings: [Verification.Finding] = []
        if root > head {
            findings.append(
                .init(
                    sequence: head + 1, what: "it is missing: a root has size \(root)"))
        }
        if try SearchIndex.reached(in: database) > head {
            findings.append(
                .init(sequence: nil, what: "the search index has more entries than the ledger"))
        }
        return findings
    }

    /// Finds rows without a valid entry: sequences start at 1, and each row about an entry needs
    /// that entry.
    private func strays(_ database: Database) throws -> [Verification.Finding] {
        let sql = """
            SELECT sequence, 'it stands before the first entry' FROM entry WHERE sequence < 1
            UNION ALL SELECT size, 'a root is kept over no entry' FROM root WHERE size < 1
            UNION ALL SELECT size, 'a checkpoint is kept over no entry' FROM checkpoint WHERE size < 1
            UNION ALL SELECT sequence, 'bytes are said to be taken out of it, and it is not there'
                FROM redaction WHERE sequence NOT IN (SELECT sequence FROM entry)
            """
        var findings: [Verification.Finding] = []
        try RowAccess.each(sql, in: database) { row in
            findings.append(.init(sequence: row.integer(0), what: row.text(1) ?? ""))
        }
        return findings
    }

    /// Checks that the positions of each stream have no gaps, and that the stored heads are
    /// correct.
    private func streams(_ database: Database) throws -> [Verification.Finding] {
        var heads: [ExactText: Int] = [:]
        let rows = RowAccess(
            try database.statement(
                "SELECT sequence, stream, position FROM entry ORDER BY sequence"))
        while try rows.next() {
            let stream = rows.text(1) ?? ""
            let position = (heads[ExactText(stream)] ?? 0) + 1
            if rows.integer(2) != position {
                return [
                    .init(
                        sequence: rows.integer(0),
                        what:
                            "it has position \(rows.integer(2)) in \(stream); expected \(position)"
                    )
                ]
            }
            heads[ExactText(stream)] = position
        }
        var kept: [ExactText: Int] = [:]
        try RowAccess.each("SELECT name, head FROM stream", in: database) { row in
            kept[ExactText(row.text(0) ?? "")] = row.integer(1)
        }
        return kept == heads ? [] : [.init(sequence: nil, what: "the stream heads are wrong")]
    }

    /// A run is planned in one commit and continues in later commits. A run in a single commit was
    /// copied from another ledger. If the table `copied` does not record that, the row was removed,
    /// and a run of another ledger could be executed here.
    private func copies(_ database: Database) throws -> [Verification.Finding] {
        let upto = try Int.first(database, "SELECT max(upto) FROM copied") ?? 0
        let head = try Log.head(database)
        if upto > head {
            return [
                .init(
                    sequence: nil,
                    what:
                        "table `copied` says that \(upto) entries were copied, but the ledger has "
                        + "\(head)")
            ]
        }
        let sql = """
            SELECT planned.sequence FROM entry AS planned
            JOIN entry AS later ON later.correlation = planned.id AND later.source IS NULL
            WHERE planned.kind IN ('deploy.planned', 'revert.planned') AND planned.source IS NULL
                AND planned.sequence > (SELECT coalesce(max(upto), 0) FROM copied)
                AND NOT EXISTS (SELECT 1 FROM root
                    WHERE size >= planned.sequence AND size < later.sequence)
            ORDER BY planned.sequence LIMIT 1
            """
        guard let sequence = try Int.first(database, sql) else { return [] }
        return [
            .init(
                sequence: sequence,
                what: "the run was copied from a ledger, but table `copied` has no row for it")
        ]
    }

    /// Checks that stored contents match their hashes, and that every referenced content is stored.
    /// A run's own entries reference plans and bundles, plans reference bundles, bundles reference
    /// files.
    private func contents(_ database: Database) throws -> [Verification.Finding] {
        var findings: [Verification.Finding] = []
        var kept: Set<String> = []
        let rows = RowAccess(
            try database.statement("SELECT \(KeptContent.columns) FROM content"))
        while try rows.next() {
            let hash = rows.text(0) ?? ""
            kept.insert(hash)
            if KeptContent.read(rows) == nil {
                findings.append(.init(sequence: nil, what: "the content \(hash) was changed"))
            }
        }
        for (hash, sequence) in try named(database).sorted(by: { $0.key < $1.key })
        where !kept.contains(hash) {
            findings.append(
                .init(
                    sequence: sequence,
                    what: "the content \(hash), which it references, is missing"))
        }
        return findings
    }

    /// The contents that runs reference, directly or indirectly, with the referencing entry.
    private func named(_ database: Database) throws -> [String: Int] {
        var named: [String: Int] = [:]
        var rest: [(hash: String, isBundle: Bool)] = []
        func note(_ value: JSONValue?, _ sequence: Int, isBundle: Bool?) {
            guard let hash = value?.string, named[hash] == nil else { return }
            named[hash] = sequence
            if let isBundle { rest.append((hash, isBundle)) }
        }
        let entries = RowAccess(
            try database.statement(
                """
                SELECT sequence, payload FROM entry WHERE correlation IS NOT NULL
                    AND kind IN ('deploy.started', 'revert.started', 'deploy.finished',
                        'revert.finished')
                OR source IS NULL AND kind IN ('deploy.planned', 'revert.planned')
                """))
        while try entries.next() {
            guard let value = try? JSONValue(parsing: entries.text(1) ?? "") else { continue }
            note(value["plan"], entries.integer(0), isBundle: false)
            note(value["bundle"], entries.integer(0), isBundle: true)
        }
        let others = """
            SELECT sequence, payload FROM entry WHERE kind IN ('ledger.merged', 'delivery.received')
            """
        try RowAccess.each(others, in: database) { row in
            let value = try? JSONValue(parsing: row.text(1) ?? "")
            note(value?["body"], row.integer(0), isBundle: nil)
            for hash in value?["log"]?.array ?? [] { note(hash, row.integer(0), isBundle: nil) }
        }
        let content = RowAccess(
            try database.statement(
                "SELECT \(KeptContent.columns) FROM content WHERE hash = ?"))
        while let (hash, isBundle) = rest.popLast() {
            defer { content.reset() }
            content.bind(hash, at: 1)
            guard try content.next(), let bytes = KeptContent.read(content),
                let value = try? JSONValue(parsing: bytes)
            else { continue }
            let sequence = named[hash] ?? 0
            if isBundle {
                for file in value["files"]?.array ?? [] {
                    note(file["hash"], sequence, isBundle: nil)
                }
                continue
            }
            for step in (value["steps"]?.array ?? []) + (value["back"]?.array ?? []) {
                note(step["bundle"], sequence, isBundle: true)
            }
            for move in value["moves"]?.array ?? [] {
                note(move["bundle"], sequence, isBundle: true)
                note(move["bundleBack"], sequence, isBundle: true)
            }
        }
        return named
    }
}
