import CommandEngine
import CommandImporters
import Crypto
import Foundation
import Ledger
import LedgerText
import Support
import Testing

/// Deliveries that prove who sent them, that come again, and that nobody can take.
struct DeliveryTrustTests {
    private static let body = #"{"zen": "Keep it logically awesome."}"#

    private static func signature(_ body: String, _ secret: String) -> String {
        let key = SymmetricKey(data: Array(secret.utf8))
        return "sha256="
            + Hex.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(body.utf8), using: key)))
    }

    private func prove(
        _ sender: Sender, _ headers: [String: String], body: String = body,
        secret: String = "s3cret\n"
    ) throws {
        try DeliverySecret(file: Array(secret.utf8)).prove(
            RawDelivery(headers: headers, body: Array(body.utf8), place: "here"), from: sender)
    }

    /// The example in GitHub's own documentation ("Validating webhook deliveries").
    @Test func thePublishedSignatureIsTaken() throws {
        try prove(
            .github,
            [
                "x-hub-signature-256":
                    "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
            ], body: "Hello, World!", secret: "It's a Secret to Everybody")
    }

    @Test func whoKnowsTheSecretIsBelieved() throws {
        let signature = Self.signature(Self.body, "s3cret")
        try prove(.github, ["x-hub-signature-256": signature])
        try prove(.gitea, ["x-gitea-signature": String(signature.dropFirst(7))])
        try prove(.bitbucket, ["x-hub-signature": signature])
        try prove(.gitlab, ["x-gitlab-token": "s3cret"])
        try prove(.registry, ["authorization": "Bearer s3cret"])
    }

    @Test(arguments: [
        (Sender.github, [:], "has no signature"),
        (.github, ["x-hub-signature": "sha1=00"], "only with SHA-1"),
        (.github, ["x-hub-signature-256": "sha256=00"], "is not SHA-256"),
        (
            .github, ["x-hub-signature-256": "sha256=" + String(repeating: "0", count: 64)],
            "does not match the body"
        ),
        (.gitlab, [:], "has no secret"),
        (.gitlab, ["x-gitlab-token": "guess"], "different secret"),
        (.gitlab, ["x-gitlab-token": ""], "different secret"),
        (.dockerhub, [:], "neither signs deliveries"),
    ])
    func whoDoesNotIsRefused(sender: Sender, headers: [String: String], why: String) {
        let problem = #expect(throws: DeliveryProblem.self) { try prove(sender, headers) }
        #expect(problem?.reason.contains(why) == true, "\(problem?.reason ?? "")")
    }

    @Test func oneByteMoreIsAnotherBody() {
        let signature = Self.signature(Self.body, "s3cret")
        #expect(throws: DeliveryProblem.self) {
            try prove(.github, ["x-hub-signature-256": signature], body: Self.body + " ")
        }
        #expect(throws: DeliveryProblem.self) { try prove(.github, [:], secret: "\n") }
    }

    // MARK: Bodies

    @Test(arguments: [
        ("{\"a\": 1, \"a\": 2}", "duplicate member"), ("{\"a\": \"\u{FF}", "not JSON"),
        ("[1]", "a list"),
        (String(repeating: "[", count: 5000), "levels"), ("", "ends too early"),
        ("{\"a\": 1}}", "after the end"),
    ])
    func whatIsNoObjectIsRefused(body: String, why: String) {
        let problem = #expect(throws: DeliveryProblem.self) { try DeliveryTests.map(.github, body) }
        #expect(problem?.reason.contains(why) == true, "\(problem?.reason ?? "")")
    }

    /// GitHub cuts its deliveries off at 25 MB: those are kept whole, and what no sender makes is
    /// refused before it is read.
    @Test func theLongestBodyIsKeptWhole() async throws {
        func body(_ bytes: Int) -> String {
            #"{"ref": "refs/heads/main", "before": "\#(DeliveryTests.zero)", "after": "\#(DeliveryTests.commit)", "repository": {"#
                + #""full_name": "acme/shop"}, "x": ""# + String(repeating: "y", count: bytes)
                + "\"}"
        }
        let long = body(25_000_000)
        let mapped = try DeliveryTests.map(.github, long, ["x-github-event": "push"])
        let recorder = memoryRecorder()
        _ = try await recorder.record([
            ReadDelivery(
                from: "github", name: "push", id: nil, body: Array(long.utf8), json: mapped.json,
                facts: mapped.facts, reason: nil, isProven: false)
        ])
        let hash = Content(Array(long.utf8)).hash
        #expect(try await recorder.store.content(hash)?.count == long.utf8.count)
        let problem = #expect(throws: DeliveryProblem.self) {
            try DeliveryTests.map(.github, body(Limits.contentBytes))
        }
        #expect(problem?.reason.contains("too long") == true)
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: DeliveryProblem.self) {
            try Sender.github.map(
                RawDelivery(body: [123, 34, 0xFF, 34, 58, 49, 125], place: "here"),
                DeliveryContext(now: Fixed.start))
        }
    }

    @Test(arguments: [
        (Sender.github, ["x-github-event": "push"], Self.body, "looks like ping"),
        (
            .gitlab, ["x-gitlab-event": "Push Hook"], #"{"object_kind": "pipeline"}"#,
            "the kind pipeline"
        ),
        (.gitea, ["x-gitea-event": "push"], #"{"release": {}}"#, "looks like release"),
        (.bitbucket, ["x-event-key": "repo:push"], #"{"pullrequest": {}}"#, "has no \"push\""),
        (.registry, ["content-type": "text/html"], #"{"events": []}"#, "text/html"),
    ])
    func anotherEventThanTheHeaderSaysIsRefused(
        sender: Sender, headers: [String: String], body: String, why: String
    ) {
        let problem = #expect(throws: DeliveryProblem.self) {
            try DeliveryTests.map(sender, body, headers)
        }
        let said = [problem?.reason, problem?.hint?.description].compactMap(\.self).joined(
            separator: " ")
        #expect(said.contains(why), "\(said)")
    }

    // MARK: Files

    private func read(_ text: String) async throws -> [RawDelivery] {
        var all: [RawDelivery] = []
        try await DeliveryReading.each(
            Data(text.utf8), place: "f", headers: ["x-github-event": "ping"]
        ) { all.append($0) }
        return all
    }

    @Test func deliveriesComeInManyForms() async throws {
        let request = "POST /hook HTTP/1.1\r\nX-GitHub-Event: push\r\nX-A: b: c\r\n\r\n{\"a\":1}"
        let wire = try await read(request)
        #expect(wire.map(\.headers) == [["x-github-event": "push", "x-a": "b: c"]])
        #expect(wire[0].body == Array("{\"a\":1}".utf8))
        #expect(try await read("{\n \"a\": 1\n}\n").count == 1)
        let lines = try await read(
            "{\"a\":1}\n\n{\"headers\":{\"X-GitHub-Event\":\"push\"},\"body\":\"{}\"}\n")
        #expect(lines.map(\.place) == ["f line 1", "f line 3"])
        #expect(lines[1].headers["x-github-event"] == "push" && lines[1].body == Array("{}".utf8))
        #expect(try await read("[{\"a\":1},{\"a\":2}]").count == 2)
    }

    // MARK: The ledger

    private func delivery(
        _ facts: [Fact], id: String? = nil, body: JSONValue = ["a": 1], name: String = "push"
    ) -> ReadDelivery {
        ReadDelivery(
            from: "github", name: name, id: id, body: Array(Canonical.text(body).utf8), json: body,
            facts: facts, reason: nil, isProven: false)
    }

    private func fact(_ id: String, severity: String = "page") -> Fact {
        Fact(
            .incidentOpened(Incident(name: "Errors", severity: severity)),
            source: Source(name: "github", id: id))
    }

    @Test func aFactStandsBesideTheDeliveryThatToldIt() async throws {
        let recorder = memoryRecorder()
        let first = try await recorder.record([delivery([fact("1"), fact("2")], id: "d1")])
        #expect(first == [DeliveryResult(isKnown: false, facts: 2)])
        let entries = try await recorder.store.page(
            EntryFilter(), .oldestFirst, after: nil, limit: 9)
        #expect(entries.map(\.kind) == ["delivery.received", "incident.opened", "incident.opened"])
        #expect(entries[1].draft.cause == entries[0].id)
        let payload = try JSONValue(parsing: entries[0].draft.payload)
        let hash = ContentHash(unchecked: payload["body"]?.string ?? "")
        #expect(try await recorder.store.content(hash) == Array("{\"a\":1}".utf8))
        // It comes again, alone and among others.
        let again = try await recorder.record([
            delivery([fact("1"), fact("2")], id: "d1"), delivery([fact("2"), fact("3")], id: "d2"),
            delivery([fact("3")], id: "d2"),
        ])
        #expect(again.map(\.isKnown) == [true, false, true])
        #expect(again.map(\.facts) == [0, 1, 0])
    }

    /// Alerts come again with other words while they fire: the first telling stays.
    @Test func aFactToldOtherwiseStaysAsItWasToldFirst() async throws {
        let recorder = memoryRecorder()
        _ = try await recorder.record([delivery([fact("1")], id: "d1")])
        let again = try await recorder.record([
            delivery([fact("1", severity: "ticket"), fact("2")], id: "d2", body: ["a": 2])
        ])
        #expect(again == [DeliveryResult(isKnown: false, facts: 1)])
    }

    @Test func oneNameForTwoBodiesIsRefused() async throws {
        let recorder = memoryRecorder()
        _ = try await recorder.record([delivery([], id: "d1")])
        await #expect(throws: StoreProblem.self) {
            _ = try await recorder.record([delivery([fact("1")], id: "d1", body: ["a": 2])])
        }
        #expect(try await recorder.store.head().sequence == 1)
    }

    /// What an earlier ledger did not understand is read again with the facts that it tells.
    @Test func aKnownDeliveryGivesTheFactsThatItGaveNotBefore() async throws {
        let recorder = memoryRecorder()
        _ = try await recorder.record([delivery([], id: "d1")])
        let again = try await recorder.record([delivery([fact("1")], id: "d1")])
        #expect(again == [DeliveryResult(isKnown: true, facts: 1)])
        let entries = try await recorder.store.page(
            EntryFilter(), .oldestFirst, after: nil, limit: 9)
        #expect(entries.count == 2 && entries[1].draft.cause == entries[0].id)
    }

    @Test func aSecretInABodyIsNotKept() async throws {
        let recorder = memoryRecorder()
        _ = try await recorder.record([delivery([], body: ["secret": "l26Un7G7HXog", "a": 1])])
        let entries = try await recorder.store.page(
            EntryFilter(), .oldestFirst, after: nil, limit: 9)
        let payload = try JSONValue(parsing: entries[0].draft.payload)
        let kept = try await recorder.store.content(
            ContentHash(unchecked: payload["body"]?.string ?? ""))
        #expect(kept == Array(#"{"a":1,"secret":"***"}"#.utf8) && payload["cleaned"] == true)
    }

    @Test func theSameDeliveryAThousandTimesAtOnceIsOne() async throws {
        let recorder = memoryRecorder()
        let sum = try await withThrowingTaskGroup(of: Int.self) { tasks in
            for _ in 0..<1000 {
                tasks.addTask {
                    try await recorder.record([delivery([fact("1")], id: "d1")])[0].facts
                }
            }
            return try await tasks.reduce(0, +)
        }
        #expect(sum == 1)
        #expect(try await recorder.store.head().sequence == 2)
    }
}
