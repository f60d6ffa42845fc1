internal import CommandPorts
internal import Commands
internal import CommandSecrets
public import Ledger
internal import LedgerText

/// What somebody else signs who says yes to a redaction.
public struct RedactionStatement: Hashable, Sendable {
    public let text: String

    /// For a decision about an entry, asked for by somebody.
    public init(_ decision: Redacted, of entry: Entry, by author: Author) {
        text =
            ([
                "ledger redaction, version 1", "entry: \(entry.id)",
                "environment: \(entry.subject.environment?.rawValue ?? "none")",
            ] + decision.fields.map { "field: \($0)" } + [
                "reason: \(decision.reason.fullLines.joined(separator: " "))",
                "payload: \(decision.payload)", "left: \(decision.left)",
                "asked for by: \(author.name)",
            ]).joined(separator: "\n") + "\n"
    }
}

extension Recorder {
    /// The decision to take fields out of an entry's payload; writes nothing.
    ///
    /// Throws `FieldProblem` if there is no such field, `Refusal` if bytes of it cannot be taken
    /// out.
    public func redaction(
        of fields: [String], in entry: Entry, reason: String
    ) throws -> Redacted {
        try MarkRules.needReason(reason)
        if Redacted.keptWhole.contains(entry.kind) {
            throw Refusal(
                .notPossible, "nothing is taken out of \(entry.kind)",
                cause: "whoever checks the ledger needs it whole")
        }
        if let field = fields.first(where: { Subject.names.contains($0) }),
            entry.payload[field] == nil, entry.fields[field] != nil
        {
            throw Refusal(
                .notPossible, "\(field) is in the header of the entry, and stays",
                cause: "the header is hashed as it is; only of the payload the hash is enough",
                hint: "correct it, which leaves both to be seen: ledger correct \(entry.sequence) "
                    + "\(field)=… --reason …")
        }
        let decision = try Redacted(fields, of: entry, reason: secretFilter.redacted(reason))
        let taken = try Redaction.rest(of: entry.payload, without: fields).taken
        if let what = Self.repeated(in: reason, of: taken) {
            throw Refusal(
                .invalid, "the reason holds what is to be taken out",
                cause: "a reason is an entry, and stays; \(what)",
                hint: "say it in other words")
        }
        return decision
    }

    /// Letters from which on a word of nothing else may be a secret: ordinary ones are shorter.
    private static let longWord = 16

    /// What of a reason stands in what is taken out too, and may be a secret: all of a text, or a
    /// word that is long enough, and longer if it is of letters alone. The word itself is not said.
    private static func repeated(in reason: String, of taken: [JSONValue]) -> String? {
        let texts = taken.map { $0.string ?? Canonical.text($0) }.filter { !$0.isEmpty }
        if texts.contains(where: { reason.contains($0) }) { return "all of it stands there" }
        let words = reason.split { $0.isWhitespace || "=:,;\"'`()<>[]{}/".contains($0) }
        let place = words.firstIndex { word in
            let bare = word.trimming(while: \.isPunctuation)
            let least = bare.allSatisfy(\.isLetter) ? longWord : SecretFilter.shortestSecret
            return bare.count >= least && texts.contains { $0.contains(bare) }
        }
        return place.map { "its word \($0 + 1) stands there too" }
    }

    /// Records the decision, which takes the bytes out. Throws `StoreProblem`.
    public func redact(_ decision: Redacted, of entry: Entry) async throws -> Entry {
        let (draft, _) = try draft(of: Fact(.redacted(decision)))
        return try await store.append([draft], to: entry.stream, expecting: .any)[0]
    }
}

extension Substring {
    /// Without such characters at both ends.
    fileprivate func trimming(while drop: (Character) -> Bool) -> Substring {
        guard let first = firstIndex(where: { !drop($0) }),
            let last = lastIndex(where: { !drop($0) })
        else { return "" }
        return self[first...last]
    }
}
