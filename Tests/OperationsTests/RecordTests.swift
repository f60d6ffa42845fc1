import CommandEngine
import CommandImporters
import CommandPorts
import Commands
import Ledger
import LedgerOperations
import Projections
import Support
import Testing

/// The operations that record facts from outside: given facts, when others come, then entries.
struct RecordTests {
    private let recorder = memoryRecorder()

    private var desk: RecordingDesk {
        RecordingDesk(
            Desk(
                projector: recorder.projector,
                playbook: .missing(Refusal(.notPossible, "there is no playbook")),
                surroundings: Fixed.surroundings()), recorder, checker: NoSignatures())
    }

    private func finished(_ number: Int, in environment: String = "production") throws -> FactInput
    {
        FactInput(
            "deploy.finished",
            [
                "environment": .string(environment), "service": "web",
                "tag": .string(try #require(Sample.release(number).tag).rawValue),
            ])
    }

    @Test func aFactIsRecordedOnceForItsSource() async throws {
        var fact = try finished(1)
        (fact.source, fact.sourceID) = ("jenkins", "17")
        let first = try await RecordFact(fact).answer(at: desk)
        let second = try await RecordFact(fact).answer(at: desk)
        #expect(!first.isKnown && second.isKnown)
        #expect(first.entry == second.entry)
        #expect(try await recorder.store.head().sequence == 1)
    }

    @Test func halfASourceIsRefused() async throws {
        var fact = try finished(1)
        fact.source = "jenkins"
        let request = RecordFact(fact)
        await #expect(throws: Refusal.self) { _ = try await request.answer(at: desk) }
        #expect(try await recorder.store.head().sequence == 0)
    }

    @Test(arguments: ["", " ", " alice", "alice\u{A0}"])
    func aNameWithBlanksAtItsEndsIsNoPerson(_ name: String) async throws {
        var fact = try finished(1)
        fact.by = name
        let request = RecordFact(fact)
        await #expect(throws: InvalidName.self) { _ = try await request.answer(at: desk) }
        #expect(try await recorder.store.head().sequence == 0)
    }

    @Test func anEmptySourceIsRefused() async throws {
        var fact = try finished(1)
        (fact.source, fact.sourceID) = ("jenkins", "")
        let request = RecordFact(fact)
        await #expect(throws: Refusal.self) { _ = try await request.answer(at: desk) }
    }

    /// One source cannot tell two things; the refusal names it.
    @Test func aSourceThatContradictsItselfIsNamed() async throws {
        var (first, second) = (try finished(1), try finished(2))
        (first.source, first.sourceID) = ("jenkins", "17")
        (second.source, second.sourceID) = ("jenkins", "17")
        let request = RecordFacts([first, second])
        let problem = await #expect(throws: StoreProblem.self) {
            _ = try await request.answer(at: desk)
        }
        #expect(problem?.cause == "jenkins, 17")
    }

    @Test func aNewNameThatLooksLikeATypingErrorIsNamed() async throws {
        _ = try await RecordFact(finished(1)).answer(at: desk)
        let made = try await RecordFact(finished(1, in: "prodution")).answer(at: desk)
        #expect(made.newName?.service == nil && made.newName?.known == ["production"])
        var other = try finished(1)
        other.fields = ["environment": "production", "service": "wbe", "tag": "v1"]
        let service = try await RecordFact(other).answer(at: desk)
        #expect(service.newName?.service == "wbe" && service.newName?.known == ["web"])
    }

    @Test func aLateDeployNamesTheReleaseThatRunsNow() async throws {
        _ = try await RecordFact(finished(2)).answer(at: desk)
        var late = try finished(1)
        late.time = "2.hours.ago"
        let made = try await RecordFact(late).answer(at: desk)
        #expect(made.overtakenBy?.release?.title == "v0.2.0")
    }

    @Test func manyFactsAreRecordedAllOrNone() async throws {
        let facts = [try finished(1), FactInput("deploy.fnished", [:]), try finished(2)]
        do {
            _ = try await RecordFacts(facts).answer(at: desk)
            Issue.record("the second fact was taken")
        } catch let problem as RecordFacts.Problem {
            #expect(problem.index == 1)
            #expect((problem.error as? Refusal)?.hint == "did you mean deploy.finished?")
        }
        #expect(try await recorder.store.head().sequence == 0)
        let made = try await RecordFacts([finished(1), finished(2)]).answer(at: desk)
        #expect(made == .init(recorded: 2, known: 0))
    }

    @Test(arguments: [
        ("{\"kind\":7}", "line 3: kind must be a string"),
        ("[]", "line 3 is not an object"),
        ("{}", "line 3 has no kind"),
        (
            "{\"kind\":\"note.added\",\"time\":\"2.hours.ago\"}",
            "line 3: \"2.hours.ago\" is not a time (RFC 3339)"
        ),
        (
            "{\"kind\":\"note.added\",\"source\":\"x\"}",
            "line 3: only one of source and sourceID is given"
        ),
    ])
    func aBadLineIsNamed(_ line: String, _ message: String) {
        do {
            _ = try FactInput(parsing: line, number: 3)
            Issue.record("\(line) was taken")
        } catch { #expect((error as? Refusal)?.message == message) }
    }

    // MARK: Deliveries

    private func delivery(_ id: String, _ text: String) throws -> (RawDelivery, MappedDelivery) {
        let raw = RawDelivery(
            headers: ["x-github-event": "ping", "x-github-delivery": id], body: Array(text.utf8),
            place: id)
        let context = DeliveryContext(now: Fixed.start, services: [:])
        return (raw, try Sender.github.map(raw, context))
    }

    @Test func deliveriesAreCountedByEventAndKnownOnesAddNothing() async throws {
        for isRepeated in [false, true] {
            var batches = DeliveryBatches(recorder: recorder) { _ in }
            for id in ["a", "b"] {
                let (raw, mapped) = try delivery(id, "{\"zen\":\"\(id)\"}")
                try await batches.add(raw, mapped, from: .github, isProven: false)
            }
            let tally = try await batches.end()
            #expect(tally.deliveries == 2 && tally.known == (isRepeated ? 2 : 0))
            #expect(tally.events.map(\.event) == ["ping"])
            #expect(tally.events[0].reasons.values.reduce(0, +) == 2)
        }
    }

    @Test func oneIdWithTwoBodiesIsRefusedAndTheOthersAreRecorded() async throws {
        var batches = DeliveryBatches(recorder: recorder) { _ in }
        for (id, text) in [
            ("a", "{\"zen\":\"1\"}"), ("a", "{\"zen\":\"2\"}"), ("b", "{\"zen\":\"3\"}"),
        ] {
            let (raw, mapped) = try delivery(id, text)
            try await batches.add(raw, mapped, from: .github, isProven: false)
        }
        let tally = try await batches.end()
        #expect(tally.deliveries == 2 && tally.refused.map(\.place) == ["a"])
    }

    // MARK: Journals

    /// A second may pass between what the script sees and its end.
    @Test(arguments: ["09:00:05Z", "09:00:06Z"])
    func whatAScriptSawBeforeItsEndVerifiesTheRelease(end: String) async throws {
        let release = Sample.release(1)
        let bundle = Sample.bundle(release)
        let content = try bundle.content()
        _ = try await recorder.store.append(
            [Append([], to: .general, expecting: .any, keeping: [content])])
        try await recorder.tell([Sample.deployed(Sample.release(2))])
        let move =
            "{\"service\":\"web\",\"tag\":\"v0.1.0\",\"digest\":"
            + "\"\(try #require(release.digest))\",\"bundle\":\"\(content.hash)\"}"
        let day = "\"time\":\"2026-11-20T"
        let journal = """
            {"journal":1,"id":"1-1-here","by":"root","environment":"production","moves":[\(move)],\(day)09:00:01Z"}
            {"observed":"x","service":"web","host":"\(Sample.host)","matches":true,\(day)09:00:05Z"}
            {"ended":"finished",\(day)\(end)"}
            """
        let made = try await ImportJournal(journal).answer(at: desk)
        #expect(made.hasEnded && made.recorded == 3)
        let state = try #require(made.state.services.first)
        #expect(state.release?.title == "v0.1.0" && state.state == "verified")
    }

    @Test func aTextThatIsNoJournalIsRefusedWithItsLine() async throws {
        let bad = ImportJournal("{\"journal\":2,\"time\":\"2026-11-20T09:00:00Z\"}\n")
        do {
            _ = try await bad.answer(at: desk)
            Issue.record("it was taken")
        } catch {
            #expect((error as? Refusal)?.message == "the journal cannot be read, line 1")
        }
        #expect(try await recorder.store.head().sequence == 0)
    }
}
