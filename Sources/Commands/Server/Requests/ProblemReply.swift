internal import Ledger
internal import LedgerOperations

extension ServerReply {
    /// A problem for programs and people (RFC 9457).
    static func problem(_ problem: Problem, status: Int? = nil) -> ServerReply {
        let status = status ?? problem.kind.status
        var members: [String: JSONValue] = [
            "type": "about:blank", "title": .string(problem.message),
            "status": JSONValue(status), "kind": .string(problem.kind.rawValue),
            "reason": .string(problem.reason),
        ]
        members["detail"] = problem.cause.map { .string($0) }
        members["hint"] = (problem.hint?.text).map { .string($0) }
        members["command"] = (problem.hint?.command).map { .string($0) }
        return ServerReply(
            status: status, headers: [("content-type", "application/problem+json")],
            body: .bytes(Array((Canonical.text(.object(members)) + "\n").utf8)))
    }

    /// A request that no route takes.
    static func refused(
        _ status: Int, _ reason: String, _ message: String, cause: String? = nil,
        hint: Hint? = nil
    ) -> ServerReply {
        problem(Problem(.refused, reason, message, cause: cause, hint: hint), status: status)
    }
}

extension Problem.Kind {
    /// The status of an answer with such a problem (RFC 9110, section 15).
    var status: Int {
        switch self {
        case .refused: 422
        case .signedOut: 401
        case .forbidden: 403
        case .approvalMissing: 403
        case .held: 409
        case .failed: 507
        case .broken, .fault: 500
        }
    }
}
