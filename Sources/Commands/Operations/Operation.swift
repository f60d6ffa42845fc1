/// The right that a caller must have before an operation is carried out.
public enum Right: String, Codable, CaseIterable, Sendable {
    /// Query the ledger.
    case read
    /// Record facts.
    case record
    /// Create plans, and set marks on releases.
    case plan
    /// Approve or reject plans.
    case approve
    /// Run approved plans, and resume or abandon runs.
    case operate
    /// Change keys, redact, restore.
    case administer
}

/// One request to a ledger, whichever door it came by.
///
/// The value is the request. Its doc comment, and those of its fields, are the only source of the
/// texts that help pages, OpenAPI and tools show (`scripts/documentation`).
public protocol Operation: OperationPart {
    associatedtype Answer: Codable & Sendable
    /// The right that it requires.
    static var right: Right { get }
}

/// Fields that a request has, or that several requests share.
public protocol OperationPart: Codable, Sendable {
    static var documentation: Documentation { get }
}

/// An operation that reads and writes nothing.
public protocol Query: Operation {
    /// Answers from the ledger. Throws `Refusal`, `ReferenceProblem` or `StoreProblem`.
    func answer(at desk: Desk) async throws -> Answer
}

extension Query {
    public static var right: Right { .read }
}

/// An operation that records entries.
public protocol Change: Operation {
    /// Decides and records. Throws `Refusal`, `FieldProblem`, `ReferenceProblem` or
    /// `StoreProblem`; nothing is recorded then.
    func answer(at desk: RecordingDesk) async throws -> Answer
}

/// The documentation of an operation, for people and programs.
public struct Documentation: Sendable {
    /// One sentence without a full stop.
    public let summary: String
    /// Paragraphs; empty if the summary is enough.
    public let discussion: String
    /// What each field means, by name.
    public let fields: [String: String]
}
