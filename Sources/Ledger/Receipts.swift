public import LedgerProof

extension EventReader {
    /// The receipt of an entry, under the first checkpoint that covers it or, with `size`, under
    /// the one over so many entries or more; `nil` if none was signed since.
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

    /// The proof that the checkpoint over `later` entries or more (the newest by default) goes on
    /// from the ledger as it was with `earlier`; `nil` if none was signed since.
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

    /// The root over the first `size` entries, which must be there; throws `StoreProblem`.
    public func root(over size: Int) async throws -> TreeHash {
        try await withNodes { nodes in try TreeProof.root(of: size, nodes) }
    }
}

extension Receipt {
    /// Whether it is about an entry as it is: by what the entry says, and not by the hash that is
    /// kept of it.
    public func isAbout(_ entry: Entry) -> Bool {
        entry.sequence == index + 1 && header == Array(LeafHasher.header(of: entry).utf8)
    }
}
