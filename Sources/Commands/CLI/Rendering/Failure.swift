internal import ArgumentParser
internal import CommandFiles
internal import CommandImporters
internal import CommandPorts
internal import Glibc
internal import Ledger
internal import LedgerText
internal import Projections

/// An error as a person sees it: what happened, why, what to do; and the exit code of its kind.
struct Failure {
    let message: String
    var cause: String?
    var hint: Hint?
    let exit: ExitStatus
    let reason: String

    /// `nil` for errors of the command line parser.
    init?(_ error: any Error) {
        switch error {
        case let refusal as Refusal:
            (message, cause, hint) = (refusal.message, refusal.cause, refusal.hint)
            (exit, reason) = (refusal.reason.exitCode, refusal.reason.rawValue)
        case let problem as StoreProblem:
            (message, cause, hint) = (problem.message, problem.cause, problem.hint)
            (exit, reason) = Self.exit(for: problem.kind)
        case let problem as FieldProblem:
            message = problem.description
            (exit, reason) = (.refused, "field")
        case let problem as InvalidName:
            message = problem.description
            (exit, reason) = (.refused, "name")
        case let problem as ReferenceProblem:
            (message, hint) = (problem.message, problem.hint)
            (exit, reason) = (.refused, "reference")
        case let problem as SourceProblem:
            (message, hint) = (problem.description, problem.hint)
            (exit, reason) = (.refused, "playbook")
        case let problem as DeliveryProblem:
            (message, hint) = (problem.reason, problem.hint)
            (exit, reason) = (.refused, "delivery")
        case let problem as JSONProblem:
            message = "not JSON: \(problem.description)"
            (exit, reason) = (.refused, "json")
        case is CleanExit, is ValidationError, is ArgumentParser.ExitCode: return nil
        default:
            message = "\(error)"
            hint = "this is a bug in ledger: please report it with the command that you ran"
            (exit, reason) = (.internalFault, "fault")
        }
    }

    private static func exit(for kind: StoreProblem.Kind) -> (ExitStatus, String) {
        switch kind {
        case .damaged: (.broken, "damaged")
        case .conflict: (.leaseHeld, "conflict")
        case .contradiction: (.refused, "contradiction")
        case .busy: (.leaseHeld, "busy")
        case .full: (.failed, "full")
        case .missing: (.refused, "missing")
        case .readOnly: (.refused, "readOnly")
        case .notALedger: (.refused, "notALedger")
        case .newer: (.refused, "newer")
        case .older: (.refused, "older")
        case .input: (.refused, "input")
        }
    }

    /// What happened and why: at most two lines; the first begins with `Error:`.
    private var text: String {
        let cause = cause.map { "Caused by: " + $0.exchanging("\n", for: "\n           ") }
        return ["Error: \(Quote.line(message))", cause].compactMap(\.self).joined(separator: "\n")
    }

    /// Tells the person, on standard error.
    func say() {
        Console.say(text, .failed)
        if let hint { Console.hint(hint) }
    }

    /// The refusal for programs.
    var json: JSONValue {
        let isRefused = [.refused, .approvalMissing, .leaseHeld].contains(exit)
        var json: [String: JSONValue] = [
            "outcome": isRefused ? "refused" : "failed", "reason": .string(reason),
            "message": .string(message),
        ]
        json["cause"] = cause.map { .string($0) }
        hint?.add(to: &json)
        return .object(json)
    }
}

extension Hint {
    /// The members of a refusal for programs: the whole hint, and its command alone.
    func add(to members: inout [String: JSONValue]) {
        members["hint"] = .string(description)
        members["command"] = command.map { .string($0) }
    }
}
