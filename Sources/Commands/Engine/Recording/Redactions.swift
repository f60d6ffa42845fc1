internal import CommandPorts
internal import Commands
internal import CommandSecrets
public import Ledger
internal import LedgerText

/// The text that another person signs to approve a redaction.
public struct RedactionStatement: Hashable, Sendable {
    public let text: String

    /// The text for a decision about an entry, with the person who requests it.
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
    /// Decides which fields of an entry's payload to redact; writes nothing.
    ///
    /// Throws `FieldProblem` if there is no such field, `Refusal` if a field cannot be redacted.
    public func redaction(
        of fields: [String], in entry: Entry, reason: String
    ) throws -> Redacted {
        try MarkRules.needReason(reason)
        if Redacted.keptWhole.contains(entry.kind) {
            throw Refusal(
                .notPossible, "entries of kind \(entry.kind) cannot be redacted",
                cause: "verification of the ledger requires the complete entry")
        }
        if let field = fields.first(where: { Subject.names.contains($0) }),
            entry.payload[field] == nil, entry.fields[field] != nil
        {
            throw Refusal(
                .notPossible, "\(field) is in the header of the entry and cannot be redacted",
                cause: "a leaf contains the complete header, and only the hash of the payload",
                hint: Hint(
                    "correct it, and both values stay visible",
                    run: "ledger correct \(entry.sequence) \(field)=… --reason …"))
        }
        let decision = try Redacted(fields, of: entry, reason: secretFilter.redacted(reason))
        let taken = try Redaction.rest(of: entry.payload, without: fields).taken
        if let what = Self.repeated(in: reason, of: taken) {
            throw Refusal(
                .invalid, "the reason contains redacted text",
                cause: "the reason is recorded permanently; \(what)",
                hint: "write the reason in other words")
        }
        return decision
    }

    /// The minimum length of a letters-only word that may be a secret: ordinary words are shorter.
    private static let longWord = 16

    /// The part of a reason that is in the redacted text too, and may be a secret: the whole text,
    /// or a word that is long enough. A letters-only word must be longer. The answer does not
    /// repeat the word.
    private static func repeated(in reason: String, of taken: [JSONValue]) -> String? {
        let texts = taken.map { $0.string ?? Canonical.text($0) }.filter { !$0.isEmpty }
        if texts.contains(where: { reason.contains($0) }) { return "the redacted text contains it" }
        let words = reason.split { $0.isWhitespace || "=:,;\"'`()<>[]{}/".contains($0) }
        let place = words.firstIndex { word in
            let bare = word.trimming(while: \.isPunctuation)
            let least = bare.allSatisfy(\.isLetter) ? longWord : SecretFilter.shortestSecret
            return bare.count >= least && texts.contains { $0.contains(bare) }
        }
        return place.map { "its word \($0 + 1) is in the redacted text" }
    }

    /// Records the decision, which removes the bytes. Throws `StoreProblem`.
    public func redact(_ decision: Redacted, of entry: Entry) async throws -> Entry {
        let (draft, _) = try draft(of: Fact(.redacted(decision)))
        return try await store.append([draft], to: entry.stream, expecting: .any)[0]
    }
}

extension Substring {
    /// Without these characters at both ends.
    fileprivate func trimming(while drop: (Character) -> Bool) -> Substring {
        guard let first = firstIndex(where: { !drop($0) }),
            let last = lastIndex(where: { !drop($0) })
        else { return "" }
        return self[first...last]
    }
}
