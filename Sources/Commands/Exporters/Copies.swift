internal import FoundationEssentials
public import Ledger
internal import LedgerProof
internal import LedgerText

/// A line of a ledger's copy as JSON lines (jsonlines.org). The copy begins with a head line. The
/// bytes that entries refer to follow, then the entries in order. Importing the copy gives the same
/// ledger.
public enum CopyLine: Hashable, Sendable {
    /// The number of entries in the copy, and the root of the tree over them.
    case head(LedgerHead)
    case content(Content)
    /// An entry without its inner nodes, which can be computed from the leaves.
    case entry(Entry)

    /// The version of this format.
    public static let version = 1

    /// The line, without its line feed.
    public var text: String {
        switch self {
        case .head(let head):
            Canonical.text([
                "ledger": JSONValue(Self.version), "entries": JSONValue(head.sequence),
                "root": .string(head.root.description),
            ])
        case .content(let content):
            Canonical.text([
                "content": .string(content.hash.rawValue),
                "bytes": .string(Data(content.bytes).base64EncodedString()),
            ])
        case .entry(let entry): Canonical.text(entry.json)
        }
    }

    /// Reads a line. Throws `JSONProblem` or `FieldProblem`.
    public init(parsing line: some Collection<UInt8>) throws {
        let json = try JSONValue(parsing: Array(line))
        if let version = json["ledger"] {
            guard version.integer == Self.version else {
                throw FieldProblem(
                    field: "ledger",
                    reason: "the copy has version \(Canonical.text(version)); this program reads "
                        + "version \(Self.version)")
            }
            guard let entries = json["entries"]?.integer,
                let root = json["root"]?.string.flatMap(Hex.decode).flatMap({ TreeHash(bytes: $0) })
            else {
                throw FieldProblem(field: "root", reason: "entries and root are required")
            }
            self = .head(LedgerHead(sequence: entries, root: root))
        } else if let hash = json["content"]?.string {
            guard let bytes = json["bytes"]?.string.flatMap({ Data(base64Encoded: $0) }) else {
                throw FieldProblem(field: "bytes", reason: "base64 is required (RFC 4648)")
            }
            let content = Content(Array(bytes))
            guard content.hash.rawValue == hash else {
                throw FieldProblem(field: "bytes", reason: "their hash is not \(hash)")
            }
            self = .content(content)
        } else {
            let entry = try Entry(json: json)
            // Every member must belong to the entry; the import would lose any other member.
            let all = entry.json.object ?? [:]
            if let other = json.object?.first(where: { all[$0.key] != $0.value }) {
                throw FieldProblem(field: other.key, reason: "not a valid member of an entry")
            }
            self = .entry(entry)
        }
    }
}

/// Checks a copy line by line, before the import writes any of it.
public struct CopyCheck {
    private var head: LedgerHead?
    private var sealer = Sealer()
    private var positions: [StreamName: Int] = [:]
    /// Redacted entries, by the sequence of the redaction entry that must follow.
    private var redacted: [Int: [Entry]] = [:]

    public init() {}

    /// Throws `FieldProblem` if the line does not fit the lines before it.
    public mutating func add(_ line: CopyLine) throws(FieldProblem) {
        switch line {
        case .head(let head):
            guard self.head == nil else {
                throw FieldProblem(field: "ledger", reason: "the file contains a second head line")
            }
            self.head = head
        case .content: try begun()
        case .entry(let entry):
            try begun()
            let position = positions[entry.stream, default: 0] + 1
            positions[entry.stream] = position
            let sealed = sealer.seal(entry.draft, in: entry.stream, at: position)
            if entry.sequence != sealed.sequence {
                throw FieldProblem(
                    field: "sequence",
                    reason: "expected \(sealed.sequence), found \(entry.sequence)"
                )
            }
            if entry.position != position {
                throw FieldProblem(
                    field: "position", reason: "expected \(position), found \(entry.position)")
            }
            if entry.recorded != sealed.recorded {
                throw FieldProblem(field: "recorded", reason: "earlier than the previous entry")
            }
            if let leaf = entry.hashes.first, leaf != sealed.hashes.first {
                throw FieldProblem(
                    field: "leaf", reason: "the hash does not match: the entry was changed")
            }
            if let decision = entry.draft.redaction?.decision {
                redacted[decision, default: []].append(entry)
            }
            for left in redacted.removeValue(forKey: entry.sequence) ?? [] {
                try decides(entry, of: left)
            }
        }
    }

    /// A later redaction entry must account for all missing bytes.
    private func decides(_ decision: Entry, of left: Entry) throws(FieldProblem) {
        if case .redacted(let redacted) = decision.event, redacted.holds(of: left) { return }
        throw FieldProblem(
            field: "redactedBy",
            reason: "entry \(decision.sequence) does not redact entry \(left.sequence) this way")
    }

    private func begun() throws(FieldProblem) {
        if head == nil {
            throw FieldProblem(field: "ledger", reason: "the first line is not the head of a copy")
        }
    }

    /// Throws `FieldProblem` unless the copy is complete: its entries match the stated number and
    /// root.
    public func end() throws(FieldProblem) -> LedgerHead {
        try begun()
        let found = LedgerHead(sequence: sealer.tree.size, root: sealer.tree.root)
        if let (decision, entries) = redacted.min(by: { $0.key < $1.key }) {
            throw FieldProblem(
                field: "redactedBy",
                reason: "entry \(decision), which redacts entry \(entries[0].sequence), "
                    + "is missing")
        }
        guard let head, head != found else { return found }
        throw FieldProblem(
            field: "root",
            reason: head.sequence == found.sequence
                ? "the entries do not match the stated root: the copy was changed"
                : "the copy states \(head.sequence) entries and contains \(found.sequence)")
    }
}
