internal import CommandPorts
internal import CommandSecrets
package import Ledger
internal import LedgerText

/// Which fields of an entry may be redacted, and with which reason.
package enum RedactionRules {
    /// Throws `FieldProblem` if there is no such field, `Refusal` if a field cannot be redacted or
    /// the reason repeats what is redacted.
    package static func check(_ fields: [String], of entry: Entry, reason: String) throws {
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
        let taken = try Redaction.rest(of: entry.payload, without: fields).taken
        if let what = repeated(in: reason, of: taken) {
            throw Refusal(
                .invalid, "the reason contains redacted text",
                cause: "the reason is recorded permanently; \(what)",
                hint: "write the reason in other words")
        }
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
