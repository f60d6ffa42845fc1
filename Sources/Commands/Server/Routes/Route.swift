internal import CommandPorts
internal import Ledger
internal import LedgerOperations

/// What a route needs: a right, or nothing because it cannot harm.
enum Access: Sendable {
    /// Anybody may ask; the reason says why that is safe.
    case open(String)
    /// A person who signed in. The route itself asks for the right, in the right environment.
    case right(Right)
}

/// One entry of the only table of routes.
struct Route: Sendable {
    let method: String
    /// The path; `*` at its end stands for one more part.
    let path: String
    let access: Access
    /// The most bytes of a body.
    let limit: Int
    let answer: @Sendable (Visit) async throws -> ServerReply

    func takes(_ path: String) -> Bool {
        guard self.path.utf8.last == UInt8(ascii: "*") else {
            return self.path.utf8.elementsEqual(path.utf8)
        }
        let start = self.path.utf8.dropLast()
        let rest = path.utf8.dropFirst(start.count)
        return path.utf8.starts(with: start) && !rest.isEmpty
            && !rest.contains(UInt8(ascii: "/"))
    }
}

/// A request on its route.
struct Visit: Sendable {
    let request: ServerRequest
    /// `nil` on open routes.
    let caller: Caller?
    let ledger: ServedLedger
    let signIn: SignIn

    /// The last part of the path.
    var name: String {
        String(
            decoding: request.path.utf8.reversed().prefix { $0 != UInt8(ascii: "/") }.reversed(),
            as: UTF8.self)
    }

    /// The caller of a route that requires a right.
    func signedIn() throws -> Caller {
        guard let caller else {
            throw Problem(.signedOut, "signedOut", "nobody is signed in")
        }
        return caller
    }
}
