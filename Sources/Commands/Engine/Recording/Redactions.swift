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
        try RedactionRules.check(fields, of: entry, reason: reason)
        return try Redacted(fields, of: entry, reason: secretFilter.redacted(reason))
    }

    /// Records the decision, which removes the bytes. Throws `StoreProblem`.
    public func redact(_ decision: Redacted, of entry: Entry) async throws -> Entry {
        let (draft, _) = try draft(of: Fact(.redacted(decision)))
        return try await store.append([draft], to: entry.stream, expecting: .any)[0]
    }
}
