internal import LedgerText

extension EventKind {
    /// A field of the kind, for help texts and checks.
    public struct Field: Equatable, Sendable {
        public let name: String
        public let required: Bool
        /// The type of the value, in words.
        public let type: String

        /// Parses the text of a person as a value of this field. Throws `FieldProblem`, or
        /// `JSONProblem` for an object that is not JSON (RFC 8259).
        public func value(of text: String) throws -> JSONValue {
            switch type {
            case "number":
                guard let number = Int(text), number.magnitude <= 1 << 53 else {
                    throw wrong("a whole number within 2^53", text)
                }
                return JSONValue(number)
            case "true or false":
                guard let value = ["true": true, "false": false][text] else {
                    throw wrong("true or false", text)
                }
                return .bool(value)
            case "list":
                return .array(text.parts(separator: ",").map { .string(String($0)) })
            case "object": return try JSONValue(parsing: text)
            default: return .string(text)
            }
        }

        private func wrong(_ wanted: String, _ text: String) -> FieldProblem {
            FieldProblem(field: name, reason: "expected \(wanted), not \"\(text)\"")
        }
    }
}

extension EventKind {
    /// Fields that are prose in every kind, and the command of a step.
    private static let prose: Set<String> = [
        "text", "message", "title", "summary", "severity", "detail", "reason", "output", "url",
        "tagger", "command",
    ]

    /// Whether only people read a field: no view and no decision depends on it. Such a field may be
    /// corrected or redacted without changing the meaning of the ledger.
    public func isProse(_ field: String) -> Bool {
        switch (self, field) {
        case (.releasePublished, "name"), (.repoPushed, "author"), (.eventCorrected, "fields"),
            (.guardWaived, "owner"):
            true
        default: Self.prose.contains(field)
        }
    }
}
