import Crypto
import Foundation
import Ledger
import LedgerText
import Support
import Testing

@testable import LedgerServer

/// Deliveries over HTTP: kept with their facts before they are answered, or not at all.
struct HookTests {
    private static let push = """
        {"ref":"refs/heads/main","before":"\(String(repeating: "0", count: 40))",\
        "after":"\(String(repeating: "a", count: 40))","repository":{"full_name":"acme/shop",\
        "name":"shop"},"pusher":{"name":"alice"},"commits":[],"head_commit":\
        {"id":"\(String(repeating: "a", count: 40))","timestamp":"2026-11-30T10:00:00Z"}}
        """

    private func headers(
        _ body: String, secret: String, event: String = "push", id: String = "d1"
    ) -> [String: String] {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(body.utf8), using: SymmetricKey(data: Array(secret.utf8)))
        return [
            "x-github-event": event, "x-github-delivery": id, "content-type": "application/json",
            "x-hub-signature-256": "sha256=\(Hex.encode(code))",
        ]
    }

    @Test(arguments: ["first", "second"])
    func everyValidSecretIsAccepted(secret: String) async throws {
        let house = try await House([])
        let said = await house.send(
            "POST", "/hooks/shop", Self.push, headers: headers(Self.push, secret: secret))
        #expect(said.status == 200 && said.json["event"]?.string == "push")
        #expect(said.json["facts"] == 1 && said.json["isKnown"] == false)
        let head = try await house.head()
        let again = await house.send(
            "POST", "/hooks/shop", Self.push, headers: headers(Self.push, secret: secret))
        #expect(again.status == 200 && again.json["isKnown"] == true)
        #expect(try await house.head() == head)
        #expect(
            try await house.ledger.store.entry(at: 1)?.draft.by
                == Author(name: "hook:shop", known: .authenticated))
    }

    /// GitHub's hooks are forms unless someone chooses JSON; the signature is over the form.
    @Test func aFormIsRead() async throws {
        let house = try await House([])
        let form =
            "payload=" + Percent.encoded(Self.push).replacingOccurrences(of: "%20", with: "+")
        var headers = headers(form, secret: "first")
        headers["content-type"] = "application/x-www-form-urlencoded"
        let said = await house.send("POST", "/hooks/shop", form, headers: headers)
        #expect(said.status == 200 && said.json["facts"] == 1, "\(said)")
        for bad in ["payload=%zz", "payload=%7", "other=1", ""] {
            var headers = self.headers(bad, secret: "first")
            headers["content-type"] = "application/x-www-form-urlencoded"
            #expect(await house.send("POST", "/hooks/shop", bad, headers: headers).status == 422)
        }
    }

    /// Whoever knows no secret learns nothing, and nothing is kept.
    @Test func whatIsNotProvenIsNotKept() async throws {
        let house = try await House([])
        var attempts = [headers(Self.push, secret: "third"), headers("{}", secret: "first"), [:]]
        var weak = headers(Self.push, secret: "first")
        weak["x-hub-signature"] = weak.removeValue(forKey: "x-hub-signature-256")
        attempts.append(weak)
        for headers in attempts {
            let said = await house.send("POST", "/hooks/shop", Self.push, headers: headers)
            #expect(said.status == 401)
            #expect(said.json["title"]?.string == "the delivery does not prove who sent it")
            #expect(said.json["detail"] == nil)
        }
        #expect(await house.send("POST", "/hooks/none", Self.push).status == 404)
        #expect(await house.send("GET", "/hooks/shop").status == 405)
        #expect(try await house.head() == 0)
    }

    /// A sender that gets an error would send again, or switch the hook off.
    @Test func whatIsNotUnderstoodIsKept() async throws {
        let house = try await House([])
        let body = #"{"zen":"Design for failure."}"#
        let said = await house.send(
            "POST", "/hooks/shop", body, headers: headers(body, secret: "first", event: "rare"))
        #expect(said.status == 202 && said.json["reason"]?.string?.contains("rare") == true)
        #expect(try await house.head() == 1)
    }
}
