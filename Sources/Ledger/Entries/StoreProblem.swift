/// Why a store could not do what was asked: a kind, its cause, and what to do.
public struct StoreProblem: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for programs.
    public enum Kind: Sendable, Equatable {
        /// The stream moved on since it was read.
        case conflict(stream: StreamName, expected: Int, actual: Int)
        /// The same source told two different things.
        case contradiction(existing: Int)
        /// Another process holds the ledger for longer than `Limits.lockSeconds`.
        case busy
        case missing, readOnly, notALedger, newer, older, full, input
        /// What is on disk contradicts itself, or the disk failed.
        case damaged
    }
    public let kind: Kind
    public let message: String
    public let cause: String?
    public let hint: String?
    /// The place of the entry where what is damaged was met, if it is known.
    public let entry: Int?

    public init(
        _ kind: Kind, _ message: String, cause: String? = nil, hint: String? = nil,
        entry: Int? = nil
    ) {
        self.kind = kind
        self.message = message
        self.cause = cause
        self.hint = hint
        self.entry = entry
    }

    /// The same with another advice.
    package func hinting(_ hint: String) -> StoreProblem {
        StoreProblem(kind, message, cause: cause, hint: hint, entry: entry)
    }

    public var description: String {
        [message, cause.map { "Caused by: \($0)" }, hint.map { "Hint: \($0)" }]
            .compactMap { $0 }.joined(separator: "\n")
    }

    static func conflict(_ stream: StreamName, expected: Int, actual: Int) -> StoreProblem {
        StoreProblem(
            .conflict(stream: stream, expected: expected, actual: actual),
            "somebody else wrote to \(stream) at the same moment",
            cause: "its head was expected at position \(expected) and is at \(actual)",
            hint: "look at `ledger log`, then try again")
    }

    static func contradiction(_ entry: Entry, _ draft: Draft) -> StoreProblem {
        let source = draft.source.map { "\($0.name) \($0.id)" } ?? ""
        return StoreProblem(
            .contradiction(existing: entry.sequence),
            "\(source) is recorded already, and said something else then",
            cause: "entry \(entry.sequence): \(Draft.summary(entry.draft))\n"
                + "now: \(Draft.summary(draft))",
            hint: "if the first was wrong, correct it: "
                + "ledger correct \(entry.sequence) --reason … FIELD=VALUE")
    }
}

extension Draft {
    /// Kind and all fields on one line.
    static func summary(_ draft: Draft) -> String {
        let subject = draft.subject.fields.map { "\($0.name)=\($0.value)" }
        return ([draft.kind] + subject + [draft.payload, "at \(draft.time)"]).joined(separator: " ")
    }

    /// Whether another draft tells the same fact: all but identity, author and the moment of
    /// recording. One that does not know when it happened (it says: now) does not contradict one
    /// that does.
    public func tells(theSameAs other: Draft) -> Bool {
        kind == other.kind && subject == other.subject
            && (payload == other.payload || payloadHash == other.payloadHash)
            && (time == other.time || other.time == other.recorded)
    }
}
