internal import Foundation
public import Ledger
internal import LedgerProof
internal import LedgerText

/// A line of a ledger's copy as JSON lines (jsonlines.org): what the copy holds, then the bytes
/// that entries refer to, then the entries in their order. Read again, it gives the same ledger.
public enum CopyLine: Hashable, Sendable {
    /// How many entries the copy has, and the root of the tree over them.
    case head(LedgerHead)
    case content(Content)
    /// Without its inner nodes, which follow from the leaves.
    case entry(Entry)

    /// The version of this form.
    public static let version = 1

    /// The line, without its end.
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
                    reason: "it is of version \(Canonical.text(version)), and this program reads "
                        + "version \(Self.version)")
            }
            guard let entries = json["entries"]?.integer,
                let root = json["root"]?.string.flatMap(Hex.decode).flatMap({ TreeHash(bytes: $0) })
            else {
                throw FieldProblem(field: "root", reason: "entries and root are wanted")
            }
            self = .head(LedgerHead(sequence: entries, root: root))
        } else if let hash = json["content"]?.string {
            guard let bytes = json["bytes"]?.string.flatMap({ Data(base64Encoded: $0) }) else {
                throw FieldProblem(field: "bytes", reason: "base64 is wanted (RFC 4648)")
            }
            let content = Content(Array(bytes))
            guard content.hash.rawValue == hash else {
                throw FieldProblem(field: "bytes", reason: "they have another hash than \(hash)")
            }
            self = .content(content)
        } else {
            let entry = try Entry(json: json)
            // What would be lost on the way in is no part of an entry.
            let all = entry.json.object ?? [:]
            if let other = json.object?.first(where: { all[$0.key] != $0.value }) {
                throw FieldProblem(field: other.key, reason: "no entry has it in that form")
            }
            self = .entry(entry)
        }
    }
}

/// Checks a copy line by line, before anything of it is written.
public struct CopyCheck {
    private var head: LedgerHead?
    private var sealer = Sealer()
    private var positions: [StreamName: Int] = [:]
    /// Entries from which bytes were taken out, by the decision that is still to come.
    private var redacted: [Int: [Entry]] = [:]

    public init() {}

    /// Throws `FieldProblem` if the line does not follow those before it.
    public mutating func add(_ line: CopyLine) throws(FieldProblem) {
        switch line {
        case .head(let head):
            guard self.head == nil else {
                throw FieldProblem(field: "ledger", reason: "a second copy begins here")
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
                    field: "sequence", reason: "\(sealed.sequence) is wanted, not \(entry.sequence)"
                )
            }
            if entry.position != position {
                throw FieldProblem(
                    field: "position", reason: "\(position) is wanted, not \(entry.position)")
            }
            if entry.recorded != sealed.recorded {
                throw FieldProblem(field: "recorded", reason: "it lies before the last entry's")
            }
            if let leaf = entry.hashes.first, leaf != sealed.hashes.first {
                throw FieldProblem(
                    field: "leaf", reason: "the entry has another hash: it was changed")
            }
            if let decision = entry.draft.redaction?.decision {
                redacted[decision, default: []].append(entry)
            }
            for left in redacted.removeValue(forKey: entry.sequence) ?? [] {
                try decides(entry, of: left)
            }
        }
    }

    /// Bytes are missing only where a later entry says so.
    private func decides(_ decision: Entry, of left: Entry) throws(FieldProblem) {
        if case .redacted(let redacted) = decision.event, redacted.holds(of: left) { return }
        throw FieldProblem(
            field: "redactedBy",
            reason: "entry \(decision.sequence) does not decide what is left of \(left.sequence)")
    }

    private func begun() throws(FieldProblem) {
        if head == nil {
            throw FieldProblem(field: "ledger", reason: "the first line does not say what follows")
        }
    }

    /// Throws `FieldProblem` unless the copy is whole: as many entries as it says, with its root.
    public func end() throws(FieldProblem) -> LedgerHead {
        try begun()
        let found = LedgerHead(sequence: sealer.tree.size, root: sealer.tree.root)
        if let (decision, entries) = redacted.min(by: { $0.key < $1.key }) {
            throw FieldProblem(
                field: "redactedBy",
                reason: "entry \(decision), which decides what is left of \(entries[0].sequence), "
                    + "does not come after it")
        }
        guard let head, head != found else { return found }
        throw FieldProblem(
            field: "root",
            reason: head.sequence == found.sequence
                ? "the entries have another root than the copy says: it was changed"
                : "the copy says \(head.sequence) entries, and holds \(found.sequence)")
    }
}
