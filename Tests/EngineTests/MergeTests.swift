import CommandEngine
import CommandPorts
import CommandSecrets
import Ledger
import LedgerProof
import Projections
import Support
import Testing

/// What was recorded apart joins a ledger: once, whole, and from a log that is proved.
struct MergeTests {
    private let key: SigningKey
    private let laptop: MemoryStore
    private let main = memoryRecorder()

    init() throws {
        key = try SigningKey(name: "laptop")
        laptop = MemoryStore(views: StoredViews.all, signer: key)
    }

    private func draft(
        _ event: Event, _ number: UInt64, minute: Double = 0, run: EntryID? = nil
    ) throws -> Draft {
        try Draft(
            event, id: EntryID(high: 9, low: number),
            time: Fixed.start.adding(seconds: 60 * minute),
            recorded: Fixed.start, by: Author(name: "bob"), correlation: run)
    }

    private func add(_ drafts: [Draft], to stream: StreamName = .general) async throws {
        _ = try await laptop.append(drafts, to: stream, expecting: .any)
    }

    private func merge() async throws -> MergeResult {
        try await main.merge(laptop, trusting: [key.verifier])
    }

    /// A run that has deployed a release, as the ledger's own runs write it down.
    private func ran(_ tag: String, minute: Double) async throws {
        let run = EntryID(high: 9, low: 50)
        let (plan, tag) = (ContentHash(of: [1]), try ReleaseTag(tag))
        let planned = Planned(environment: Sample.production, plan: plan, steps: 1)
        let started = RunStarted(
            environment: Sample.production, plan: plan, token: 2, service: Sample.web, tag: tag)
        let lease = Lease(
            environment: Sample.production, holder: "bob@laptop process 1 (2)", seconds: 60)
        let done = RunFinished(
            environment: Sample.production, service: Sample.web, tag: tag, verified: true)
        try await add(
            [
                draft(.deployPlanned(planned), 50, minute: minute),
                draft(.leaseGranted(lease), 51, minute: minute, run: run),
                draft(.deployStarted(started), 52, minute: minute, run: run),
                draft(.deployed(done), 53, minute: minute, run: run),
                draft(.leaseReleased(lease), 54, minute: minute, run: run),
            ], to: .environment(Sample.production))
    }

    /// A deploy on the laptop whose tag was typed wrong, and put right.
    private func correctedAway() async throws {
        let other = Recorder(
            store: laptop, surroundings: Fixed.surroundings(by: "bob", process: 2),
            secretFilter: SecretFilter(variables: [:], secrets: []))
        let wrong = try await other.record([Sample.deployed(Sample.release(8))])[0]
        _ = try await other.correct(wrong, with: ["tag": "v9"], reason: "typed wrong")
    }

    private func running() async throws -> (tag: String?, state: ServiceState.State?) {
        let view = try await main.projector.environment(Sample.production)
        return (view.services.first?.release?.tag?.rawValue, view.services.first?.state)
    }

    @Test func entriesKeepWhatTheyAre() async throws {
        try await main.tell([Sample.tagged(Sample.release(1))])
        var fact = try draft(.noteAdded(Note(text: "from outside")), 2, minute: 3)
        fact.source = Source(name: "ci", id: "77")
        fact.cause = EntryID(high: 9, low: 1)
        try await add([draft(.noteAdded(Note(text: "one")), 1), fact])
        let result = try await merge()
        #expect((result.added, result.known, result.left) == (2, 0, 0))
        let first = try #require(try await main.store.entry(EntryID(high: 9, low: 1)))
        #expect(first.by == Author(name: "bob") && first.time == Fixed.start)
        #expect(first.draft.source == Source(name: "laptop", id: first.id.description))
        let second = try #require(try await main.store.entry(EntryID(high: 9, low: 2)))
        #expect(second.draft.source == fact.source && second.draft.cause == fact.cause)
        #expect(second.time == fact.time && second.recorded > Fixed.start)
        let again = try await merge()
        #expect((again.added, again.known, again.entry) == (0, 2, nil))
        #expect(try await main.store.head().sequence == 4)
    }

    @Test func eachHasAReceiptOfItsLog() async throws {
        for number in 1...600 {
            try await add([draft(.noteAdded(Note(text: "n\(number)")), UInt64(number))])
        }
        _ = try await merge()
        for number in [1, 2, 255, 256, 257, 512, 599, 600] {
            let id = EntryID(high: 9, low: UInt64(number))
            let receipt = try #require(try await main.store.receiptElsewhere(of: id))
            let read = try Receipt(Array(receipt.description.utf8))
            #expect(try read.proved(trusting: [key.verifier]).size == 600)
            #expect(read.index == number - 1)
            #expect(
                read.header
                    == (try await laptop.entry(id)).map { Array(LeafHasher.header(of: $0).utf8) })
        }
        #expect(try await main.store.receiptElsewhere(of: EntryID(high: 1, low: 1)) == nil)
        // Grown, it shares what it had with what it was.
        let before = try await main.store.contentHashes(after: nil, limit: 100).count
        try await add([draft(.noteAdded(Note(text: "n601")), 601)])
        #expect(try await merge().added == 1)
        #expect(try await main.store.contentHashes(after: nil, limit: 100).count == before + 1)
    }

    @Test func aRunThatWasLaterIsWhatRuns() async throws {
        try await main.tell([Sample.deployed(Sample.release(1))])
        try await ran("v2", minute: 60)
        let result = try await merge()
        #expect((result.added, result.left) == (3, 2))
        // What another ledger has seen was reported here, and not observed.
        #expect(try await running() == ("v2", .unverified))
        #expect(try await main.projector.environment(Sample.production).lease == nil)
        #expect(try await main.projector.runs().map(\.state) == [.finished])
    }

    /// What went out while the laptop was away is not undone by what the laptop did before.
    @Test func aRunThatWasEarlierIsHistory() async throws {
        try await main.tell([Sample.deployed(Sample.release(3))])
        let before = try await running()
        try await ran("v2", minute: -60)
        _ = try await merge()
        #expect(try await running() == before)
        #expect(before.tag == "v0.3.0")
        let history = try await main.projector.deployments(of: nil, in: Sample.production)
        #expect(Set(history.map(\.release.tag?.rawValue)) == ["v2", "v0.3.0"])
    }

    @Test func aCorrectionPointsToTheNewPlace() async throws {
        try await main.tell([Sample.tagged(Sample.release(1))])
        try await correctedAway()
        #expect(try await merge().added == 2)
        #expect(try await running().tag == "v9")
        let correction = try #require(try await main.store.entry(at: 4))
        #expect(correction.corrects == 3)
        #expect(try await merge().known == 2)
    }

    @Test func whatMayNotJoin() async throws {
        try await add([draft(.noteAdded(Note(text: "one")), 1)])
        let stranger = try SigningKey(name: "laptop").verifier
        await #expect(throws: ProofProblem.self) {
            try await main.merge(laptop, trusting: [stranger])
        }
        let unsigned = MemoryStore(views: StoredViews.all)
        await #expect(throws: Refusal.self) {
            try await main.merge(unsigned, trusting: [key.verifier])
        }
        // Half a run.
        let run = EntryID(high: 9, low: 50)
        let plan = ContentHash(of: [1])
        try await add(
            [
                draft(
                    .deployPlanned(Planned(environment: Sample.production, plan: plan, steps: 1)),
                    50),
                draft(
                    .deployStarted(
                        RunStarted(environment: Sample.production, plan: plan, token: 2)), 52,
                    run: run),
            ], to: .environment(Sample.production))
        await #expect(throws: Refusal.self) { try await merge() }
        #expect(try await main.store.head().sequence == 0)
    }

    @Test func oneIdSaysOneThing() async throws {
        let note = try draft(.noteAdded(Note(text: "one")), 1)
        try await add([note])
        var other = note
        other.payload = #"{"text":"another"}"#
        _ = try await main.store.append([other], to: .general, expecting: .any)
        await #expect(throws: Refusal.self) { try await merge() }
        #expect(try await main.store.head().sequence == 1)
    }

    /// Two jobs begin their ledgers in folders of one name.
    @Test func anotherLogOfTheSameName() async throws {
        try await add([draft(.noteAdded(Note(text: "one")), 1)])
        let other = MemoryStore(views: StoredViews.all, signer: try SigningKey(name: "laptop"))
        _ = try await other.append(
            [draft(.noteAdded(Note(text: "another")), 2)], to: .general, expecting: .any)
        #expect(try await merge().added == 1)
        let signer = try #require(try await other.checkpoint(covering: nil))
        #expect(signer.signatures.count == 1)
        let keys = [key.verifier]
        await #expect(throws: ProofProblem.self) { try await main.merge(other, trusting: keys) }
        let third = MemoryStore(views: StoredViews.all, signer: key)
        _ = try await third.append(
            [draft(.noteAdded(Note(text: "third")), 3)], to: .general, expecting: .any)
        #expect(try await main.merge(third, trusting: keys).added == 1)
    }

    /// What both were told by one source is one fact, also where a correction names it.
    @Test func aFactThatBothWereTold() async throws {
        let told = Fact(
            .imageTagged(
                ImageTagging(
                    service: Sample.web, tag: try ReleaseTag("v1"), digest: Sample.digest(1))),
            source: Source(name: "ci", id: "7"))
        try await main.tell([Sample.tagged(Sample.release(9)), told])
        let other = Recorder(
            store: laptop, surroundings: Fixed.surroundings(by: "bob", process: 2),
            secretFilter: SecretFilter(variables: [:], secrets: []))
        let there = try await other.record([told])[0]
        _ = try await other.correct(there, with: ["tag": "v2"], reason: "typed wrong")
        let result = try await merge()
        #expect((result.added, result.known) == (1, 1))
        let correction = try #require(try await main.store.entry(at: 4))
        #expect(correction.corrects == 2)
    }

    /// Where two things are said under one source, nothing is written at all.
    @Test func aContradictionLeavesNothing() async throws {
        let source = Source(name: "ci", id: "7")
        try await main.tell([Fact(.noteAdded(Note(text: "here")), source: source)])
        var other = try draft(.noteAdded(Note(text: "there")), 2)
        other.source = source
        try await add([draft(.noteAdded(Note(text: "one")), 1), other])
        await #expect(throws: StoreProblem.self) { try await merge() }
        #expect(try await main.store.head().sequence == 1)
    }

    /// Nor where a correction stands before it, with which another append would begin.
    @Test func aContradictionBehindACorrectionLeavesNothing() async throws {
        let source = Source(name: "ci", id: "7")
        try await main.tell([Fact(.noteAdded(Note(text: "here")), source: source)])
        try await correctedAway()
        var other = try draft(.noteAdded(Note(text: "there")), 2)
        other.source = source
        try await add([other])
        await #expect(throws: StoreProblem.self) { try await merge() }
        #expect(try await main.store.head().sequence == 1)
        #expect(try await main.store.contentHashes(after: nil, limit: 9).isEmpty)
    }

    /// A correction that says something else under the same id is not the same.
    @Test func aCorrectionSaysOneThing() async throws {
        try await correctedAway()
        _ = try await merge()
        let correction = try #require(try await laptop.entry(at: 2))
        let other = MemoryStore(views: StoredViews.all, signer: key)
        var draft = correction.draft
        draft.payload = draft.payload.replacing("typed wrong", with: "on purpose")
        let wrong = try #require(try await laptop.entry(at: 1))
        _ = try await other.append([
            Append([wrong.draft], to: wrong.stream, expecting: .any),
            Append([draft], to: correction.stream, expecting: .any),
        ])
        let refusal = await #expect(throws: Refusal.self) {
            try await main.merge(other, trusting: [key.verifier])
        }
        #expect(refusal?.message.contains("different entries with one id") == true)
    }

    @Test func bytesThatWereTakenOutThere() async throws {
        try await add([draft(.noteAdded(Note(text: "a secret")), 1)])
        _ = try await merge()
        let there = try #require(try await laptop.entry(at: 1))
        let decision = try Redacted(["text"], of: there, reason: "pasted")
        try await add([draft(.redacted(decision), 2), draft(.noteAdded(Note(text: "more")), 3)])
        let result = try await merge()
        #expect(result.added == 1 && result.whole == [2])
        let here = try #require(try await main.store.entry(at: 2))
        _ = try await main.redact(
            main.redaction(of: ["text"], in: here, reason: "there too"), of: here)
        let again = try await merge()
        #expect(again.added == 0 && again.whole.isEmpty)
    }

    /// A ledger that took over what a redaction had left is offered the whole entry, and then has
    /// its own part redacted: it is the same entry each time.
    @Test func theWholeOfWhatCameRedacted() async throws {
        let whole = MemoryStore(views: StoredViews.all, signer: key)
        var note = try draft(.noteAdded(Note(text: "a secret")), 1)
        note.salt = .bits(3, 4)
        _ = try await whole.append([note], to: .general, expecting: .any)
        try await add([note])
        let there = try #require(try await laptop.entry(at: 1))
        try await add([
            draft(.redacted(Redacted(["text"], of: there, reason: "pasted")), 2)
        ])
        #expect(try await merge().added == 1)
        let here = try #require(try await main.store.entry(at: 2))
        #expect(here.draft.payload == #"{"text":"***"}"# && here.draft.redaction == nil)
        #expect(here.draft.salt != nil && here.draft.salt != .removed)
        #expect(here.draft.salt != note.salt)
        let again = try await main.merge(whole, trusting: [key.verifier])
        #expect(again.added == 0 && again.known == 1)
        // The secret does not come back with it.
        #expect(try await main.store.entry(at: 2)?.draft.payload == here.draft.payload)
    }

    /// What both were told, and lost bytes there since, is the same fact still.
    @Test func bytesOfWhatBothWereTold() async throws {
        let source = Source(name: "ci", id: "7")
        try await main.tell([
            Fact(.noteAdded(Note(text: "a secret")), time: Fixed.start, source: source)
        ])
        var told = try draft(.noteAdded(Note(text: "a secret")), 1)
        told.source = source
        try await add([told])
        let there = try #require(try await laptop.entry(at: 1))
        try await add([
            draft(.redacted(Redacted(["text"], of: there, reason: "pasted")), 2),
            draft(.noteAdded(Note(text: "more")), 3),
        ])
        let result = try await merge()
        #expect(result.added == 1 && result.known == 1 && result.whole == [1])
    }

    /// What is about the other ledger stays there with its corrections.
    @Test func aCorrectionOfWhatStaysThereStays() async throws {
        let other = Recorder(
            store: laptop, surroundings: Fixed.surroundings(by: "bob", process: 2),
            secretFilter: SecretFilter(variables: [:], secrets: []))
        try await add([draft(.keyChanged(KeyChange(key: "k", reason: "left")), 1)])
        let change = try #require(try await laptop.entry(at: 1))
        _ = try await other.correct(change, with: ["reason": "alice left"], reason: "unclear")
        try await add([draft(.noteAdded(Note(text: "one")), 3)])
        let result = try await merge()
        #expect(result.added == 1 && result.left == 2)
    }

    /// A foreign entry does not speak for a run of this ledger.
    @Test func aRunOfThisLedgerIsItsOwn() async throws {
        let done = RunFinished(
            environment: Sample.production, service: Sample.web, tag: try ReleaseTag("v6"),
            verified: true)
        try await add(
            [draft(.deployed(done), 1, run: EntryID(high: 3, low: 3))],
            to: .environment(Sample.production))
        await #expect(throws: Refusal.self) { try await merge() }
        #expect(try await main.store.head().sequence == 0)
    }
}
