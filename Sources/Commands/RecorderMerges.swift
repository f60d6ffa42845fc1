public import Ledger
public import LedgerProof
internal import Projections

extension Recorder {
    /// Takes over what another ledger recorded, as far as it is not here: each entry with its id,
    /// time, author and source, at a new place. Said again it adds nothing.
    ///
    /// Throws `Refusal` if the other ledger is not signed to its end by one of the keys, or has
    /// work that is half done; `ProofProblem`, `StoreProblem`.
    public func merge(
        _ other: any EventStore, trusting keys: [VerifierKey]
    ) async throws -> MergeResult {
        let (note, checkpoint) = try await signedEnd(of: other)
        _ = try Checkpoint.opened(note, trusting: keys)
        try await refuseHalfDone(other)
        var result = MergeResult()
        var drafts: [(draft: Draft, stream: StreamName)] = []
        var headers: [[UInt8]] = []
        try await other.each { entry in
            headers.append(Array(LeafHasher.header(of: entry).utf8))
            if Merging.left.contains(entry.kind) {
                result.left += 1
                return
            }
            let draft = Merging.draft(of: entry, from: checkpoint.origin, at: surroundings.now())
            guard let here = try await store.entry(entry.id) else {
                drafts.append((draft, entry.stream))
                return
            }
            guard Merging.isSame(here, draft) else { throw Self.contradiction(here, entry) }
            result.known += 1
        }
        if drafts.isEmpty { return result }
        try await keepContents(of: other)
        result.entry = try await tell(note, checkpoint, headers, keys)
        for batch in Self.batches(drafts) {
            let before = try await store.head().sequence
            let entries = try await add(batch)
            let new = entries.count { $0.sequence > before }
            result.added += new
            result.known += entries.count - new
        }
        return result
    }

    private func signedEnd(
        of other: any EventStore
    ) async throws -> (SignedNote, Checkpoint) {
        let size = try await other.head().sequence
        if let note = try await other.checkpoint(covering: nil) {
            let checkpoint = try Checkpoint(note.text)
            if checkpoint.size == size { return (note, checkpoint) }
        }
        throw Refusal(
            .notPossible, "the other ledger is not signed to its end",
            cause: "no checkpoint covers its \(size) entries",
            hint: "make it a key, which signs what is there: ledger key new --db FILE")
    }

    private func refuseHalfDone(_ other: any EventStore) async throws {
        guard let run = try await Projector(other).runs().first(where: { $0.state == .running })
        else { return }
        throw Refusal(
            .notPossible, "run \(run.number) of the other ledger was left half-way",
            cause: "what it has done is not known to its end",
            hint: "finish it there first: ledger runs resume \(run.number) --db FILE, or abandon it"
        )
    }

    private static func contradiction(_ here: Entry, _ there: Entry) -> Refusal {
        Refusal(
            .invalid, "the two ledgers say different things under one id",
            cause: "\(here.id) is entry \(here.sequence) (\(here.kind)) here, and entry "
                + "\(there.sequence) (\(there.kind)) there",
            hint: "one of them was changed: look at both with `ledger verify`")
    }

    /// Plans and bundles that the entries refer to.
    private func keepContents(of other: any EventStore) async throws {
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

    /// Records where what follows comes from; `nil` if that is recorded already.
    private func tell(
        _ note: SignedNote, _ checkpoint: Checkpoint, _ headers: [[UInt8]], _ keys: [VerifierKey]
    ) async throws -> Int? {
        if try await store.merges().contains(where: { $0.checkpoint == note.description }) {
            return nil
        }
        let contents = Merging.contents(of: headers)
        let key = try note.signers(among: keys).first
        let merge = Merge(
            origin: checkpoint.origin, key: key.map { "\($0)" } ?? "",
            checkpoint: note.description, log: contents.map(\.hash))
        let (draft, stream) = try draft(of: Fact(.merged(merge)))
        return try await store.append(
            [draft], to: stream, expecting: .any, keeping: contents)[0].sequence
    }

    /// Parts for one append each; a correction begins one, since what it corrects must have its
    /// place.
    private static func batches(
        _ drafts: [(draft: Draft, stream: StreamName)]
    ) -> [[(draft: Draft, stream: StreamName)]] {
        var batches: [[(draft: Draft, stream: StreamName)]] = []
        for one in drafts {
            let begins = one.draft.kind == EventKind.eventCorrected.rawValue
            if begins || batches.isEmpty || batches[batches.count - 1].count == Limits.page {
                batches.append([])
            }
            batches[batches.count - 1].append(one)
        }
        return batches
    }

    private func add(_ batch: [(draft: Draft, stream: StreamName)]) async throws -> [Entry] {
        var batch = batch
        if batch[0].draft.kind == EventKind.eventCorrected.rawValue,
            let id = batch[0].draft.payloadValue["entry"]?.string.flatMap({ EntryID($0) }),
            let place = try await store.entry(id)?.sequence
        {
            batch[0].draft = Merging.pointing(batch[0].draft, to: place)
        }
        return try await store.append(
            batch.map { Append([$0.draft], to: $0.stream, expecting: .any) })
    }
}

extension EventStore {
    /// The receipt of an entry in the log that it was recorded in first; `nil` if it was recorded
    /// here.
    ///
    /// Throws `StoreProblem`.
    public func receiptElsewhere(of id: EntryID) async throws -> Receipt? {
        for merge in try await merges() {
            var headers: [[UInt8]] = []
            for hash in merge.log {
                let bytes = try await content(hash) ?? []
                headers += bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
            }
            let note = Array(merge.checkpoint.utf8)
            if let receipt = Merging.receipt(of: id, in: headers, note) { return receipt }
        }
        return nil
    }

    /// What has joined this ledger, the newest first.
    func merges() async throws -> [Merge] {
        var filter = EntryFilter()
        filter.kinds = [EventKind.ledgerMerged.rawValue]
        var merges: [Merge] = []
        try await each(filter, .newestFirst) { entry in
            if case .merged(let merge) = entry.event { merges.append(merge) }
        }
        return merges
    }
}
