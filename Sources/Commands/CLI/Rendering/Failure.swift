internal import ArgumentParser
internal import Glibc
internal import Ledger
internal import LedgerOperations
internal import LedgerText

/// A problem as the terminal shows it, with the exit code of its kind.
struct Failure {
    private let problem: Problem

    /// `nil` for errors of the command line parser.
    init?(_ error: any Error) {
        switch error {
        case is CleanExit, is ValidationError, is ArgumentParser.ExitCode: return nil
        default: problem = Problem(error)
        }
    }

    var exit: ExitStatus { ExitStatus(problem.kind) }

    /// What happened and why: at most two lines; the first begins with `Error:`.
    private var text: String {
        let cause = problem.cause.map { "Caused by: " + $0.exchanging("\n", for: "\n           ") }
        return ["Error: \(Quote.line(problem.message))", cause].compactMap(\.self).joined(
            separator: "\n")
    }

    /// Tells the person, on standard error.
    func say() {
        Console.say(text, .failed)
        if let hint = problem.hint { Console.hint(hint) }
    }

    /// The refusal for programs.
    var json: JSONValue {
        let isRefused = [.refused, .approvalMissing, .leaseHeld].contains(exit)
        var json: [String: JSONValue] = [
            "outcome": isRefused ? "refused" : "failed", "reason": .string(problem.reason),
            "message": .string(problem.message),
        ]
        json["cause"] = problem.cause.map { .string($0) }
        problem.hint?.add(to: &json)
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
