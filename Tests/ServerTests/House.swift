import CommandPorts
import Foundation
import Ledger
import LedgerHome
import LedgerOperations
import LedgerText
import Support

@testable import LedgerServer

/// A served ledger with people, and the keys with which they sign.
struct House {
    let sandbox: Sandbox
    let dispatcher: Dispatcher
    var ledger: ServedLedger { dispatcher.ledger }

    static let address = "http://localhost:8484"

    /// People of the tests: their keys have the names of their roles.
    static let settings = """
        ledgerd: 1
        people:
          ann: {ssh: [ann], roles: {admin: all}}
          rita: {ssh: [rita], roles: {reader: all}}
          carl: {ssh: [carl], roles: {recorder: [staging]}}
          nobody: {ssh: [nobody]}
        hooks:
          shop: {sender: github, secret-files: [old.secret, new.secret]}
        """

    init(_ people: [String] = ["ann"], settings text: String = Self.settings) async throws {
        sandbox = try Sandbox()
        var lines = ""
        for name in people {
            try await Self.makeKey(name, in: sandbox)
            let key = try String(contentsOfFile: sandbox.path(name + ".pub"), encoding: .utf8)
            lines += "\(name) \(key)"
        }
        try lines.write(
            toFile: sandbox.path("allowed_signers"), atomically: true, encoding: .utf8)
        try "first".write(toFile: sandbox.path("old.secret"), atomically: true, encoding: .utf8)
        try "second".write(toFile: sandbox.path("new.secret"), atomically: true, encoding: .utf8)
        try Stores.create(at: sandbox.path("ledger.db"))
        let store = try Stores.open(sandbox.path("ledger.db"), .writing)
        let settings = try Settings(yaml: text, file: "ledgerd.yaml")
        dispatcher = Dispatcher(
            ledger: ServedLedger(store, settings, settingsFile: sandbox.path("ledgerd.yaml")),
            signIn: SignIn(setup: nil))
    }

    static func makeKey(_ name: String, in sandbox: Sandbox) async throws {
        _ = try await Spoken.run([
            "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", sandbox.path(name),
        ])
    }

    /// Sends a request as the network would.
    func send(
        _ method: String, _ path: String, _ body: String = "", token: String? = nil,
        headers: [String: String] = [:]
    ) async -> (status: Int, json: JSONValue) {
        let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
        var request = ServerRequest(
            method: method, path: parts[0], query: parts.count > 1 ? parts[1] : "",
            headers: ["host": "localhost:8484"].merging(headers) { $1 }, address: "192.0.2.1")
        request.headers["authorization"] = token.map { "Bearer \($0)" }
        request.body = Array(body.utf8)
        let reply: ServerReply
        switch dispatcher.admit(request, length: request.body.count) {
        case .refused(let early): reply = early
        case .admitted(let route, let caller):
            reply = await dispatcher.answer(request, route, caller)
        }
        guard case .bytes(let bytes) = reply.body else { return (reply.status, .null) }
        return (reply.status, (try? JSONValue(parsing: bytes)) ?? .null)
    }

    /// A statement and its signature.
    func signed(
        _ key: String, server: String = House.address, nonce: String? = nil,
        seconds: Double = 50, namespace: String = LoginStatement.namespace
    ) async throws -> Login.Request {
        let given = await send("POST", "/v1/login/challenge")
        let statement = LoginStatement(
            server: server, nonce: nonce ?? given.json["nonce"]?.string ?? "",
            expires: ledger.surroundings.now().adding(seconds: seconds))
        let made = try await Spoken.run(
            ["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", sandbox.path(key)],
            input: statement.text)
        return Login.Request(statement: statement.text, signature: made.output)
    }

    func login(_ request: Login.Request) async throws -> (status: Int, json: JSONValue) {
        await send("POST", "/v1/login", Canonical.text(try JSONValue(encoding: request)))
    }

    /// Signs in; the token.
    func token(_ key: String) async throws -> String {
        try await login(try await signed(key)).json["token"]?.string ?? ""
    }

    func head() async throws -> Int { try await ledger.store.head().sequence }
}
