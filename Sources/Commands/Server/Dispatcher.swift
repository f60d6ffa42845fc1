internal import CommandPorts
internal import Ledger
internal import LedgerOperations
internal import LedgerText

/// Finds the route of a request, asks who sent it, and answers. It knows nothing of the network.
struct Dispatcher: Sendable {
    let ledger: ServedLedger
    let signIn: SignIn

    /// What is known before the body is read: the route and the caller, or an early answer.
    enum Admission: Sendable {
        case admitted(Route, Caller?)
        case refused(ServerReply)
    }

    /// Decides from the head of a request, so that nobody can make the server read a body in vain.
    func admit(_ request: ServerRequest, length: Int?) -> Admission {
        guard isOurs(request.headers["host"]) else {
            return .refused(
                .refused(
                    421, "host", "this server has another name",
                    hint: "its address is `public-url` in ledgerd.yaml"))
        }
        let routes = Routes.all.filter { $0.takes(request.path) }
        guard let route = routes.first(where: { $0.method == request.method }) else {
            if routes.isEmpty {
                return .refused(.refused(404, "unknown", "there is no such address"))
            }
            var reply = ServerReply.refused(405, "method", "another method is required")
            reply.headers.append(("allow", routes.map(\.method).joined(separator: ", ")))
            return .refused(reply)
        }
        let caller: Caller?
        switch route.access {
        case .open: caller = nil
        case .right:
            guard let found = self.caller(of: request) else { return .refused(signedOut) }
            caller = found
        }
        guard request.headers["content-encoding"] == nil else {
            return .refused(
                .refused(415, "encoding", "the body must not be compressed"))
        }
        if let length, length > route.limit {
            return .refused(
                .refused(413, "length", "the body is larger than \(route.limit) bytes"))
        }
        return .admitted(route, caller)
    }

    /// Who sent a request: only a header of its own can say it.
    private func caller(of request: ServerRequest) -> Caller? {
        let now = ledger.surroundings.now()
        return request.bearer.flatMap { signIn.sessions.person(of: $0, now: now) }
            .map { Caller(name: $0, rights: ledger.settings.rights(of: $0)) }
    }

    private var signedOut: ServerReply {
        var reply = ServerReply.problem(
            Problem(
                .signedOut, "signedOut", "nobody is signed in",
                hint: Hint("sign in", run: "ledger login \(ledger.settings.address)")))
        reply.headers.append(("www-authenticate", "Bearer"))
        return reply
    }

    /// Answers an admitted request whose body was read.
    func answer(_ request: ServerRequest, _ route: Route, _ caller: Caller?) async -> ServerReply {
        do {
            return try await route.answer(
                Visit(request: request, caller: caller, ledger: ledger, signIn: signIn))
        } catch {
            return .problem(Problem(error))
        }
    }

    /// Whether the host of a request is a name of this server.
    private func isOurs(_ host: String?) -> Bool {
        guard let host = host?.lowercased() else { return false }
        return ledger.settings.addresses.contains { address in
            let parts = address.parts(separator: "://")
            return parts.count == 2 && parts[1].lowercased() == host
        }
    }
}
