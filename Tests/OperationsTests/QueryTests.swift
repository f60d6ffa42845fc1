import CommandEngine
import CommandPorts
import Commands
import Foundation
import Ledger
import LedgerOperations
import Projections
import Support
import Testing

/// The operations that only read: given facts, when a request comes, then values, for any door.
struct QueryTests {
    private let recorder = memoryRecorder()

    private func desk(_ yaml: String? = nil, ahead seconds: Double = 10_000) throws -> Desk {
        let missing = Refusal(.notPossible, "there is no playbook")
        var surroundings = Fixed.surroundings()
        surroundings.now = { Fixed.start.adding(seconds: seconds) }
        let playbook =
            try yaml.map { TeamPlaybook.read(try Playbook(yaml: $0)) } ?? .missing(missing)
        return Desk(
            projector: recorder.projector, playbook: playbook, surroundings: surroundings)
    }

    private func refusal(_ body: () async throws -> Void) async -> Refusal? {
        do {
            try await body()
            return nil
        } catch { return error as? Refusal }
    }

    // MARK: Status

    @Test func statusSaysWhatRunsAndHowThatIsKnown() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        let found = try await Status().answer(at: desk())
        let web = try #require(found.environments.first?.services.first)
        #expect(found.environments.map(\.environment) == [Sample.production])
        #expect(web.release == Sample.release(1))
        #expect(web.state == "verified")
        #expect(web.entry == 1)
        #expect(found.incidents == [])
    }

    @Test func statusAtAnEntryIsWhatWasRecordedByThen() async throws {
        try await recorder.tell([
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(2)),
        ])
        let past = try await Status(environment: "production", at: "1").answer(at: desk())
        #expect(past.environments.first?.services.first?.release == Sample.release(1))
        #expect(past.undeployable.isEmpty)
    }

    @Test func statusShowsFencesIncidentsAndWhatHostsRun() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(2))])
        let seen = Sample.release(1)
        try await recorder.tell([
            Fact(
                .hostObserved(
                    HostObservation(
                        environment: Sample.production, service: Sample.web, host: Sample.host,
                        digest: seen.digest, tag: seen.tag, reachable: true))),
            Fact(
                .fenceRaised(
                    Fence(
                        environment: Sample.production, service: Sample.web, tag: seen.tag,
                        digest: seen.digest, reason: "it loses orders"))),
        ])
        _ = try await recorder.record([
            Fact(.incidentOpened(Incident(name: "db-down", environment: Sample.production)))
        ])
        let found = try await Status().answer(at: desk())
        let production = try #require(found.environments.first)
        #expect(production.services.first?.state == "drifted")
        #expect(production.services.first?.hosts.first?.asExpected == false)
        #expect(production.services.first?.hosts.first?.release?.tag == seen.tag)
        #expect(production.marks.map(\.kind) == ["fence"])
        #expect(found.incidents?.map(\.name) == ["db-down"])
    }

    @Test func anUnknownEnvironmentIsRefusedWithTheKnownOnes() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        let refused = await refusal {
            _ = try await Status(environment: "prodution").answer(at: desk())
        }
        #expect(refused?.reason == .unknownName)
        #expect(refused?.hint?.description.contains("production") == true)
    }

    // MARK: Gate, due

    private static let policy = """
        environments:
          production:
            hosts: [localhost]
            policy:
              checks: [pytest]
        services:
          web:
            environments: [production]
            deploy: [{run: ["true"]}]
            revert: [{run: ["true"]}]
        """

    private func check(_ number: Int, _ outcome: Outcome) -> Fact {
        Fact(
            .checkFinished(
                CheckResult(name: "pytest", outcome: outcome, revision: Sample.revision(number))))
    }

    @Test func aGateOpensWhenTheRequiredCheckHasPassed() async throws {
        try await recorder.tell([Sample.tagged(Sample.release(1))])
        let desk = try desk(Self.policy)
        let before = try await Gate("v0.1.0", environment: "production").answer(at: desk)
        #expect(!before.mayGo)
        #expect(before.reasons.first?.contains("pytest") == true)
        _ = try await recorder.record([check(1, .succeeded)])
        let after = try await Gate("v0.1.0", environment: "production").answer(at: desk)
        #expect(after.mayGo)
        #expect(after.releases == [Sample.release(1)])
    }

    @Test func aGateIsClosedForAFencedReleaseAlsoWithoutAPlaybook() async throws {
        let bad = Sample.release(1)
        try await recorder.tell([
            Sample.deployed(bad),
            Fact(
                .fenceRaised(
                    Fence(
                        environment: Sample.production, service: Sample.web, tag: bad.tag,
                        digest: bad.digest, reason: "it loses orders"))),
        ])
        let found = try await Gate("v0.1.0", environment: "production").answer(at: desk())
        #expect(found.reasons.contains { $0.contains("it loses orders") })
    }

    @Test func aPlaybookThatCannotBeReadLetsNothingThrough() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        let broken = Desk(
            projector: recorder.projector,
            playbook: .unreadable(Refusal(.invalid, "not a playbook")),
            surroundings: Fixed.surroundings())
        let refused = await refusal {
            _ = try await Gate("v0.1.0", environment: "production").answer(at: broken)
        }
        #expect(refused?.message == "not a playbook")
    }

    @Test func theNewestReleaseThatKeepsThePolicyIsDue() async throws {
        try await recorder.tell((1...3).map { Sample.tagged(Sample.release($0)) })
        _ = try await recorder.record([check(2, .succeeded), check(1, .succeeded)])
        let found = try await Due().answer(at: desk(Self.policy))
        #expect(found.map(\.release.tag?.rawValue) == ["v0.3.0", "v0.2.0"])
        #expect(found.map(\.state) == [.blocked, .due])
        #expect(found.map(\.automatic) == [false, false])
        try await recorder.tell([Sample.deployed(Sample.release(2))])
        #expect(try await Due().answer(at: desk(Self.policy)).last?.state == .runs)
    }

    // MARK: History

    @Test func historyHasEveryAttemptTheNewestFirst() async throws {
        try await recorder.tell([
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(2)),
            Sample.deployed(Sample.release(1), revert: true),
        ])
        let all = try await DeployHistory(environment: "production").answer(at: desk())
        #expect(all.attempts.map(\.kind) == ["revert", "deploy", "deploy"])
        #expect(all.attempts.map(\.number) == [3, 2, 1])
        #expect(all.attempts.map(\.from) == [Sample.release(2), Sample.release(1), nil])
        let last = try await DeployHistory(environment: "production", limit: 1).answer(at: desk())
        #expect(last.attempts == [all.attempts[0]])
        #expect(last.attempts.first?.commits == nil)
    }

    @Test func whatLedgerDidNotDeployItselfIsNoRollbackTarget() async throws {
        try await recorder.tell([
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(2)),
        ])
        let found = try await ListRollbackTargets(environment: "production").answer(at: desk())
        #expect(found.targets.map(\.release) == [Sample.release(2), Sample.release(1)])
        #expect(found.targets.map(\.possible) == [false, false])
        #expect(found.targets.allSatisfy { $0.reason != nil })
    }

    @Test func twoMomentsAreCompared() async throws {
        try await recorder.tell([
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(2)),
        ])
        let moves = try await Compare(from: "production~1").answer(at: desk())
        #expect(moves.map(\.from) == [Sample.release(1)])
        #expect(moves.map(\.to) == [Sample.release(2)])
        #expect(try await Compare(from: "production").answer(at: desk()).isEmpty)
    }

    @Test func eachFieldIsExplainedByItsEntries() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        let lines = try await ExplainState(environment: "production").answer(at: desk())
        let release = try #require(lines.first { $0.field == "release" })
        #expect(release.value == "v0.1.0")
        #expect(release.because.map(\.entry) == [1])
        #expect(release.because.map(\.kind) == ["deploy.finished"])
    }

    @Test func anEnvironmentInWhichNothingRanSaysSo() async throws {
        _ = try await recorder.record([
            Fact(.noteAdded(Note(text: "soon", environment: Sample.production)))
        ])
        let refused = await refusal {
            _ = try await ExplainState(environment: "production").answer(
                at: desk(Self.policy))
        }
        #expect(refused?.message.contains("production") == true)
    }

    @Test func runsAreListedWithWhyTheyWerePlanned() async throws {
        #expect(try await ListRuns().answer(at: desk()).isEmpty)
        let plan = try Sample.plan(
            to: Sample.release(1), in: EnvironmentView(name: Sample.production))
        let content = try plan.content()
        try await recorder.perform(
            .plan(plan, hash: content.hash), in: Sample.production, keeping: [content])
        let runs = try await ListRuns(open: true).answer(at: desk())
        #expect(runs.map(\.run) == [1])
        #expect(runs.map(\.state) == ["planned"])
        #expect(runs.map(\.kind) == ["deploy"])
    }

    // MARK: Forms

    /// One form for each concept, whichever operation answers.
    @Test func timesSortAsTextAndWhatIsAbsentIsAbsent() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        let found = try await Status().answer(at: desk())
        let json = try JSONValue(encoding: found)
        let production = try #require(json["environments"]?.array?.first)
        let web = try #require(production["services"]?.array?.first)
        #expect(web["time"]?.string?.utf8.count == "2026-11-20T09:00:01.000000Z".utf8.count)
        #expect(web["release"]?["tag"] == "v0.1.0")
        #expect(production["run"] == nil)
        #expect(production["lease"] == nil)
        let back = try JSONDecoder().decode(
            Status.Answer.self, from: Data(Canonical.bytes(json)))
        #expect(back == found)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (1, "1970-01-01T00:00:00.000001Z"),
        (500_000, "1970-01-01T00:00:00.500000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
    ])
    func aTimeAlwaysHasSixDecimals(_ microseconds: Int64, _ text: String) {
        #expect(Timestamp(microseconds: microseconds).fixed == text)
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    /// A request comes over HTTP or from an assistant as JSON, and is the same request.
    @Test func requestsAreValues() throws {
        let text = #"{"release":"v1.0.0","environment":"production"}"#
        let gate = try JSONDecoder().decode(Gate.self, from: Data(text.utf8))
        #expect(gate.release == "v1.0.0")
        #expect(gate.service == nil)
        #expect(Gate.right == .read)
        #expect(!Gate.documentation.summary.isEmpty)
    }
}

/// Operations that trace releases, entries and runs.
struct TraceTests {
    private let recorder = memoryRecorder()

    private var desk: Desk {
        Desk(
            projector: recorder.projector,
            playbook: .missing(Refusal(.notPossible, "there is no playbook")),
            surroundings: Fixed.surroundings())
    }

    private func reason(_ body: () async throws -> Void) async -> Refusal.Reason? {
        do {
            try await body()
            return nil
        } catch { return (error as? Refusal)?.reason }
    }

    @Test func aReleaseIsTracedWithThePeriodThatItRan() async throws {
        let (old, new) = (Sample.release(1), Sample.release(2))
        try await recorder.tell([
            Sample.tagged(old), Sample.deployed(old), Sample.deployed(new),
        ])
        let lines = try await TraceRelease("v0.1.0").answer(at: desk)
        #expect(lines.map(\.station) == ["image", "environment"])
        #expect(lines[0].ran == nil)
        #expect(lines[1].ran?.until != nil)
        let current = try await TraceRelease("v0.2.0").answer(at: desk)
        #expect(current.last?.ran != nil)
        #expect(current.last?.ran?.until == nil)
        // As of the entry before the second deploy, the first release is the current one.
        let past = try await TraceRelease("v0.1.0", at: "2").answer(at: desk)
        #expect(past.last?.ran?.until == nil)
    }

    @Test func anUnknownReleaseIsRefused() async throws {
        #expect(
            await reason { _ = try await TraceRelease("v9").answer(at: desk) } == .unknownName)
    }

    @Test func digitsOfSeveralImagesAreAmbiguous() async throws {
        func tagged(_ tag: String, _ end: String) throws -> Fact {
            Fact(
                .imageTagged(
                    ImageTagging(
                        service: Sample.web, tag: try ReleaseTag(tag),
                        digest: try ImageDigest(
                            "sha256:" + String(repeating: "a", count: 63) + end))))
        }
        _ = try await recorder.record([try tagged("v1", "1"), try tagged("v2", "2")])
        #expect(
            await reason { _ = try await TraceRelease("aaaaaaaa").answer(at: desk) } == .ambiguous)
    }

    @Test func anEntryIsShownWithItsCorrections() async throws {
        try await recorder.tell([Sample.tagged(Sample.release(1))])
        let wrong = try #require(try await recorder.store.entry(at: 1))
        _ = try await recorder.correct(wrong, with: ["tag": "v0.1.1"], reason: "typed wrong")
        let found = try #require(try await ShowEntry("1").answer(at: desk))
        #expect(found.corrections.map(\.entry.sequence) == [2])
        #expect(try await ShowEntry("1", at: "1").answer(at: desk)?.corrections.isEmpty == true)
        #expect(try await ShowEntry("v0.1.0").answer(at: desk) == nil)
        #expect(try await ShowEntry(wrong.id.description).answer(at: desk)?.entry.entry == wrong)
    }

    @Test func aRunShowsItsStepsAndApprovals() async throws {
        let plan = try Sample.plan(
            to: Sample.release(1),
            in: try await recorder.projector.environment(Sample.production))
        let content = try plan.content()
        let made = try await recorder.perform(
            .plan(plan, hash: content.hash), in: Sample.production, keeping: [content])
        let id = made[0].id
        try await recorder.acting(as: Author(name: "bob")).perform(
            .approve(way: .apart, reason: nil), in: Sample.production, run: id)
        let found = try await ShowRun(made[0].sequence).answer(at: desk)
        #expect(found.run.state == "approved")
        #expect(found.approvals.map(\.by) == ["bob"])
        #expect(found.moves.map(\.to) == [Sample.release(1)])
        #expect(found.steps.isEmpty)
        #expect(found.planned == plan.steps.count)
        #expect(await reason { _ = try await ShowRun(99).answer(at: desk) } == .unknownName)
        // An entry that is not a run's plan is not a run.
        #expect(await reason { _ = try await ShowRun(2).answer(at: desk) } == .unknownName)
    }

    @Test func aDeployWithoutARecordedReviewIsUnreviewed() async throws {
        try await recorder.tell([Sample.deployed(Sample.release(1))])
        let audit = Audit(desk)
        let deploy = try #require(try await recorder.store.entry(at: 1))
        #expect(try await audit.selects(deploy, .unreviewed))
        #expect(try await !audit.selects(deploy, .overridden))
        func revision(_ number: Int) throws -> JSONValue {
            .string(try #require(Sample.release(number).revision).rawValue)
        }
        _ = try await recorder.record([
            Fact(
                kind: "repo.pushed",
                fields: [
                    "repository": "acme/shop", "branch": "main", "before": try revision(1),
                    "revision": try revision(2), "commits": 1,
                ]),
            Fact(
                kind: "change.merged",
                fields: [
                    "repository": "acme/shop", "number": 7, "author": "dana",
                    "revision": try revision(2),
                ]),
        ])
        try await recorder.tell([Sample.deployed(Sample.release(2))])
        let second = try #require(
            try await recorder.store.page(
                EntryFilter(), .newestFirst, after: nil, limit: 1
            ).first)
        #expect(try await audit.selects(second, .unreviewed))
        _ = try await recorder.record([
            Fact(
                kind: "review.submitted",
                fields: [
                    "repository": "acme/shop", "number": 7, "reviewer": "bob",
                    "verdict": "approved", "revision": try revision(2),
                ])
        ])
        #expect(try await !audit.selects(second, .unreviewed))
    }
}
