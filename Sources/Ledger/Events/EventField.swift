internal import LedgerText

extension EventKind {
    /// A field of the kind, for help texts and checks.
    public struct Field: Equatable, Sendable {
        public let name: String
        public let required: Bool
        /// What it holds, in words.
        public let type: String

        /// The value that a person means with this text. Throws `FieldProblem`, or
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
            FieldProblem(field: name, reason: "\(wanted) is wanted, not \"\(text)\"")
        }
    }
}

extension EventKind {
    /// Texts that are prose in every kind that has them, and the command of a step.
    private static let prose: Set<String> = [
        "text", "message", "title", "summary", "severity", "detail", "reason", "output", "url",
        "tagger", "command",
    ]

    /// Whether people alone read a field: nothing that the ledger tells or decides follows from it,
    /// so it may be put right, or taken out, without changing what the ledger means.
    public func isProse(_ field: String) -> Bool {
        switch (self, field) {
        case (.releasePublished, "name"), (.repoPushed, "author"), (.eventCorrected, "fields"),
            (.guardWaived, "owner"):
            true
        default: Self.prose.contains(field)
        }
    }
}
