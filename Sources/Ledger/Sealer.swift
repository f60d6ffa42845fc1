public import LedgerProof

/// Gives drafts their place and their hashes: the one way in which an entry comes to be.
public struct Sealer: Sendable {
    public private(set) var tree: Tree
    /// When the last entry was recorded: the next is never earlier.
    public private(set) var recorded: Timestamp
    private var hasher = LeafHasher()

    /// A sealer that goes on after a tree and the moment of its last entry.
    public init(tree: Tree = Tree(), recorded: Timestamp = Timestamp(microseconds: .min)) {
        self.tree = tree
        self.recorded = recorded
    }

    /// The entry that the draft becomes, right after the last one.
    public mutating func seal(_ draft: Draft, in stream: StreamName, at position: Int) -> Entry {
        seal(draft, in: stream, at: position, hashing: true)
    }

    /// The same, or the entry without its hashes, to measure what they cost.
    package mutating func seal(
        _ draft: Draft, in stream: StreamName, at position: Int, hashing: Bool
    ) -> Entry {
        var draft = draft
        draft.recorded = max(draft.recorded, recorded)
        recorded = draft.recorded
        var entry = Entry(
            sequence: tree.size + 1, stream: stream, position: position, draft: draft)
        entry.hashes = hashing ? tree.append(hasher.leaf(of: entry)) : tree.grow()
        return entry
    }
}

/// What an append must satisfy whatever the store: one home for the rule, judged by each store with
/// its own data.
public enum AppendRules {
    /// Throws `StoreProblem` if the drafts are too many or too large, or if the head is not the
    /// expected one.
    public static func check(_ append: Append, actual: Int) throws(StoreProblem) {
        if append.drafts.count > Limits.entriesPerAppend {
            throw StoreProblem(
                .input, "\(append.drafts.count) entries are too many for one append",
                cause: "the limit is \(Limits.entriesPerAppend)", hint: "append them in parts")
        }
        if let draft = append.drafts.first(where: { $0.payload.utf8.count > Limits.payloadBytes }) {
            throw StoreProblem(
                .input, "a payload of \(draft.kind) has \(draft.payload.utf8.count) bytes",
                cause: "the limit is \(Limits.payloadBytes)",
                hint: "keep large things elsewhere, and record where they are")
        }
        if let content = append.contents.first(where: { $0.bytes.count > Limits.contentBytes }) {
            throw StoreProblem(
                .input, "a file that is to be kept has \(content.bytes.count) bytes",
                cause: "the limit is \(Limits.contentBytes)",
                hint: "put large things into the image, and scripts into the playbook")
        }
        if case .position(let expected) = append.expected, expected != actual {
            throw StoreProblem.conflict(append.stream, expected: expected, actual: actual)
        }
    }

    /// Throws `StoreProblem` if one id, or one source that is not known yet, occurs twice.
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
                    .input, "one append holds the same id or the same source twice",
                    hint: "append the second by itself: it is then found to be known")
            }
        }
    }

    /// The entry that exists for the draft's source, if it tells the same; throws `.contradiction`
    /// if not.
    public static func known(_ draft: Draft, as entry: Entry) throws(StoreProblem) -> Entry {
        guard entry.draft.tells(theSameAs: draft) else {
            throw StoreProblem.contradiction(entry, draft)
        }
        return entry
    }
}
