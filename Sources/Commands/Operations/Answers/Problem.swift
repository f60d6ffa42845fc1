internal import CommandFiles
internal import CommandImporters
internal import CommandPorts
public import Ledger
internal import Projections

/// An error as every door shows it: what happened, why, what to do, and of what kind it is.
public struct Problem: Error, Codable, Hashable, Sendable {
    /// What a caller can do about it.
    public enum Kind: String, Codable, CaseIterable, Sendable {
        /// The request cannot be carried out as it is; nothing changed.
        case refused
        /// Nobody is signed in.
        case signedOut
        /// The caller may not do this.
        case forbidden
        /// An approval is missing, or the plan is stale; nothing changed.
        case approvalMissing
        /// Another process or person is at work; a later try may succeed.
        case held
        /// It failed; a later try may succeed.
        case failed
        /// The ledger's integrity is broken.
        case broken
        /// A bug of this program.
        case fault
    }

    public let kind: Kind
    /// The reason, as the word that programs read.
    public let reason: String
    public let message: String
    public let cause: String?
    public let hint: Hint?

    public init(
        _ kind: Kind, _ reason: String, _ message: String, cause: String? = nil, hint: Hint? = nil
    ) {
        self.kind = kind
        self.reason = reason
        self.message = message
        self.cause = cause
        self.hint = hint
    }

    /// Any error of the ledger; an unknown one is a bug.
    public init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let refusal as Refusal:
            self.init(
                Kind(refusal.reason), refusal.reason.rawValue, refusal.message,
                cause: refusal.cause, hint: refusal.hint)
        case let problem as StoreProblem:
            let (kind, reason) = Self.names(of: problem.kind)
            self.init(kind, reason, problem.message, cause: problem.cause, hint: problem.hint)
        case let problem as FieldProblem: self.init(.refused, "field", problem.description)
        case let problem as InvalidName: self.init(.refused, "name", problem.description)
        case let problem as ReferenceProblem:
            self.init(.refused, "reference", problem.message, hint: problem.hint)
        case let problem as SourceProblem:
            self.init(.refused, "playbook", problem.description, hint: problem.hint)
        case let problem as DeliveryProblem:
            self.init(.refused, "delivery", problem.reason, hint: problem.hint)
        case let problem as JSONProblem:
            self.init(.refused, "json", "not JSON: \(problem.description)")
        default:
            self.init(
                .fault, "fault", "\(error)",
                hint: "this is a bug in ledger: please report it with the command that you ran")
        }
    }

    private static func names(of kind: StoreProblem.Kind) -> (Kind, String) {
        switch kind {
        case .damaged: (.broken, "damaged")
        case .conflict: (.held, "conflict")
        case .contradiction: (.refused, "contradiction")
        case .busy: (.held, "busy")
        case .full: (.failed, "full")
        case .missing: (.refused, "missing")
        case .readOnly: (.refused, "readOnly")
        case .notALedger: (.refused, "notALedger")
        case .newer: (.refused, "newer")
        case .older: (.refused, "older")
        case .input: (.refused, "input")
        }
    }
}

extension Problem.Kind {
    init(_ reason: Refusal.Reason) {
        self =
            switch reason {
            case .unknownName, .ambiguous, .notPossible, .fenced, .frozen, .irreversible,
                .invalid, .unreachable, .drifted, .policy, .volumes:
                .refused
            case .approvalMissing, .planStale: .approvalMissing
            case .leaseHeld, .tokenTooOld: .held
            }
    }
}
