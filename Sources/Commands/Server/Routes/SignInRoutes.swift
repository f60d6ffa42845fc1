internal import CommandPorts
internal import Ledger
internal import LedgerOperations

extension Routes {
    /// How people sign in and out.
    static let signingIn: [Route] = [
        Route(
            method: "POST", path: "/v1/login/challenge",
            access: .open("a nonce is made from nothing and is not kept"), limit: 1 << 10
        ) { visit in
            let nonce = visit.signIn.nonces.make(now: visit.ledger.surroundings.now())
            return .json(
                Canonical.text(try JSONValue(encoding: Login.Challenge(nonce: nonce))))
        },
        Route(
            method: "POST", path: "/v1/login",
            access: .open("a signature proves who asks; no process is started to check it"),
            limit: 32 << 10
        ) { visit in
            let request = try JSONValue(parsing: visit.request.body)
                .decoded(as: Login.Request.self)
            let session = try visit.signIn.open(request, at: visit.ledger)
            return .json(Canonical.text(try JSONValue(encoding: session)))
        },
        Route(
            method: "POST", path: "/v1/logout", access: .right(.read), limit: 1 << 10
        ) { visit in
            if let token = visit.request.bearer { visit.signIn.sessions.close(token) }
            return .json("{}")
        },
    ]
}
