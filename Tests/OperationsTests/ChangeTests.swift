import CommandEngine
import CommandPorts
import Commands
import Ledger
import LedgerOperations
import Projections
import Support
import Testing

/// The operations that record: given facts, when a request comes, then entries, for any door.
struct ChangeTests {
    private let recorder = memoryRecorder()

    private var desk: RecordingDesk {
        let missing = Refusal(.notPossible, "there is no playbook")
        return RecordingDesk(
            Desk(
                projector: recorder.projector, playbook: .missing(missing),
                surroundings: Fixed.surroundings()), recorder,
            checker: NoSignatures())
    }

    private func refusal(_ body: () async throws -> Void) async -> Refusal? {
        do {
            try await body()
            return nil
        } catch { return error as? Refusal }
    }

    // MARK: Notes and corrections

    @Test func aNoteNamesTheEntryThatItIsAbout() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        let note = try await AddNote("customers saw errors", about: 1, environment: "production")
            .answer(at: desk)
        #expect(note.entry.kind == "note.added")
        #expect(
            note.entry.payload["about"]?.string
                == (try await recorder.store.entry(at: 1))?.id.description)
    }

    @Test func aNoteIsRefusedWithoutTextOrEntry() async throws {
        #expect(await refusal { _ = try await AddNote(" ").answer(at: desk) }?.reason == .invalid)
        let unknown = await refusal { _ = try await AddNote("x", about: 9).answer(at: desk) }
        #expect(unknown?.reason == .unknownName)
        #expect(unknown?.cause == "the ledger ends at entry 0")
        #expect(try await recorder.store.head().sequence == 0)
    }

    @Test func aCorrectionKeepsBothEntries() async throws {
        try await recorder.tell([Sample.tagged(Sample.release(1))])
        let made = try await CorrectEntry(1, fields: ["tag": "v0.1.1"], reason: "typed wrong")
            .answer(at: desk)
        #expect(made.entry.sequence == 2)
        #expect(try await recorder.projector.entry(1)?.subject.tag?.rawValue == "v0.1.1")
        #expect(try await recorder.store.entry(at: 1)?.subject.tag?.rawValue == "v0.1.0")
    }

    // MARK: Incidents

    @Test func anIncidentIsOpenUntilItIsResolved() async throws {
        _ = try await OpenIncident("db-down", severity: "1").answer(at: desk)
        #expect(try await ListIncidents().answer(at: desk.desk).map(\.name) == ["db-down"])
        let resolved = try await ResolveIncident("db-down").answer(at: desk)
        #expect(resolved.map(\.entry.sequence) == [2])
        #expect(try await ListIncidents().answer(at: desk.desk).isEmpty)
        let all = try await ListIncidents(all: true).answer(at: desk.desk)
        #expect(all.map(\.resolution) == [2])
    }

    @Test func anOpenIncidentIsNotOpenedTwice() async throws {
        _ = try await OpenIncident("db-down").answer(at: desk)
        let refused = await refusal { _ = try await OpenIncident("db-down").answer(at: desk) }
        #expect(refused?.reason == .notPossible)
        #expect(refused?.cause?.contains("entry 1") == true)
        // The same alert of another environment is another incident.
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        _ = try await OpenIncident("db-down", environment: "production").answer(at: desk)
    }

    @Test func resolvingAnUnknownIncidentSuggestsTheNearest() async throws {
        _ = try await OpenIncident("db-down").answer(at: desk)
        let refused = await refusal { _ = try await ResolveIncident("db-dwn").answer(at: desk) }
        #expect(refused?.hint == "did you mean db-down?")
    }

    /// An alert that its sender identifies is resolved under the same id.
    @Test func aResolutionCarriesTheIdOfTheAlert() async throws {
        _ = try await recorder.record([
            Fact(.incidentOpened(Incident(name: "slow", incident: "a1"))),
            Fact(.incidentOpened(Incident(name: "slow", incident: "a2"))),
        ])
        #expect(try await ResolveIncident("slow").answer(at: desk).count == 2)
        #expect(try await recorder.projector.openIncidents().isEmpty)
    }

    @Test func anIncidentShowsTheDeploysBeforeIt() async throws {
        try await recorder.tell([
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(2)),
        ])
        _ = try await OpenIncident("slow", environment: "production").answer(at: desk)
        try await recorder.tell([Sample.deployed(Sample.release(3))])
        let shown = try await ShowIncident("slow").answer(at: desk.desk)
        #expect(shown.incident.name == "slow")
        #expect(
            shown.deploysBefore.allSatisfy { $0.time.timestamp <= shown.incident.time.timestamp })
        #expect(!shown.deploysBefore.isEmpty)
    }

    // MARK: Freezes

    @Test func aFreezeLastsUntilItIsEnded() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        _ = try await StartFreeze(environment: "production", reason: "sale").answer(at: desk)
        let list = try await ListMarks(.freeze).answer(at: desk.desk)
        #expect(list.map(\.mark.reason) == ["sale"])
        _ = try await EndFreeze(environment: "production", reason: "over").answer(at: desk)
        #expect(try await ListMarks(.freeze).answer(at: desk.desk).isEmpty)
        let refused = await refusal {
            _ = try await EndFreeze(environment: "production", reason: "over").answer(at: desk)
        }
        #expect(refused?.reason == .notPossible)
    }

    @Test(arguments: [("12h", 43_200.0), ("in 90min", 5400), ("2 days", 172_800)])
    func aFreezeMayEndAfterADuration(until: String, seconds: Double) async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        let made = try await StartFreeze(environment: "production", reason: "sale", until: until)
            .answer(at: desk)
        let end = try #require(made.entry.payload["until"]?.string.flatMap { Timestamp($0) })
        #expect(abs(end.seconds(since: made.entry.time) - seconds) < 60)
    }

    @Test(arguments: ["2000-01-01", "yesterday", "0h", "3 h ago", "99999999999h"])
    func aFreezeDoesNotEndInThePast(until: String) async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        let refused = await refusal {
            _ = try await StartFreeze(environment: "production", reason: "sale", until: until)
                .answer(at: desk)
        }
        #expect(refused?.reason == .invalid)
    }

    @Test func aSecondFreezeDoesNotReplaceTheFirst() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        _ = try await StartFreeze(environment: "production", reason: "sale", until: "12h")
            .answer(at: desk)
        let refused = await refusal {
            _ = try await StartFreeze(environment: "production", reason: "x", until: "1h")
                .answer(at: desk)
        }
        #expect(refused?.reason == .notPossible)
        #expect(try await ListMarks(.freeze).answer(at: desk.desk).map(\.mark.reason) == ["sale"])
    }

    /// What would have no effect is not reported as done.
    @Test func timesOfAnIncidentFollowEachOther() async throws {
        _ = try await OpenIncident("slow").answer(at: desk)
        let early = await refusal {
            _ = try await ResolveIncident("slow", time: "5h").answer(at: desk)
        }
        #expect(early?.reason == .invalid)
        _ = try await ResolveIncident("slow").answer(at: desk)
        let late = await refusal {
            _ = try await OpenIncident("slow", time: "5min").answer(at: desk)
        }
        #expect(late?.reason == .invalid)
    }

    @Test func severalOpenIncidentsOfOneNameAreAmbiguous() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        _ = try await OpenIncident("slow").answer(at: desk)
        _ = try await OpenIncident("slow", environment: "production").answer(at: desk)
        let refused = await refusal { _ = try await ShowIncident("slow").answer(at: desk.desk) }
        #expect(refused?.reason == .ambiguous)
        let one = try await ShowIncident("slow", environment: "production").answer(at: desk.desk)
        #expect(one.incident.environment == Sample.production)
    }

    // MARK: Fences and pins

    @Test func aFenceConcernsAllServicesWithTheTag() async throws {
        let old = Sample.release(1)
        try await recorder.tell([Sample.tagged(old), Sample.deployed(old)])
        let made = try await RaiseFence("v0.1.0", environment: "production", reason: "bad")
            .answer(at: desk)
        #expect(made.map(\.entry.kind) == ["fence.raised"])
        let list = try await ListMarks(.fence).answer(at: desk.desk)
        #expect(list.map(\.mark.release?.title) == ["v0.1.0"])
        _ = try await LiftFence("v0.1.0", environment: "production", reason: "good").answer(
            at: desk)
        #expect(try await ListMarks(.fence).answer(at: desk.desk).isEmpty)
    }

    @Test func anUnknownReleaseIsNotFenced() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        let refused = await refusal {
            _ = try await RaiseFence("v9", environment: "production", reason: "bad")
                .answer(at: desk)
        }
        #expect(refused?.reason == .unknownName)
    }

    @Test func aPinIsSetAndRemoved() async throws {
        let old = Sample.release(1)
        try await recorder.tell([Sample.tagged(old), Sample.deployed(old)])
        _ = try await SetPin("v0.1.0", environment: "production", reason: "last good")
            .answer(at: desk)
        #expect(try await ListMarks(.pin).answer(at: desk.desk).count == 1)
        _ = try await RemovePin("v0.1.0", environment: "production", reason: "old").answer(at: desk)
        #expect(try await ListMarks(.pin).answer(at: desk.desk).isEmpty)
    }
}

/// Approvals and rejections by number, for any door.
struct ApprovalOperationTests {
    private let recorder = memoryRecorder()

    private func desk(by name: String = "alice") -> RecordingDesk {
        let missing = Refusal(.notPossible, "there is no playbook")
        return RecordingDesk(
            Desk(
                projector: recorder.projector, playbook: .missing(missing),
                surroundings: Fixed.surroundings()), recorder.acting(as: Author(name: name)),
            checker: NoSignatures())
    }

    private func plan() async throws -> Int {
        let plan = try Sample.plan(
            to: Sample.release(1),
            in: try await recorder.projector.environment(Sample.production))
        let content = try plan.content()
        return try await recorder.perform(
            .plan(plan, hash: content.hash), in: Sample.production, keeping: [content])[0].sequence
    }

    @Test func aPlanIsReadWithTheStatementToSign() async throws {
        let run = try await plan()
        let read = try await ReadPlan(run).answer(at: desk().desk)
        #expect(read.plan.moves.map(\.to) == [Sample.release(1)])
        #expect(read.statement.contains(read.digest.rawValue))
        let bypass = try await ReadPlan(run, purpose: .bypass, reason: "all are asleep")
            .answer(at: desk().desk)
        #expect(bypass.statement != read.statement)
        #expect(bypass.statement.contains("all are asleep"))
    }

    @Test func anApprovalIsRecordedAsTheApprovers() async throws {
        let run = try await plan()
        let made = try await ApproveRun(run, reason: "looks good").answer(at: desk(by: "bob"))
        #expect(made.entry.entry.by.name == "bob")
        #expect(made.missing == 0)
        #expect(try await recorder.projector.runs().first?.state == .approved)
    }

    @Test func aRejectedRunCannotBeApproved() async throws {
        let run = try await plan()
        _ = try await RejectRun(run, reason: "not on a Friday").answer(at: desk(by: "bob"))
        await #expect(throws: Refusal.self) {
            _ = try await ApproveRun(run).answer(at: desk(by: "bob"))
        }
    }

    @Test(arguments: [0, 1, 99])
    func anUnknownRunIsRefused(number: Int) async throws {
        await #expect(throws: Refusal.self) {
            _ = try await ApproveRun(number).answer(at: desk())
        }
    }
}
