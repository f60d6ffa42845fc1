internal import CommandPorts
internal import Ledger
internal import LedgerOperations
internal import LedgerText

/// A change that the server carries out: it says where, so that roles can be checked.
protocol ServedChange: LedgerOperations.Change, Served {
    /// The environments that it concerns; `nil` is a fact about none (a push, an image).
    var environments: [String?] { get }
    /// Throws `Refusal` for what only somebody at the file may say.
    func check(for caller: Caller) throws
}

extension RecordFact: ServedChange {
    var environments: [String?] { [fact.environment] }

    func check(for caller: Caller) throws { try fact.check(for: caller) }
}

extension RecordFacts: ServedChange {
    var environments: [String?] { facts.map(\.environment) }

    func check(for caller: Caller) throws { for fact in facts { try fact.check(for: caller) } }
}

extension FactInput {
    fileprivate var environment: String? { fields["environment"]?.string }

    /// The server knows who is there: nobody records in the name of another.
    fileprivate func check(for caller: Caller) throws {
        guard let by, ExactText(by) != ExactText(caller.name) else { return }
        throw Refusal(
            .policy, "\(caller.name) cannot record in the name of \(by)",
            hint: "leave `by` out: the server records who is signed in")
    }
}

extension Route {
    /// The most bytes of a request.
    static let requestBytes = 4 << 20

    /// A query: anybody who may read.
    static func query<Q: Query & Served>(_ type: Q.Type) -> Route {
        Route(
            method: "POST", path: "/v1/\(Q.route)", access: .right(Q.right), limit: requestBytes
        ) { visit in
            let query = try read(type, visit.request.body)
            guard try visit.signedIn().may(Q.right, in: nil) else {
                throw forbidden(Q.right, nil, try visit.signedIn())
            }
            return try reply(try await query.answer(at: visit.ledger.desk()))
        }
    }

    /// A change: whoever has its right in all environments that it concerns.
    static func change<C: ServedChange>(_ type: C.Type) -> Route {
        Route(
            method: "POST", path: "/v1/\(C.route)", access: .right(C.right), limit: requestBytes
        ) { visit in
            let change = try read(type, visit.request.body)
            let caller = try visit.signedIn()
            for environment in change.environments
            where !caller.may(C.right, in: environment)
                && !(environment == nil && caller.has(C.right))
            {
                throw forbidden(C.right, environment, caller)
            }
            try change.check(for: caller)
            return try reply(try await change.answer(at: visit.ledger.desk(for: caller.author)))
        }
    }

    private static func read<O: Operation>(_ type: O.Type, _ body: [UInt8]) throws -> O {
        try JSONValue(parsing: body.isEmpty ? Array("{}".utf8) : body).decoded(as: type)
    }

    private static func reply(_ answer: some Encodable) throws -> ServerReply {
        .json(Canonical.text(try JSONValue(encoding: answer)))
    }

    private static func forbidden(
        _ right: Right, _ environment: String?, _ caller: Caller
    ) -> Problem {
        Problem(
            .forbidden, "forbidden",
            environment.map { "\(caller.name) may not \(right.rawValue) in \($0)" }
                ?? "\(caller.name) may not \(right.rawValue)",
            hint: "an administrator gives roles under `people:` in ledgerd.yaml")
    }
}

extension Caller {
    /// Whether the caller has a right anywhere.
    fileprivate func has(_ right: Right) -> Bool { rights[right] != nil }
}
