import Foundation
import Ledger
import LedgerOperations
import Support
import Testing

@testable import LedgerServer

/// What each route asks for. The only table of routes is walked, so that no route is forgotten.
struct RouteTests {
    static let fact =
        #"{"fact":{"kind":"note.added","fields":{"text":"x","environment":"production"}}}"#

    @Test(arguments: Routes.all.indices)
    func withoutASessionNothingIsSaid(index: Int) async throws {
        let route = Routes.all[index]
        let house = try await House([])
        let path = route.path.replacingOccurrences(of: "*", with: "shop")
        for token in [nil, "", "ldgs_0", "ldgs_" + String(repeating: "0", count: 64)] {
            let said = await house.send(route.method, path, "{}", token: token)
            switch route.access {
            case .right: #expect(said.status == 401, "\(path)")
            case .open(let why): #expect(!why.isEmpty && said.json["token"] == nil)
            }
        }
        #expect(try await house.head() == 0)
    }

    /// A token in an address or as a password would be logged: it is not read there.
    @Test func aTokenIsReadFromOnePlace() async throws {
        let house = try await House()
        let token = try await house.token("ann")
        let basic = Data("ann:\(token)".utf8).base64EncodedString()
        for (path, headers) in [
            ("/v1/status?token=\(token)", [:]), ("/v1/status?access_token=\(token)", [:]),
            ("/v1/status", ["authorization": "Basic \(basic)"]),
            ("/v1/status", ["cookie": "token=\(token)"]), ("/v1/status", ["x-token": token]),
            ("/v1/status", ["authorization": token]),
            ("/v1/status", ["authorization": "Bearer \(token) x"]),
            ("/v1/status", ["authorization": "Bearer \(token), Bearer \(token)"]),
        ] as [(String, [String: String])] {
            var request = ServerRequest(method: "POST", path: "/v1/status")
            request.headers = ["host": "localhost:8484"].merging(headers) { $1 }
            let early = house.dispatcher.admit(request, length: 0)
            guard case .refused(let reply) = early else {
                Issue.record("\(path) \(headers) was admitted")
                continue
            }
            #expect(reply.status == 401)
        }
    }

    /// Roles are asked for in the environment that a change concerns.
    @Test func aRoleHoldsInItsEnvironments() async throws {
        let house = try await House(["ann", "rita", "carl"])
        let staging = Self.fact.replacingOccurrences(of: "production", with: "staging")
        let push = #"{"fact":{"kind":"note.added","fields":{"text":"x"}}}"#
        let both =
            #"{"facts":[\#(staging.dropFirst(8).dropLast()),\#(Self.fact.dropFirst(8).dropLast())]}"#
        let carl = try await house.token("carl")
        #expect(await house.send("POST", "/v1/fact", staging, token: carl).status == 200)
        #expect(await house.send("POST", "/v1/fact", push, token: carl).status == 200)
        let refused = await house.send("POST", "/v1/fact", Self.fact, token: carl)
        #expect(refused.status == 403)
        #expect(refused.json["title"]?.string == "carl may not record in production")
        #expect(await house.send("POST", "/v1/facts", both, token: carl).status == 403)
        #expect(try await house.head() == 2)
        let rita = try await house.token("rita")
        #expect(await house.send("POST", "/v1/fact", staging, token: rita).status == 403)
        #expect(await house.send("POST", "/v1/status", token: rita).status == 200)
        let ann = try await house.token("ann")
        #expect(await house.send("POST", "/v1/facts", both, token: ann).status == 200)
        let entry = try #require(try await house.ledger.store.entry(at: 1))
        #expect(entry.draft.by == Author(name: "carl", known: .authenticated))
    }

    @Test func nobodyRecordsInTheNameOfAnother() async throws {
        let house = try await House()
        let token = try await house.token("ann")
        let fact = { (by: String) in
            #"{"fact":{"kind":"note.added","fields":{"text":"x"},"by":"\#(by)"}}"#
        }
        #expect(await house.send("POST", "/v1/fact", fact("bob"), token: token).status == 422)
        #expect(await house.send("POST", "/v1/fact", fact("ann"), token: token).status == 200)
        // Two that look alike are two.
        #expect(
            await house.send("POST", "/v1/fact", fact("ann\u{301}"), token: token).status == 422)
    }

    @Test func whatIsNoRouteIsSaidInJSON() async throws {
        let house = try await House()
        for path in [
            "/v1/nothing", "/", "/v1/status/", "/V1/status", "/v1//status", "/v1/%73tatus",
            "/hooks/", "/hooks/a/b", "/v1/../healthz", "/healthz\u{0}",
        ] {
            let said = await house.send("POST", path)
            #expect([404, 405].contains(said.status) && said.json["title"] != nil, "\(path)")
        }
        #expect(await house.send("DELETE", "/v1/status").status == 405)
    }

    /// A page that a person reads cannot make their browser talk to this server (DNS rebinding).
    @Test func anotherNameIsRefused() async throws {
        let house = try await House()
        for host in [
            "evil.example", "localhost", "localhost:8485", "localhost:8484.evil.example", "",
        ] {
            let said = await house.send("GET", "/healthz", headers: ["host": host])
            #expect(said.status == 421, "\(host)")
        }
        #expect(
            await house.send("GET", "/healthz", headers: ["host": "LOCALHOST:8484"]).status == 200)
    }

    @Test func earlyRefusalsNeedNoBody() async throws {
        let house = try await House()
        var request = ServerRequest(method: "POST", path: "/v1/login")
        request.headers["host"] = "localhost:8484"
        func status(length: Int? = nil) -> Int? {
            guard case .refused(let reply) = house.dispatcher.admit(request, length: length) else {
                return nil
            }
            return reply.status
        }
        #expect(status(length: 1000) == nil)
        #expect(status(length: 33 << 10) == 413)
        request.headers["content-encoding"] = "gzip"
        #expect(status() == 415)
    }

    @Test(arguments: [
        "", "[]", "{", "null", "{\"fact\":1}", "{\"fact\":{\"kind\":1,\"fields\":{}}}",
        "{\"fact\":{\"kind\":\"nothing.known\",\"fields\":{}}}",
        String(repeating: "[", count: 100_000),
        "{\"fact\":{\"kind\":\"note.added\",\"fields\":[]}}",
    ])
    func aBodyThatCannotBeReadIsRefused(body: String) async throws {
        let house = try await House()
        let said = await house.send("POST", "/v1/fact", body, token: try await house.token("ann"))
        #expect(said.status == 422 && said.json["reason"] != nil, "\(said)")
        #expect(try await house.head() == 0)
    }
}
