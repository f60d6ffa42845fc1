public import LedgerProof

extension EventReader {
    /// The receipt of an entry, under the first checkpoint that covers it. With `size` the
    /// checkpoint covers at least that many entries. `nil` if there is no such checkpoint.
    ///
    /// Throws `StoreProblem`.
    public func receipt(for entry: Entry, under size: Int? = nil) async throws -> Receipt? {
        let index = entry.sequence - 1
        let least = max(entry.sequence, size ?? 0)
        guard let note = try await checkpoint(covering: least) else { return nil }
        let checkpoint = try Checkpoint(note.text)
        let hashes = try await withNodes { nodes in
            try TreeProof.inclusion(of: index, in: checkpoint.size, nodes)
        }
        return Receipt(
            index: index, hashes: hashes, header: Array(LeafHasher.header(of: entry).utf8),
            note: Array(note.description.utf8))
    }

    /// The proof that a later checkpoint extends the ledger of `earlier` entries. The checkpoint
    /// covers at least `later` entries (by default it is the newest). `nil` if there is no such
    /// checkpoint.
    ///
    /// Throws `StoreProblem`.
    public func consistency(from earlier: Int, to later: Int? = nil) async throws -> Consistency? {
        guard let note = try await checkpoint(covering: later) else { return nil }
        let checkpoint = try Checkpoint(note.text)
        guard earlier > 0, earlier <= checkpoint.size else { return nil }
        let hashes = try await withNodes { nodes in
            try TreeProof.consistency(from: earlier, to: checkpoint.size, nodes)
        }
        return Consistency(old: earlier, hashes: hashes, note: Array(note.description.utf8))
    }

    /// The root over the first `size` entries, which must exist; throws `StoreProblem`.
    public func root(over size: Int) async throws -> TreeHash {
        try await withNodes { nodes in try TreeProof.root(of: size, nodes) }
    }
}

extension Receipt {
    /// Whether the receipt matches the current entry, by recomputing the entry's header instead of
    /// using the stored hash.
    public func isAbout(_ entry: Entry) -> Bool {
        entry.sequence == index + 1 && header == Array(LeafHasher.header(of: entry).utf8)
    }
}
