import CommandEngine
import CommandImporters
import CommandPorts
import Crypto
import Foundation
import Ledger
import LedgerProof
import Projections
import Support
import Testing
@testable import CommandExporters

/// What leaves the ledger, and what comes back of it.
struct ExportTests {
    // MARK: JSON lines

    /// A ledger with an entry of every kind, in two streams, and bytes that one refers to.
    private func filled() async throws -> Recorder {
        let recorder = memoryRecorder()
        for kind in EventKind.allCases {
            if kind == .payloadRedacted {
                try await redactOne(recorder)
                continue
            }
            let event = try kind.wholeExample
            try await recorder.tell([Fact(kind: kind.rawValue, fields: event.fields)])
        }
        let kept = Content(Array("kept\u{0}bytes".utf8))
        _ = try await recorder.store.append([
            Append([], to: .general, expecting: .any, keeping: [kept])
        ])
        return recorder
    }

    /// A decision is about an entry that is there.
    private func redactOne(_ recorder: Recorder) async throws {
        let note = try await recorder.record([Fact(.noteAdded(Note(text: "a secret")))])[0]
        let decision = try recorder.redaction(of: ["text"], in: note, reason: "pasted")
        _ = try await recorder.redact(decision, of: note)
    }

    private func copy(of store: any EventStore) async throws -> [CopyLine] {
        var lines = [CopyLine.head(try await store.head())]
        for hash in try await store.contentHashes(after: nil, limit: 100) {
            lines.append(.content(Content(try #require(try await store.content(hash)))))
        }
        try await store.each(EntryFilter()) { lines.append(.entry($0)) }
        return lines
    }

    private func check(_ texts: [String]) throws {
        var check = CopyCheck()
        for text in texts { try check.add(CopyLine(parsing: text.utf8)) }
        _ = try check.end()
    }

    @Test func aCopyComesBackAsItLeft() async throws {
        let store = try await filled().store
        let texts = try await copy(of: store).map(\.text)
        try check(texts)
        let other = memoryRecorder()
        for text in texts {
            switch try CopyLine(parsing: text.utf8) {
            case .head: continue
            case .content(let content): _ = try await other.copy([], keeping: [content])
            case .entry(let entry): #expect(try await other.copy([entry]) == 1)
            }
        }
        #expect(try await other.store.head() == store.head())
        #expect(try await copy(of: other.store).map(\.text) == texts)
    }

    @Test func aCopyIsTakenOverOnce() async throws {
        let store = try await filled().store
        var entries: [Entry] = []
        try await store.each(EntryFilter()) { entries.append($0) }
        let other = memoryRecorder()
        #expect(try await other.copy(Array(entries.prefix(5))) == 5)
        #expect(try await other.copy(entries) == entries.count - 5)
        #expect(try await other.copy(entries) == 0)
    }

    @Test func aLedgerThatWentAnotherWayTakesNothing() async throws {
        var entries: [Entry] = []
        try await filled().store.each(EntryFilter()) { entries.append($0) }
        let other = memoryRecorder(by: "bob")
        try await other.tell([Sample.tagged(Sample.release(1))])
        let before = try await other.store.head()
        await #expect(throws: Refusal.self) { _ = try await other.copy(entries) }
        #expect(try await other.store.head() == before)
    }

    /// Each damage, and what is said of it.
    @Test(
        arguments: [
            (#"s/"by":"alice"/"by":"mallory"/"#, "the hash does not match"), ("2d", "expected 1"),
            ("$d", "entries and contains"), ("1d", "is not the head of a copy"),
            (#"s/"position":1,/"position":7,/"#, "expected 1"),
            // Another digit, whatever the first one is.
            (
                #"1{s/"root":"0/"root":"1/;t;s/"root":"./"root":"0/}"#,
                "do not match the stated root"
            ),
            ("1p", "second head line"),
            (#"1s/"ledger":1/"ledger":9/"#, "version 9"),
            (#"s/"bytes":"..../"bytes":"AAAA/"#, "their hash is not"),
            (#"s/"known":"declared"/"known":"guessed"/"#, "known"),
            (#"s/"id":"0/"id":"z/"#, "\"id\""),
            (#"s/"by":"alice"/"by":"alice","extra":1/"#, "\"extra\""),
        ])
    func aDamagedCopyIsRefused(damage: String, why: String) async throws {
        let store = try await filled().store
        let texts = try await copy(of: store).map(\.text)
        // The line of the content is not the second: entries follow each other there.
        let sorted = damage == "2d" ? texts.filter { !$0.contains(#""bytes""#) } : texts
        let said = try await Spoken.run(
            ["sed", damage], input: sorted.joined(separator: "\n") + "\n")
        #expect(said.output != sorted.joined(separator: "\n") + "\n")
        let problem = #expect(throws: FieldProblem.self) {
            try check(said.output.split(separator: "\n").map(String.init))
        }
        #expect(problem?.description.contains(why) == true, "\(String(describing: problem))")
    }

    // MARK: Statement

    private func entry(_ fact: Fact) throws -> Entry {
        let draft = try Draft(
            kind: fact.kind, fields: fact.fields, id: EntryID(high: 1, low: 2), time: Fixed.start,
            recorded: Fixed.start, by: Author(name: "alice"))
        return Entry(sequence: 1, stream: .general, position: 1, draft: draft)
    }

    @Test func aStatementNamesTheImageAndWhereItRuns() throws {
        let release = Sample.release(3)
        let statement = try InTotoStatement.value(
            of: try entry(Sample.deployed(release)),
            head: LedgerHead(sequence: 1, root: Tree().root))
        #expect(statement["_type"] == "https://in-toto.io/Statement/v1")
        let subject = try #require(statement["subject"]?.array?.first)
        #expect(subject["name"] == "web")
        #expect(subject["digest"] == ["sha256": .string(String(repeating: "03", count: 32))])
        let predicate = try #require(statement["predicate"])
        #expect(predicate["environment"] == "production" && predicate["tag"] == "v0.3.0")
        #expect(predicate["verified"] == true && predicate["action"] == "deploy")
    }

    @Test func whatTellsOfNoImageMakesNoStatement() throws {
        let head = LedgerHead(sequence: 1, root: Tree().root)
        var release = Sample.release(3)
        release.digest = nil
        let blind = try entry(Sample.deployed(release))
        let other = try entry(Sample.tagged(Sample.release(3)))
        #expect(throws: FieldProblem.self) { try InTotoStatement.value(of: blind, head: head) }
        #expect(throws: FieldProblem.self) { try InTotoStatement.value(of: other, head: head) }
    }

    /// The example of the specification (dsse, "protocol.md").
    @Test func whatIsSignedIsEncodedAsPublished() {
        let payload = Array("hello world".utf8)
        #expect(
            String(decoding: DSSEEnvelope.encoding(of: payload), as: UTF8.self)
                == "DSSEv1 28 application/vnd.in-toto+json 11 hello world")
    }

    @Test func openSSLVerifiesTheEnvelope() async throws {
        let sandbox = try Sandbox()
        let made = try await Spoken.run(
            [
                "sh", "-c",
                "openssl genpkey -algorithm ed25519 -out key.pem"
                    + " && openssl pkey -in key.pem -pubout -out public.pem"
                    + " && openssl pkey -in key.pem -pubout -outform DER | sha256sum",
            ], in: sandbox.folder)
        let key = try #require(DSSEEnvelope.key(pem: sandbox.read("key.pem")))
        let envelope = try DSSEEnvelope.value(of: ["a": "b"], key: key)
        let signature = try #require(envelope["signatures"]?.array?.first)
        #expect(made.output.hasPrefix(signature["keyid"]?.string ?? "none"))
        let payload = try #require(Data(base64Encoded: envelope["payload"]?.string ?? ""))
        try Data(DSSEEnvelope.encoding(of: Array(payload))).write(
            to: sandbox.folder.appending(path: "signed"))
        try #require(Data(base64Encoded: signature["sig"]?.string ?? "")).write(
            to: sandbox.folder.appending(path: "sig"))
        let verified = try await Spoken.run(
            [
                "openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "public.pem",
                "-in", "signed", "-sigfile", "sig",
            ], in: sandbox.folder)
        #expect(verified.code == 0 && verified.output.contains("Success"), "\(verified)")
        #expect(DSSEEnvelope.key(pem: "no key") == nil)
    }
}

/// Events for other programs, held against the published schemas.
@Suite(.enabled(if: Shared.data("cdevents/schemas-v0.5.1") != nil, "the schemas are not here"))
struct ExportSchemaTests {
    /// Says of each line which schema it breaks, and how.
    private func problems(_ lines: [String], _ schemas: String) async throws -> String {
        let sandbox = try Sandbox()
        try sandbox.write("check.py", Self.program)
        // Debian's, for which the package with the validator was installed.
        let said = try await Spoken.run(
            ["/usr/bin/python3", sandbox.path("check.py"), schemas],
            input: lines.joined(separator: "\n"))
        try #require(said.code == 0, "\(said.error)")
        return said.output
    }

    private static let program = """
        import json, pathlib, sys, warnings
        warnings.simplefilter("ignore")
        import jsonschema
        folder = pathlib.Path(sys.argv[1])
        store, kinds = {}, {}
        for path in [*folder.glob("**/*.json"), folder.parent / "v0.5.1/custom_schema.json"]:
            schema = json.loads(path.read_text())
            if "$id" not in schema: continue
            store[schema["$id"]] = schema
            kind = schema.get("properties", {}).get("context", {}).get("properties", {}).get("type", {})
            for name in kind.get("enum", []): kinds[name] = schema
            if "pattern" in kind: custom = schema
        for line in sys.stdin:
            event = json.loads(line)
            name = event["context"]["type"]
            schema = custom if name.startswith("dev.cdeventsx.") else kinds.get(name)
            if schema is None:
                print(name, "is no type")
                continue
            resolver = jsonschema.RefResolver(schema["$id"], schema, store)
            validator = jsonschema.Draft202012Validator(schema, resolver=resolver)
            for problem in validator.iter_errors(event):
                print(name, list(problem.absolute_path), problem.message)

        """

    private func entries(_ example: (EventKind) throws -> Event) throws -> [Entry] {
        try EventKind.allCases.enumerated().map { index, kind in
            let draft = try Draft(
                try example(kind), id: EntryID(time: Fixed.start, random: (7, UInt64(index) << 2)),
                time: Fixed.start, recorded: Fixed.start, by: Author(name: "alice"),
                cause: EntryID(high: 1, low: 2), correlation: EntryID(high: 1, low: 3))
            return Entry(sequence: index + 1, stream: .general, position: index + 1, draft: draft)
        }
    }

    @Test func everyKindIsAValidCDEvent() async throws {
        let schemas = try #require(Shared.data("cdevents/schemas-v0.5.1")).path
        let first = try Event(
            kind: "deploy.finished", fields: Sample.deployed(Sample.release(1)).fields)
        let all =
            try entries { try $0.example } + entries { try $0.wholeExample }
            + entries { _ in first }
        let events = all.map { CDEvent.value(of: $0, source: "/acme/ledger") }
        #expect(try await problems(events.map(Canonical.text), schemas) == "")
        // The words of CDEvents are used where it has them.
        let types = Set(events.compactMap { $0["context"]?["type"]?.string })
        #expect(types.contains("dev.cdevents.service.deployed.0.3.0"))
        #expect(types.contains("dev.cdevents.service.rolledback.0.3.0"))
        #expect(types.contains("dev.cdeventsx.ledger-fence.raised.0.1.0"))
        #expect(types.filter { $0.hasPrefix("dev.cdevents.") }.count >= 15, "\(types)")
    }

    /// Every conformance example is understood as a delivery, and leaves again as a valid event.
    @Test(arguments: ["v0.4.1", "v0.5.1"])
    func everyConformanceExampleLeavesAgain(version: String) async throws {
        let root = try #require(Shared.data("cdevents/" + version))
        let schemas = try #require(Shared.data("cdevents/schemas-v0.5.1")).path
        var lines: [String] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: root.path).sorted()
        where name.hasSuffix(".json") && name != "custom_schema.json" {
            let body = Array(try Data(contentsOf: root.appending(path: name)))
            let mapped = try Sender.cdevents.map(
                RawDelivery(headers: [:], body: body, place: name),
                DeliveryContext(now: Fixed.start))
            #expect(!mapped.facts.isEmpty || mapped.reason != nil, "\(name)")
            let raised = try #require(CDEventTypes.raised(mapped.json), "\(name)")
            lines.append(Canonical.text(raised))
        }
        #expect(lines.count >= 24)
        #expect(try await problems(lines, schemas) == "")
    }

    @Test func everyKindIsAValidCloudEvent() async throws {
        let file = try #require(Shared.data("cloudevents/spec__cloudevents.schema.json"))
        let sandbox = try Sandbox()
        try sandbox.write(
            "check.py",
            """
            import json, sys, jsonschema
            schema = json.load(open(sys.argv[1]))
            for line in sys.stdin:
                for problem in jsonschema.Draft7Validator(schema).iter_errors(json.loads(line)):
                    print(problem.message)

            """)
        let all = try entries { try $0.example } + entries { try $0.wholeExample }
        let events = all.map { CloudEvent.value(of: $0, source: "/acme/ledger") }
        let said = try await Spoken.run(
            ["/usr/bin/python3", sandbox.path("check.py"), file.path],
            input: events.map(Canonical.text).joined(separator: "\n"))
        #expect(said.code == 0 && said.output == "", "\(said)")
        for name in try #require(events.first?.object).keys {
            #expect(name.allSatisfy { $0.isLowercase || $0.isNumber }, "\(name)")
        }
    }
}
