import CommandPorts
import Foundation
import Ledger
import LedgerOperations
import Support
import Testing

@testable import LedgerServer

/// Who signs in, and who does not.
struct SignInTests {
    @Test func aPersonSignsInWithAnSSHKey() async throws {
        let house = try await House()
        let session = try await house.login(try await house.signed("ann"))
        #expect(session.status == 200 && session.json["person"]?.string == "ann")
        let token = session.json["token"]?.string
        #expect(await house.send("POST", "/v1/status", token: token).status == 200)
        #expect(await house.send("POST", "/v1/logout", token: token).status == 200)
        #expect(await house.send("POST", "/v1/status", token: token).status == 401)
        // Nothing of a login is an entry, and the token is nowhere in the ledger.
        #expect(try await house.head() == 0)
    }

    /// A signature counts once, here, now, and for this purpose.
    @Test func aSignatureForSomethingElseIsRefused() async throws {
        let house = try await House()
        let used = try await house.signed("ann")
        #expect(try await house.login(used).status == 200)
        #expect(try await house.login(used).status == 422)
        for request in [
            try await house.signed("ann", server: "https://evil.example"),
            try await house.signed("ann", nonce: "1-2-3"),
            try await house.signed("ann", nonce: "9999999999999999-00-00"),
            try await house.signed("ann", seconds: -1),
            try await house.signed("ann", seconds: 3600),
            try await house.signed("ann", namespace: "ledger-approval"),
            try await house.signed("ann", namespace: "file"),
        ] {
            let said = try await house.login(request)
            #expect(said.status == 422 && said.json["token"] == nil, "\(request.statement)")
        }
    }

    @Test func whatWasChangedAfterwardsIsRefused() async throws {
        let house = try await House()
        let good = try await house.signed("ann")
        let other = try await house.signed("ann")
        for text in [
            other.statement, good.statement + " ", good.statement + "\n",
            good.statement.replacingOccurrences(of: "ledger login", with: "ledger  login"), "",
        ] {
            let said = try await house.login(
                Login.Request(statement: text, signature: good.signature))
            #expect(said.status == 422, "\(text)")
        }
    }

    @Test func aStrangersKeyIsRefused() async throws {
        let house = try await House()
        try await House.makeKey("eve", in: house.sandbox)
        let said = try await house.login(try await house.signed("eve"))
        #expect(
            said.status == 422 && said.json["title"]?.string == "the server does not know this key")
    }

    /// Somebody who may sign approvals, but is nobody in the settings.
    @Test func aSignerWithoutAPersonIsRefused() async throws {
        let house = try await House(["ann", "zoe"])
        let said = try await house.login(try await house.signed("zoe"))
        #expect(said.status == 422)
        #expect(said.json["title"]?.string?.contains("is nobody in the server's settings") == true)
    }

    /// Without a role a person may not even read.
    @Test func aPersonWithoutARoleMayNothing() async throws {
        let house = try await House(["nobody"])
        let token = try await house.token("nobody")
        for route in Routes.all {
            guard case .right(let right) = route.access, route.path != "/v1/logout" else {
                continue
            }
            let body =
                route.method == "GET" ? "" : route.path.hasSuffix("fact") ? RouteTests.fact : "{}"
            let said = await house.send(route.method, route.path, body, token: token)
            #expect([403, 422].contains(said.status), "\(route.path) needs \(right): \(said)")
        }
        #expect(try await house.head() == 0)
    }

    /// The bearer of the code becomes the first administrator: one, once.
    @Test func theFirstAdministratorNeedsTheCode() async throws {
        let sandbox = try Sandbox()
        let house = try await House([], settings: "ledgerd: 1\n")
        withExtendedLifetime(sandbox) {}
        try FileManager.default.removeItem(atPath: house.sandbox.path("allowed_signers"))
        let setup = SetupCode(code: "c0de", now: house.ledger.surroundings.now())
        let signIn = SignIn(setup: setup)
        try await House.makeKey("ann", in: house.sandbox)
        func attempt(_ code: String, _ name: String) async throws -> Login.Session {
            let statement = LoginStatement(
                server: House.address,
                nonce: signIn.nonces.make(now: house.ledger.surroundings.now()),
                expires: house.ledger.surroundings.now().adding(seconds: 50))
            let made = try await Spoken.run(
                [
                    "ssh-keygen", "-Y", "sign", "-n", LoginStatement.namespace, "-f",
                    house.sandbox.path("ann"),
                ], input: statement.text)
            return try signIn.open(
                Login.Request(
                    statement: statement.text, signature: made.output, code: code, name: name),
                at: house.ledger)
        }
        await #expect(throws: (any Error).self) { try await attempt("wrong", "ann") }
        for name in ["", " ann", "a b", "a,b", "a\u{202E}b", "*\"x"] {
            await #expect(throws: (any Error).self, "\(name)") { try await attempt("c0de", name) }
        }
        #expect(try await attempt("c0de", "ann").person == "ann")
        #expect(house.ledger.settings.rights(of: "ann")[.administer] == .everywhere)
        await #expect(throws: (any Error).self) { try await attempt("c0de", "bob") }
        // What was written is what the server reads when it starts again.
        let text = try String(contentsOfFile: house.sandbox.path("ledgerd.yaml"), encoding: .utf8)
        let settings = try Settings(yaml: text, file: "ledgerd.yaml")
        #expect(settings.rights(of: "ann")[.approve] == .everywhere)
    }
}
