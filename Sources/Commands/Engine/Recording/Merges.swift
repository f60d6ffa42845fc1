internal import CommandPorts
public import Ledger
public import LedgerProof
internal import Projections

extension Recorder {
    /// Takes over the entries of another ledger that are missing here: each with its id, time,
    /// author and source, at a new sequence. A second merge adds nothing.
    ///
    /// Throws `Refusal` if no trusted key has signed the other ledger to its end, or if it has
    /// half-way runs; `ProofProblem`, `StoreProblem`.
    public func merge(
        _ other: any EventReader, trusting keys: [VerifierKey]
    ) async throws -> MergeResult {
        let (note, checkpoint) = try await signedEnd(of: other)
        _ = try Checkpoint.opened(note, trusting: keys)
        try await refuseHalfDone(other)
        var result = MergeResult()
        var coming = Coming()
        try await read(other, upTo: checkpoint, into: &coming, &result)
        if coming.drafts.isEmpty { return result }
        try await keepContents(of: other)
        let tells = try await tells(note, checkpoint, coming.headers, keys)
        for (number, batch) in Self.batches(coming.drafts).enumerated() {
            let before = try await store.head().sequence
            let entries = try await add(
                number == 0 ? tells : nil, batch.map { try pointed($0, coming.places) })
            if number == 0, tells != nil { result.entry = entries.first?.sequence }
            let others = entries.suffix(batch.count)
            for (one, entry) in zip(batch, others) { coming.places[one.draft.id] = entry.sequence }
            let new = others.count { $0.sequence > before }
            result.added += new
            result.known += others.count - new
        }
        return result
    }

    /// The entries of the merge, and their sequences here.
    private struct Coming {
        var drafts: [(draft: Draft, stream: StreamName)] = []
        var headers: [[UInt8]] = []
        /// The sequences, here, of entries by their ids in the other ledger.
        var places: [EntryID: Int] = [:]
        /// The ids of all entries that are here, or will be.
        var joined: Set<EntryID> = []
        /// The ids of the entries that are not merged.
        var left: Set<EntryID> = []
    }

    /// Reads the log that the checkpoint covers. Throws `Refusal` if its root differs, or if it
    /// contains an entry that is not allowed here.
    private func read(
        _ other: any EventReader, upTo checkpoint: Checkpoint, into coming: inout Coming,
        _ result: inout MergeResult
    ) async throws {
        var filter = EntryFilter()
        filter.sequences = 1...max(1, checkpoint.size)
        var tree = Tree()
        var ids: Set<EntryID> = []
        var read = (coming, result)
        try await other.each(filter) { entry in
            let header = Array(LeafHasher.header(of: entry).utf8)
            _ = tree.append(Receipt.leaf(of: header))
            read.0.headers.append(header)
            ids.insert(entry.id)
            let corrected = MergedEntry.corrected(by: entry.draft)
            if MergedEntry.left.contains(entry.kind) || corrected.map(read.0.left.contains) == true
            {
                read.0.left.insert(entry.id)
                read.1.left += 1
                return
            }
            // An entry belongs to a run of its own log: only this ledger writes entries of its
            // runs.
            if let run = entry.draft.correlation, !ids.contains(run) {
                throw Refusal(
                    .invalid,
                    "entry \(entry.sequence) of the other ledger belongs to a run elsewhere",
                    cause: "run \(run) was not planned in it",
                    hint: Hint("compare both", run: "ledger show"))
            }
            if let corrected, !read.0.joined.contains(corrected) {
                throw Self.correctsNothing(corrected)
            }
            read.0.joined.insert(entry.id)
            let draft = MergedEntry.draft(
                of: entry, from: checkpoint.origin, salt: surroundings.newSalt())
            guard let here = try await known(entry, draft) else {
                read.0.drafts.append((draft, entry.stream))
                return
            }
            read.0.places[entry.id] = here.sequence
            read.1.known += 1
            let isWhole = here.draft.payload != entry.draft.payload
            if entry.draft.redaction != nil, here.draft.redaction == nil, isWhole {
                read.1.whole.append(here.sequence)
            }
        }
        (coming, result) = read
        if checkpoint.size > 0, tree.root == checkpoint.root { return }
        throw Refusal(
            .invalid, "the other ledger's checkpoint does not match its entries",
            cause: "the checkpoint's root is \(checkpoint.root), the entries' root is \(tree.root)",
            hint: Hint("verify that ledger", run: "ledger verify"))
    }

    /// The existing entry, by its id or its source; throws if its content differs.
    private func known(_ entry: Entry, _ draft: Draft) async throws -> Entry? {
        if let here = try await store.entry(entry.id) {
            guard MergedEntry.isSame(here, entry) else { throw Self.contradiction(here, entry) }
            return here
        }
        guard let source = draft.source, let told = try await store.entry(from: source) else {
            return nil
        }
        // A redacted entry was recorded nevertheless.
        var whole = MergedEntry.pointing(draft, to: told.corrects)
        whole.redaction = entry.draft.redaction
        return try AppendRules.known(whole, as: told)
    }

    /// A correction also names the sequence of the corrected entry, which differs here.
    private func pointed(
        _ one: (draft: Draft, stream: StreamName), _ places: [EntryID: Int]
    ) throws -> (draft: Draft, stream: StreamName) {
        guard let id = MergedEntry.corrected(by: one.draft) else { return one }
        guard let place = places[id] else { throw Self.correctsNothing(id) }
        return (MergedEntry.pointing(one.draft, to: place), one.stream)
    }

    private static func correctsNothing(_ id: EntryID) -> Refusal {
        Refusal(
            .invalid, "a correction of the other ledger names an unknown entry",
            cause: "it names the entry \(id)",
            hint: Hint("verify that ledger", run: "ledger verify"))
    }

    private func signedEnd(
        of other: any EventReader
    ) async throws -> (SignedNote, Checkpoint) {
        let size = try await other.head().sequence
        if let note = try await other.checkpoint(covering: nil) {
            let checkpoint = try Checkpoint(note.text)
            if checkpoint.size == size { return (note, checkpoint) }
        }
        throw Refusal(
            .notPossible, "the other ledger is not signed to its end",
            cause: "no checkpoint covers its \(size) entries",
            hint: Hint("create a key, which signs its entries", run: "ledger key new --db FILE"))
    }

    private func refuseHalfDone(_ other: any EventReader) async throws {
        guard let run = try await Projector(other).runs().first(where: { $0.state == .running })
        else { return }
        throw Refusal(
            .notPossible, "run \(run.number) of the other ledger is half-way",
            cause: "its final result is unknown",
            hint: "finish it there first: ledger runs resume \(run.number) --db FILE, or abandon it"
        )
    }

    private static func contradiction(_ here: Entry, _ there: Entry) -> Refusal {
        Refusal(
            .invalid, "the two ledgers have different entries with one id",
            cause: "\(here.id) is entry \(here.sequence) (\(here.kind)) here, and entry "
                + "\(there.sequence) (\(there.kind)) there",
            hint: "one of them was changed: check both with `ledger verify`")
    }

    /// The plans and bundles that the entries refer to.
    private func keepContents(of other: any EventReader) async throws {
        var last: ContentHash?
        while true {
            let page = try await other.contentHashes(after: last, limit: Limits.page)
            for hash in page {
                if try await store.content(hash) != nil { continue }
                guard let bytes = try await other.content(hash) else { continue }
                _ = try await store.append([
                    Append([], to: .general, expecting: .any, keeping: [Content(bytes)])
                ])
            }
            guard page.count == Limits.page, let end = page.last else { return }
            last = end
        }
    }

    /// The fact that records the origin of the entries; `nil` if it is already recorded.
    private func tells(
        _ note: SignedNote, _ checkpoint: Checkpoint, _ headers: [[UInt8]], _ keys: [VerifierKey]
    ) async throws -> Append? {
        if try await store.merges().contains(where: { $0.checkpoint == note.description }) {
            return nil
        }
        let contents = MergedEntry.contents(of: headers)
        let key = try note.signers(among: keys).first
        let merge = Merge(
            origin: checkpoint.origin, key: key.map { "\($0)" } ?? "",
            checkpoint: note.description, log: contents.map(\.hash))
        let (draft, stream) = try draft(of: Fact(.merged(merge)))
        return Append([draft], to: stream, expecting: .any, keeping: contents)
    }

    /// Parts for one append each. A correction begins a new part, since the corrected entry must
    /// already have its sequence.
    private static func batches(
        _ drafts: [(draft: Draft, stream: StreamName)]
    ) -> [[(draft: Draft, stream: StreamName)]] {
        var batches: [[(draft: Draft, stream: StreamName)]] = []
        for one in drafts {
            let begins = MergedEntry.corrected(by: one.draft) != nil
            if begins || batches.isEmpty
                || batches[batches.count - 1].count == Limits.entriesPerAppend - 1
            {
                batches.append([])
            }
            batches[batches.count - 1].append(one)
        }
        return batches
    }

    /// The origin is appended with the first entries, or not at all. It precedes them, so that no
    /// entry seems to have been known before.
    private func add(
        _ tells: Append?, _ batch: [(draft: Draft, stream: StreamName)]
    ) async throws -> [Entry] {
        let appends = batch.map { Append([$0.draft], to: $0.stream, expecting: .any) }
        return try await store.append([tells].compactMap(\.self) + appends)
    }
}
