internal import CSQLite
internal import Glibc
internal import Ledger
internal import LedgerProof

/// Checks append requests and writes them in the writer's transaction. Caches data between
/// transactions, and discards the cache after another process has written.
struct Appending {
    private var sealer = Sealer()
    /// SQLite's `data_version`, which counts commits by other connections, as last seen.
    private var seen = 0
    /// The last sequence in the search index.
    private var indexed = 0
    /// The entries added by the current transaction.
    private var fresh: [Entry] = []
    private var heads: [StreamName: Int] = [:]
    /// The heads of the streams that the current transaction has moved; the table has them at its
    /// end.
    private var moved: [StreamName: Int] = [:]
    private var keeper: ViewKeeper
    private let without: LeftOut
    private let signer: (any CheckpointSigner)?
    private let newest: NewestFile?

    init(
        views: [any StoredView], without: LeftOut = [],
        signer: (any CheckpointSigner)? = nil, newest: NewestFile? = nil
    ) {
        keeper = ViewKeeper(views: views)
        self.newest = newest
        self.without = without
        self.signer = signer
    }

    private static let rememberedHeads = 50_000

    /// Writes all accepted requests; a refused one does not affect the others.
    mutating func write(
        _ requests: [(appends: [Append], packed: KeptContent.Packed)], under seal: WriterSeal,
        in database: Database
    ) throws -> [Result<[Entry], StoreProblem>] {
        try catchUp(in: database)
        let before = sealer.tree.size
        let kind = try seal.begin(
            requests.allSatisfy { $0.appends.allSatisfy(Self.addsOnly) } ? .ownCheck : .triggers,
            after: before)
        defer { moved = [:] }
        let statements = try Statements(database)
        var results: [Result<[Entry], StoreProblem>] = []
        for (appends, packed) in requests {
            do {
                results.append(.success(try write(appends, packed, statements, in: database)))
            } catch let problem as StoreProblem {
                results.append(.failure(problem))
            }
        }
        defer { fresh.removeAll(keepingCapacity: true) }
        let isGrown = sealer.tree.size > before
        if isGrown {
            try keeper.flush(in: database)
            try ViewRegister.mark(sealer.tree.size, in: database)
            try writeRoot(in: database)
        }
        if kind == .ownCheck {
            try seal.check(after: before, upto: sealer.tree.size, in: database)
        }
        // Only the tables of the search index are written after the check.
        if isGrown { try extendSearch(in: database) }
        return results
    }

    /// Extends the search index if enough entries wait.
    private mutating func extendSearch(in database: Database) throws {
        // The index is written last. If its writes alternate with other inserts, SQLite flushes
        // the index early, which takes five times as long.
        if without.contains(.search) || sealer.tree.size - indexed < SearchIndex.tail { return }
        // Another process may have rebuilt the index.
        indexed = try SearchIndex.reached(in: database)
        try SearchIndex.extend(from: indexed, with: fresh, in: database)
        indexed = sealer.tree.size
    }

    /// Whether an append only adds new entries: no redaction, and nothing from a copy.
    private static func addsOnly(_ append: Append) -> Bool {
        !append.isCopy
            && append.drafts.allSatisfy {
                $0.redaction == nil && $0.kind != EventKind.payloadRedacted.rawValue
            }
    }

    /// Reads entries that another process added; rebuilds stale views.
    private mutating func catchUp(in database: Database) throws {
        let head = try number("SELECT coalesce(max(sequence), 0) FROM entry", in: database)
        // It counts commits of other connections, which may have rebuilt the views.
        let version = try number("PRAGMA data_version", in: database)
        if head == sealer.tree.size, head > 0, version == seen { return }
        seen = version
        try refuseUpgraded(in: database)
        heads = [:]
        keeper.forget()
        sealer = try Log.sealer(head: head, in: database)
        if without.isEmpty { try refuseOlder(head, in: database) }
        indexed = try SearchIndex.reached(in: database)
        let register = try ViewRegister(head: head, in: database)
        try register.removeOthers(than: keeper.views, in: database)
        let stale = register.outdated(of: keeper.views)
        if !stale.isEmpty { try ViewKeeper.rebuild(stale, head: head, in: database) }
    }

    /// Throws `StoreProblem` if a newer program changed the tables while this one had them open.
    private func refuseUpgraded(in database: Database) throws {
        let version = try number("PRAGMA user_version", in: database)
        if version == Opening.version { return }
        throw StoreProblem(
            .newer, "another ledger upgraded the file while it was open here",
            cause: "its tables have version \(version) now; this program: \(Opening.version)",
            hint: "install the newer `ledger`, and run the same command again")
    }

    private func refuseOlder(_ head: Int, in database: Database) throws {
        try newest?.refuseOlder(head: head) { size in
            try TreeProof.root(of: size, try Log.nodes(in: database))
        }
    }

    /// Stores the committed tree in the file beside the ledger.
    func remember() { if without.isEmpty { newest?.keep(sealer.tree) } }

    /// A query at the start of every transaction; its statement is cached.
    private func number(_ sql: String, in database: Database) throws -> Int {
        let row = RowAccess(try database.keptStatement(sql))
        defer { row.reset() }
        return try row.next() ? row.integer(0) : 0
    }

    private func writeRoot(in database: Database) throws {
        let row = RowAccess(
            try database.keptStatement("INSERT INTO root (size, root) VALUES (?, ?)"))
        row.bind(sealer.tree.size, at: 1)
        sealer.tree.root.withUnsafeBytes { row.bind($0, at: 2) }
        try row.run()
        // The signer (for example an SSH agent) may be unreachable and reports that itself. The
        // next checkpoint covers these entries.
        guard let note = try? signer?.checkpoint(over: sealer.tree) else { return }
        let checkpoint = RowAccess(
            try database.keptStatement(
                "INSERT INTO checkpoint (size, note) VALUES (?, ?)"))
        checkpoint.bind(sealer.tree.size, at: 1)
        checkpoint.bind(note.description, at: 2)
        try checkpoint.run()
    }

    /// Discards the cache after a rolled-back transaction.
    mutating func forget() {
        self = Appending(
            views: keeper.views, without: without, signer: signer, newest: newest)
    }

    /// The statements that every request of a transaction uses.
    private struct Statements {
        let entry: RowAccess
        let known: RowAccess
        let head: RowAccess

        init(_ database: Database) throws {
            entry = RowAccess(
                try database.keptStatement(EntryColumns.insert), adding: true)
            known = RowAccess(try database.keptStatement(EntryColumns.fromSource))
            head = RowAccess(
                try database.keptStatement("SELECT head FROM stream WHERE name = ?"))
        }
    }

    /// Checks the whole request, then writes it: a refused request changes nothing in the
    /// transaction.
    private mutating func write(
        _ request: [Append], _ packed: KeptContent.Packed, _ statements: Statements,
        in database: Database
    ) throws -> [Entry] {
        var known: [Source: Entry] = [:]
        var count = 0
        for append in request {
            count += append.drafts.count
            for draft in append.drafts {
                guard let source = draft.source else { continue }
                known[source] = try self.known(draft, source, statements.known, in: database)
            }
        }
        if !known.isEmpty {
            let entries = request.flatMap(\.drafts).compactMap { $0.source.flatMap { known[$0] } }
            if entries.count == count { return entries }
        }
        if count > 1 { try AppendRules.checkTwice(request, known: Set(known.keys)) }
        var heads: [StreamName: Int] = [:]
        for append in request {
            let head =
                try heads[append.stream] ?? head(of: append.stream, statements.head, in: database)
            try AppendRules.check(append, actual: head)
            let new =
                known.isEmpty
                ? append.drafts.count
                : append.drafts.count { $0.source.map { known[$0] == nil } ?? true }
            heads[append.stream] = head + new
        }
        let redactions = try judge(request, in: database)
        var result: [Entry] = []
        result.reserveCapacity(count)
        for append in request {
            try KeptContent.insert(append.contents, packed, in: database)
            try write(append, known, redactions, into: &result, statements, in: database)
        }
        if request.contains(where: { $0.isCopy && !$0.drafts.isEmpty }) {
            try database.execute("INSERT INTO copied (upto) VALUES (?)", sealer.tree.size)
        }
        return result
    }

    /// The redactions that the decisions in a request will make.
    private mutating func judge(
        _ request: [Append], in database: Database
    ) throws -> [EntryID: Redactions] {
        var redactions: [EntryID: Redactions] = [:]
        var copied: Set<EntryID> = []
        var earlier: [Redactions] = []
        for (place, draft) in request.flatMap(\.drafts).enumerated() {
            if draft.redaction != nil { copied.insert(draft.id) }
            guard draft.kind == EventKind.payloadRedacted.rawValue else { continue }
            // An entry in the same request is already redacted by the decision.
            let id = draft.payloadValue["entry"]?.string.flatMap { EntryID($0) }
            if let id, copied.contains(id) { continue }
            try keeper.flush(in: database)
            redactions[draft.id] = try Redactions(
                judging: draft, at: sealer.tree.size + place + 1, after: earlier,
                views: keeper.views, in: database)
            if let redaction = redactions[draft.id] { earlier.append(redaction) }
        }
        return redactions
    }

    private mutating func write(
        _ append: Append, _ known: [Source: Entry], _ redactions: [EntryID: Redactions],
        into result: inout [Entry],
        _ statements: Statements, in database: Database
    ) throws {
        var position = try head(of: append.stream, statements.head, in: database)
        for draft in append.drafts {
            if !known.isEmpty, let entry = draft.source.flatMap({ known[$0] }) {
                result.append(entry)
                continue
            }
            position += 1
            let entry = sealer.seal(
                draft, in: append.stream, at: position, hashing: !without.contains(.tree))
            EntryColumns.bind(entry, to: statements.entry)
            try statements.entry.run()
            guard database.changedRows == 1 else {
                throw DatabaseError(SQLITE_CONSTRAINT, "a foreign trigger dropped an entry")
            }
            if draft.redaction != nil { try Redactions.keep(entry, in: database) }
            try keeper.fold(entry, in: database)
            fresh.append(entry)
            result.append(entry)
            if let redaction = redactions[draft.id] {
                try redaction.carryOut(in: database)
                keeper.forget()
            }
        }
        if heads.count >= Self.rememberedHeads { heads = [:] }
        heads[append.stream] = position
        moved[append.stream] = position
    }

    private func known(
        _ draft: Draft, _ source: Source, _ row: RowAccess, in database: Database
    ) throws -> Entry? {
        row.bind(source.name, at: 1)
        row.bind(source.id, at: 2)
        defer { row.reset() }
        guard try row.next() else { return nil }
        return try AppendRules.known(draft, as: EntryColumns.read(row))
    }

    private func head(
        of stream: StreamName, _ row: RowAccess, in database: Database
    ) throws -> Int {
        if let head = moved[stream] ?? heads[stream] { return head }
        row.bind(stream.rawValue, at: 1)
        defer { row.reset() }
        let head = try row.next() ? row.integer(0) : 0
        // A stream is never longer than the ledger.
        if (0...sealer.tree.size).contains(head) { return head }
        throw StoreProblem(
            .damaged, "the stored head of \(stream) is invalid",
            cause: "it is \(head), but the ledger has \(sealer.tree.size) entries",
            hint: Hint("find the damage", run: "ledger verify"))
    }
}
