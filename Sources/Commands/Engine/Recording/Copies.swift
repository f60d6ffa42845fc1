internal import CommandPorts
public import Ledger

extension Recorder {
    /// Takes over entries from a copy of another ledger unchanged: with their ids, times, authors
    /// and positions. Entries that exist here must be equal.
    ///
    /// Throws `Refusal` if the history of this ledger differs, or is shorter than the start of the
    /// copy; `StoreProblem`.
    public func copy(_ entries: [Entry], keeping contents: [Content] = []) async throws -> Int {
        let head = try await store.head().sequence
        var new: [Entry] = []
        for entry in entries {
            if entry.sequence > head {
                new.append(entry)
                continue
            }
            let here = try await store.entry(at: entry.sequence)
            // A later redaction, here or there, does not change the leaf.
            guard here.map(LeafHasher.header) == LeafHasher.header(of: entry) else {
                throw Refusal(
                    .notPossible, "this ledger is not a prefix of the copy",
                    cause:
                        "entry \(entry.sequence) is \(here?.id.description ?? "missing") here, "
                        + "and \(entry.id) there",
                    hint: Hint("import into a new ledger", run: "ledger init --db NEW"))
            }
        }
        var appends: [Append] = []
        for entry in new {
            var append = Append(
                [entry.draft], to: entry.stream, expecting: .position(entry.position - 1))
            append.isCopy = true
            appends.append(append)
        }
        if !contents.isEmpty {
            appends.append(Append([], to: .general, expecting: .any, keeping: contents))
        }
        if !appends.isEmpty { _ = try await store.append(appends) }
        return new.count
    }
}
