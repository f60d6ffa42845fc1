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
                return .array(text.split(separator: ",").map { .string(String($0)) })
            case "object": return try JSONValue(parsing: text)
            default: return .string(text)
            }
        }

        private func wrong(_ wanted: String, _ text: String) -> FieldProblem {
            FieldProblem(field: name, reason: "\(wanted) is wanted, not \"\(text)\"")
        }
    }
}
