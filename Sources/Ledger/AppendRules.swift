/// The rules for appends, shared by all stores. Each store supplies its own data.
public enum AppendRules {
    /// Throws `StoreProblem` if the drafts are too many or too large, or if the head is not the
    /// expected one.
    public static func check(_ append: Append, actual: Int) throws(StoreProblem) {
        if append.drafts.count > Limits.entriesPerAppend {
            throw StoreProblem(
                .input, "one append has too many entries: \(append.drafts.count)",
                cause: "the limit is \(Limits.entriesPerAppend)", hint: "split the append")
        }
        if let draft = append.drafts.first(where: { $0.payload.utf8.count > Limits.payloadBytes }) {
            throw StoreProblem(
                .input, "the payload of \(draft.kind) is too large: \(draft.payload.utf8.count) B",
                cause: "the limit is \(Limits.payloadBytes) bytes",
                hint: "store large data elsewhere, and record its location")
        }
        if let content = append.contents.first(where: { $0.bytes.count > Limits.contentBytes }) {
            throw StoreProblem(
                .input, "a file to store is too large: \(content.bytes.count) bytes",
                cause: "the limit is \(Limits.contentBytes) bytes",
                hint: "put large files into the image, and scripts into the playbook")
        }
        if case .position(let expected) = append.expected, expected != actual {
            throw StoreProblem.conflict(append.stream, expected: expected, actual: actual)
        }
    }

    /// Throws `StoreProblem` if an id, or a source that is not recorded yet, occurs twice.
    public static func checkTwice(
        _ appends: [Append], known: Set<Source>
    ) throws(StoreProblem) {
        var ids: Set<EntryID> = []
        var sources: Set<Source> = []
        for append in appends {
            for draft in append.drafts {
                let isNewID = ids.insert(draft.id).inserted
                let isNewSource =
                    draft.source.map { known.contains($0) || sources.insert($0).inserted } ?? true
                if isNewID, isNewSource { continue }
                throw StoreProblem(
                    .input, "one append contains the same id or source twice",
                    cause: draft.source.map { "\($0.name), \($0.id)" } ?? "the id \(draft.id)",
                    hint: "the id of a source names one fact: correct one of the two")
            }
        }
    }

    /// The existing entry for the draft's source, if it states the same fact; throws
    /// `.contradiction` if not.
    public static func known(_ draft: Draft, as entry: Entry) throws(StoreProblem) -> Entry {
        guard entry.draft.tells(theSameAs: draft) else {
            throw StoreProblem.contradiction(entry, draft)
        }
        return entry
    }
}
