/// The reason why a store operation failed: kind, cause and hint.
public struct StoreProblem: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, for programs.
    public enum Kind: Sendable, Equatable {
        /// The stream has new entries since it was read.
        case conflict(stream: StreamName, expected: Int, actual: Int)
        /// The same source sent two different facts.
        case contradiction(existing: Int)
        /// Another process holds the lock for longer than `Limits.lockSeconds`.
        case busy
        case missing, readOnly, notALedger, newer, older, full, input
        /// The data on disk is inconsistent, or the disk failed.
        case damaged
    }
    public let kind: Kind
    public let message: String
    public let cause: String?
    public let hint: Hint?
    /// The sequence of the entry where damage was found, if it is known.
    public let entry: Int?

    public init(
        _ kind: Kind, _ message: String, cause: String? = nil, hint: Hint? = nil,
        entry: Int? = nil
    ) {
        self.kind = kind
        self.message = message
        self.cause = cause
        self.hint = hint
        self.entry = entry
    }

    /// This problem with another hint.
    package func hinting(_ hint: Hint) -> StoreProblem {
        StoreProblem(kind, message, cause: cause, hint: hint, entry: entry)
    }

    public var description: String {
        [message, cause.map { "Caused by: \($0)" }, hint.map { "Hint: \($0)" }]
            .compactMap { $0 }.joined(separator: "\n")
    }

    static func conflict(_ stream: StreamName, expected: Int, actual: Int) -> StoreProblem {
        StoreProblem(
            .conflict(stream: stream, expected: expected, actual: actual),
            "\(stream) was changed by a concurrent append",
            cause: "expected head position \(expected), found \(actual)",
            hint: "run `ledger log` to see the new entries, then retry")
    }

    static func contradiction(_ entry: Entry, _ draft: Draft) -> StoreProblem {
        let source = draft.source.map { "\($0.name) \($0.id)" } ?? ""
        return StoreProblem(
            .contradiction(existing: entry.sequence),
            "\(source) is already recorded with different content",
            cause: "entry \(entry.sequence): \(Draft.summary(entry.draft))\n"
                + "now: \(Draft.summary(draft))",
            hint: Hint(
                "if the recorded entry is wrong, correct it",
                run: "ledger correct \(entry.sequence) --reason … FIELD=VALUE"))
    }
}

extension Draft {
    /// Kind and all fields on one line.
    static func summary(_ draft: Draft) -> String {
        let subject = draft.subject.fields.map { "\($0.name)=\($0.value)" }
        return ([draft.kind] + subject + [draft.payload, "at \(draft.time)"]).joined(separator: " ")
    }

    /// Whether a redaction of the other payload can have left this one. Without the salt, which is
    /// removed with the bytes, their hashes cannot be compared.
    public func isRest(of other: Draft) -> Bool {
        redaction != nil && Redaction.isRest(payloadValue, of: other.payloadValue)
    }

    /// Whether another draft states the same fact. Identity, author and recording time are not
    /// compared. A draft without a known event time (it uses the current time) does not contradict
    /// a draft with one.
    public func tells(theSameAs other: Draft) -> Bool {
        kind == other.kind && subject == other.subject
            && (payload == other.payload || payloadHash == other.payloadHash
                || isRest(of: other) || other.isRest(of: self))
            && (time == other.time || other.time == other.recorded)
    }
}
