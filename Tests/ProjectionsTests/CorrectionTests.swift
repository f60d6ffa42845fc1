import CommandEngine
import CommandPorts
import Ledger
import Projections
import Support
import Testing

/// What is put right is so wherever it is asked for, and nothing else changes.
struct CorrectionTests {
    private func recorder(_ facts: [Fact]) async throws -> Recorder {
        let recorder = memoryRecorder()
        try await recorder.tell(facts)
        return recorder
    }

    private func correct(
        _ recorder: Recorder, _ sequence: Int, _ fields: [String: String]
    ) async throws {
        let wrong = try #require(try await recorder.store.entry(at: sequence))
        _ = try await recorder.correct(wrong, with: fields, reason: "typed wrongly")
    }

    private func line(_ recorder: Recorder, _ tag: String) async throws -> ViewRow? {
        let key = ReleaseFold.key(Sample.web, ReleaseTag(unchecked: tag))
        return try await recorder.store.rows("release", .one(key), at: nil).first
    }

    private func tagged(_ tag: String, _ digest: Int) -> Fact {
        var release = Sample.release(digest)
        release.tag = ReleaseTag(unchecked: tag)
        return Sample.tagged(release)
    }

    private func deployed(_ tag: String, _ digest: Int) -> Fact {
        var release = Sample.release(digest)
        release.tag = ReleaseTag(unchecked: tag)
        return Sample.deployed(release)
    }

    private func leads(_ recorder: Recorder, _ text: String) async throws -> Release? {
        try await recorder.projector.release(text, of: Sample.web, for: Sample.production)
    }

    @Test func aTagThatWasTakenBackNamesWhatItNamedBefore() async throws {
        let recorder = try await recorder([tagged("v3", 1), tagged("v3", 2)])
        try await correct(recorder, 2, ["tag": "v4"])
        #expect(try await line(recorder, "v3")?.subject.digest == Sample.digest(1))
        #expect(try await line(recorder, "v4")?.subject.digest == Sample.digest(2))
        #expect(try await leads(recorder, "v3")?.digest == Sample.digest(1))
    }

    @Test func sayingTheSameTwiceAndTakingOneBackLeavesTheOther() async throws {
        let recorder = try await recorder([tagged("v3", 1), tagged("v3", 1), tagged("v3", 1)])
        try await correct(recorder, 3, ["tag": "v4"])
        try await correct(recorder, 2, ["tag": "v5"])
        #expect(try await line(recorder, "v3")?.subject.digest == Sample.digest(1))
        try await correct(recorder, 1, ["tag": "v6"])
        #expect(try await line(recorder, "v3") == nil)
    }

    @Test func aTagToldOfManyTimesFallsBackOnItsLastWords() async throws {
        let words = (1...Limits.wordsOfTag + 5).map { tagged("latest", $0) }
        let recorder = try await recorder(words)
        for place in ((words.count - Limits.wordsOfTag + 2)...words.count).reversed() {
            try await correct(recorder, place, ["tag": "v\(place)"])
            let line = try await line(recorder, "latest")
            #expect(line?.subject.digest == Sample.digest(place - 1))
            #expect(line?.number == place - 1)
        }
    }

    @Test func correctingAnOlderWordDoesNotMoveTheTagBack() async throws {
        let recorder = try await recorder([tagged("latest", 1), tagged("latest", 2)])
        try await correct(recorder, 1, ["revision": Sample.revision(9).rawValue])
        #expect(try await line(recorder, "latest")?.subject.digest == Sample.digest(2))
        #expect(try await leads(recorder, "latest")?.digest == Sample.digest(2))
    }

    @Test func correctingAnOlderDeployDoesNotMakeItTheLast() async throws {
        let recorder = try await recorder([
            deployed("v1", 1), deployed("v2", 2), deployed("v1", 3),
        ])
        try await correct(recorder, 1, ["revision": Sample.revision(9).rawValue])
        let reference = Reference.release("v1")
        #expect(
            try await recorder.projector.sequence(of: reference, in: Sample.production) == 3)
        #expect(try await leads(recorder, "v1")?.digest == Sample.digest(3))
    }

    @Test func correctedTwiceTheLastWordCounts() async throws {
        let recorder = try await recorder([deployed("v1", 1)])
        try await correct(recorder, 1, ["tag": "v2"])
        try await correct(recorder, 1, ["tag": "v3"])
        let past = try await recorder.projector.deployments(
            of: Sample.web, in: Sample.production)
        #expect(past.map(\.release.tag?.rawValue) == ["v3"])
        #expect(try await leads(recorder, "v2") == nil)
        #expect(try await leads(recorder, "v3")?.digest == Sample.digest(1))
    }

    @Test func whatMerelySpeaksOfATagMakesNoReleaseWhenCorrected() async throws {
        let tag = ReleaseTag(unchecked: "v9")
        let recorder = try await recorder([
            Fact(.noteAdded(Note(text: "soon", service: Sample.web, tag: tag))),
            Fact(
                .built(
                    Build(
                        service: Sample.web, revision: Sample.revision(1), outcome: .failed,
                        tag: tag))),
        ])
        try await correct(recorder, 1, ["text": "later"])
        try await correct(recorder, 2, ["revision": Sample.revision(2).rawValue])
        #expect(try await line(recorder, "v9") == nil)
        #expect(try await leads(recorder, "v9") == nil)
    }

    /// Hosts were seen running another image than the one that is named now.
    @Test func whatNobodySawIsNotVerifiedByACorrection() async throws {
        let seen = HostObservation(
            environment: Sample.production, service: Sample.web, host: Sample.host,
            digest: Sample.digest(1), reachable: true)
        let recorder = try await recorder([deployed("v1", 1), Fact(.hostObserved(seen))])
        try await correct(recorder, 1, ["digest": Sample.digest(2).rawValue])
        let state = try await recorder.projector.environment(Sample.production)[Sample.web]
        #expect(state?.release?.digest == Sample.digest(2))
        #expect(state?.state == .drifted)
    }

    @Test(arguments: ["irreversible", "name"])
    func aCorrectionThatNobodyWouldReadIsRefused(field: String) async throws {
        let recorder = try await recorder([
            Fact(
                .migrationApplied(
                    Migration(environment: Sample.production, service: Sample.web, name: "m"))),
            Fact(.freezeStarted(Freeze(environment: Sample.production, reason: "x"))),
        ])
        await #expect {
            try await correct(recorder, 1, [field: "true"])
        } throws: {
            ($0 as? Refusal)?.hint == "record the migration again with the correct values"
        }
        await #expect(throws: Refusal.self) { try await correct(recorder, 2, ["reason": "y"]) }
        #expect(try await recorder.store.head().sequence == 2)
    }

    /// Fields by which something is decided that a correction would not reach.
    @Test(arguments: [
        (EventKind.buildFinished, "outcome", "failed"), (.deployFinished, "hosts", "a,b"),
        (.deployFinished, "from", "v0"), (.repoPushed, "forced", "true"),
        (.repoPushed, "branch", "main"),
    ])
    func aCorrectionThatWouldReachNobodyIsRefused(
        kind: EventKind, field: String, value: String
    ) async throws {
        let recorder = try await recorder([Fact(try kind.example)])
        await #expect(throws: Refusal.self) { try await correct(recorder, 1, [field: value]) }
    }

    @Test func anExplanationNamesTheCorrection() async throws {
        let recorder = try await recorder([deployed("v1", 1)])
        try await correct(recorder, 1, ["tag": "v1.1"])
        let view = try await recorder.projector.environment(Sample.production)
        let lines = Explanation(try #require(view[Sample.web]), in: view).lines
        #expect(lines.first { $0.field == "release" }?.value == "v1.1")
        #expect(lines.first { $0.field == "release" }?.entries == [2, 1])
    }

    @Test(arguments: [
        ("seconds", "soon"), ("seconds", "9007199254740993"), ("digest", "sha256:12"),
    ])
    func aCorrectionSaysOnlyWhatTheEntryCouldHaveSaid(field: String, value: String) async throws {
        let recorder = try await recorder([
            Fact(.built(Build(service: Sample.web, revision: Sample.revision(1))))
        ])
        await #expect { try await correct(recorder, 1, [field: value]) } throws: {
            ($0 as? FieldProblem)?.field == field
        }
        try await correct(recorder, 1, ["seconds": "30"])
        let fields = try await recorder.store.entry(at: 2)?.payload["fields"]
        #expect(fields?["seconds"] == JSONValue(30))
    }

    /// Beside what was wrong, the tag and its service are named: by them the word is found.
    @Test func whatStoodThereIsKept() async throws {
        let recorder = try await recorder([deployed("v1", 1)])
        try await correct(recorder, 1, ["digest": Sample.digest(2).rawValue])
        let was = try await recorder.store.entry(at: 2)?.payload["was"]
        let digest = JSONValue.string(Sample.digest(1).rawValue)
        #expect(was == ["digest": digest, "service": "web", "tag": "v1"])
    }

    @Test func ofSeveralWrongFieldsTheFirstIsNamed() async throws {
        let recorder = try await recorder([deployed("v1", 1)])
        let fields = Dictionary(uniqueKeysWithValues: "abcdefgh".map { ("x\($0)", "1") })
        await #expect {
            try await correct(recorder, 1, fields)
        } throws: {
            ($0 as? FieldProblem)?.field == "xa"
        }
    }

    @Test func twoCorrectionsAtOnceBothCount() async throws {
        let recorder = try await recorder([deployed("v1", 1)])
        async let one: Void = correct(recorder, 1, ["tag": "v2"])
        async let two: Void = correct(recorder, 1, ["revision": Sample.revision(7).rawValue])
        _ = try await (one, two)
        let subject = try await recorder.projector.entry(1)?.subject
        #expect(subject?.tag?.rawValue == "v2")
        #expect(subject?.revision == Sample.revision(7))
    }
}
