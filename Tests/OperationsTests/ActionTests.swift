import CommandEngine
import CommandPorts
import Commands
import Ledger
import LedgerOperations
import Projections
import Support
import Synchronization
import Testing

/// The operations that plan and run: given releases, when a request comes, then runs, for any door.
struct ActionTests {
    private static let yaml = """
        environments:
          production: {hosts: [web1, web2], protected: true, approval: {needed: 1}}
          staging: {hosts: [web1, web2]}
        services:
          web:
            deploy: [{name: switch, run: [switch]}]
            revert: [{name: switch, run: [switch]}]
            observe: {run: [observe], time-limit: 1s}
        """
    private static let staging = "staging"

    private let recorder: Recorder
    private let parts: TestParts
    private var yaml = Self.yaml

    init() async throws {
        try await self.init(missing: [])
    }

    private init(missing: Set<String>) async throws {
        recorder = memoryRecorder()
        parts = TestParts(try Playbook(yaml: Self.yaml), missing: missing)
        for number in 1...2 {
            _ = try await recorder.record([Sample.tagged(Sample.release(number))])
        }
    }

    /// The same ledger with another playbook.
    private init(_ other: ActionTests, playbook: String) throws {
        recorder = other.recorder
        parts = TestParts(try Playbook(yaml: playbook))
        yaml = playbook
    }

    private func desk(by name: String = "alice") throws -> ActingDesk {
        let author = recorder.acting(as: Author(name: name))
        let playbook = try Playbook(yaml: yaml)
        let desk = Desk(
            projector: recorder.projector, playbook: .read(playbook),
            surroundings: Fixed.surroundings())
        return ActingDesk(RecordingDesk(desk, author, checker: NoSignatures()), parts)
    }

    private func refusal(_ body: () async throws -> Void) async -> Refusal? {
        do {
            try await body()
            return nil
        } catch { return error as? Refusal }
    }

    /// Deploys as a person would: plan, confirm, run.
    @discardableResult
    private func deploy(_ tag: String, hosts: [String]? = nil) async throws -> RunResult {
        let desk = try desk()
        var terms = PlanTerms()
        terms.hosts = hosts
        let proposal = try await PlanDeploy(tag, environment: Self.staging, terms: terms)
            .proposal(at: desk)
        try await proposal.refuseToRun(at: desk)
        let run = try await proposal.confirm(.flag, reason: nil, at: desk)
        var resume = ResumeRun(run.number)
        resume.hosts = hosts
        return try await resume.answer(at: desk)
    }

    // MARK: Plans

    @Test func aPlanIsRecordedOnceAndRunsNothing() async throws {
        let plan = PlanDeploy("v0.1.0", environment: "production")
        let first = try await plan.answer(at: try desk())
        let second = try await plan.answer(at: try desk())
        #expect(first.run != nil && first.run == second.run)
        #expect(first.plan.digest == second.plan.digest)
        #expect(parts.runner.acted.isEmpty)
    }

    @Test func aDryRunRecordsNothing() async throws {
        let before = try await recorder.store.head().sequence
        var terms = PlanTerms()
        terms.dryRun = true
        let made = try await PlanDeploy("v0.1.0", environment: Self.staging, terms: terms)
            .answer(at: try desk())
        #expect(made.run == nil && made.plan.plan.moves.map(\.to.title) == ["v0.1.0"])
        #expect(try await recorder.store.head().sequence == before)
    }

    @Test func aPlanIsTheSameValueAfterJSON() async throws {
        let made = try await PlanDeploy("v0.1.0", environment: Self.staging).answer(at: try desk())
        let again: PlanAnswer = try JSONValue(encoding: made).decoded()
        #expect(again == made)
    }

    @Test func aMissingProgramIsRefusedBeforeAnythingIsWritten() async throws {
        let scene = try await ActionTests(missing: ["switch"])
        let desk = try scene.desk()
        let proposal = try await PlanDeploy("v0.1.0", environment: Self.staging).proposal(at: desk)
        let refused = await refusal { try await proposal.refuseToRun(at: desk) }
        #expect(refused?.reason == .notPossible)
        #expect(refused?.cause == "the program switch is not in PATH")
        #expect(refused?.hint?.description.contains("PATH is /bin") == true)
    }

    @Test func anUnknownHostIsRefused() async throws {
        var terms = PlanTerms()
        terms.hosts = ["web3"]
        let plan = PlanDeploy("v0.1.0", environment: Self.staging, terms: terms)
        let refused = await refusal { _ = try await plan.answer(at: try desk()) }
        #expect(refused?.message == "staging does not have a host \"web3\"")
        #expect(refused?.cause == "known hosts: web1, web2")
    }

    /// A plan without steps has no hosts; selecting some is no error then.
    @Test func whatRunsAlreadyNeedsNoHosts() async throws {
        try await deploy("v0.1.0")
        var terms = PlanTerms()
        terms.hosts = ["web1"]
        let plan = PlanDeploy("v0.1.0", environment: Self.staging, terms: terms)
        let made = try await plan.answer(at: try desk())
        #expect(made.run == nil && made.plan.plan.moves.isEmpty)
    }

    @Test func anEmptySelectionOfHostsIsRefused() async throws {
        var terms = PlanTerms()
        terms.hosts = []
        let plan = PlanDeploy("v0.1.0", environment: Self.staging, terms: terms)
        let refused = await refusal { _ = try await plan.answer(at: try desk()) }
        #expect(refused?.message == "no host is named")
    }

    /// A worker that only runs what others planned finds it too.
    @Test func aRunIsRefusedBeforeItStartsIfAProgramIsMissing() async throws {
        let scene = try await ActionTests(missing: ["switch"])
        let desk = try scene.desk()
        let made = try await PlanDeploy("v0.1.0", environment: Self.staging).answer(at: desk)
        let run = try #require(made.run)
        _ = try await ApproveRun(run).answer(at: try scene.desk(by: "bob").recording)
        let refused = await refusal { _ = try await ResumeRun(run).answer(at: desk) }
        #expect(refused?.cause == "the program switch is not in PATH")
        #expect(
            try await scene.recorder.projector.environment(EnvironmentName("staging")).lease == nil)
    }

    @Test func aRevertWithoutATargetListsThePossibleOnes() async throws {
        try await deploy("v0.1.0")
        try await deploy("v0.2.0")
        let plan = PlanRevert(nil, environment: Self.staging)
        let refused = await refusal { _ = try await plan.answer(at: try desk()) }
        #expect(refused?.cause == "possible targets, the newest first: v0.1.0")
    }

    // MARK: Runs

    @Test func aDeployEndsObservedAndNamesTheWayBack() async throws {
        try await deploy("v0.1.0")
        let result = try await deploy("v0.2.0")
        #expect(result.outcome == .done && result.reason == nil)
        #expect(result.state.services.map(\.state) == ["verified"])
        #expect(result.undo == ["ledger revert --to v0.1.0 -e staging"])
        let end = try #require(result.entry)
        #expect(try await recorder.store.entry(at: end)?.kind == "deploy.finished")
        #expect(
            parts.scripts.withLock { $0 } == ["staging/web@v0.1.0.sh", "staging/web@v0.2.0.sh"])
    }

    @Test func aRevertFencesAndNamesTheFenceInItsUndo() async throws {
        try await deploy("v0.1.0")
        try await deploy("v0.2.0")
        let desk = try desk()
        let proposal = try await PlanRevert("v0.1.0", environment: Self.staging).proposal(at: desk)
        let run = try await proposal.confirm(.flag, reason: nil, at: desk)
        let result = try await ResumeRun(run.number).answer(at: desk)
        #expect(result.fenced.map(\.title) == ["v0.2.0"])
        #expect(
            result.undo == [
                "ledger fence lift v0.2.0 -e staging --reason …",
                "ledger revert --to v0.2.0 -e staging",
            ])
    }

    @Test func aFailedStepNamesWhatFailed() async throws {
        try await deploy("v0.1.0")
        parts.runner.fail("switch")
        let result = try await deploy("v0.2.0")
        #expect(result.outcome == .failed && result.reason == "step")
        #expect(result.failure?.contains("switch") == true)
        // The previous release was observed: nothing has to be undone.
        #expect(result.undo == [])
    }

    @Test func aFailureThatLeftAnotherReleaseNamesTheWayBack() async throws {
        try await deploy("v0.1.0")
        parts.runner.fail("switch")
        parts.runner.show(Sample.release(2))
        let result = try await deploy("v0.2.0")
        #expect(result.outcome == .failed)
        #expect(result.undo == ["ledger revert --to v0.1.0 -e staging --again"])
    }

    @Test func aRunOnSelectedHostsRestsAndCanBeResumed() async throws {
        let part = try await deploy("v0.1.0", hosts: ["web1"])
        #expect(part.outcome == .partial && part.reason == "hosts" && part.entry == nil)
        let whole = try await ResumeRun(nil, environment: Self.staging).answer(at: try desk())
        #expect(whole.run == part.run && whole.outcome == .done)
    }

    @Test func aStopIsHeardBetweenSteps() async throws {
        var desk = try desk()
        let proposal = try await PlanDeploy("v0.1.0", environment: Self.staging).proposal(at: desk)
        let run = try await proposal.confirm(.flag, reason: nil, at: desk)
        desk.listener.stopped = { true }
        let result = try await ResumeRun(run.number).answer(at: desk)
        #expect(result.outcome == .paused && result.stepsDone == 0)
    }

    @Test func aRunWithoutItsApprovalsDoesNotStart() async throws {
        let made = try await PlanDeploy("v0.1.0", environment: "production").answer(at: try desk())
        let refused = await refusal { _ = try await ResumeRun(made.run).answer(at: try desk()) }
        #expect(refused?.reason == .approvalMissing)
        #expect(parts.runner.acted.isEmpty)
        let run = try #require(made.run)
        _ = try await ApproveRun(run).answer(at: try desk(by: "bob").recording)
        #expect(try await ResumeRun(run).answer(at: try desk()).outcome == .done)
    }

    @Test func contradictoryStatementsAboutAStepAreRefused() async throws {
        let made = try await PlanDeploy("v0.1.0", environment: Self.staging).answer(at: try desk())
        var resume = ResumeRun(made.run)
        resume.assumeDone = [1]
        resume.assumeNotDone = [1]
        let request = resume
        let refused = await refusal { _ = try await request.answer(at: try desk()) }
        #expect(refused?.message == "step 1 cannot be both done and not done")
        resume.assumeNotDone = [99]
        let other = resume
        let unknown = await refusal { _ = try await other.answer(at: try desk()) }
        #expect(unknown?.message.contains("has no step 99") == true)
    }

    @Test func anAbandonedRunIsNoLongerOpen() async throws {
        let part = try await deploy("v0.1.0", hosts: ["web1"])
        let made = try await AbandonRun(part.run, reason: "fixed by hand").answer(at: try desk())
        #expect(made.entry.kind == "deploy.abandoned")
        let none = await refusal { _ = try await ResumeRun(nil).answer(at: try desk()) }
        #expect(none?.message == "no run is open")
    }

    // MARK: Drills, scripts, observations

    @Test func aDrillGoesThereAndBackAndFencesNothing() async throws {
        try await deploy("v0.1.0")
        try await deploy("v0.2.0")
        let drill = Rehearsal("v0.1.0", environment: Self.staging, terms: PlanTerms())
        let desk = try desk()
        let (there, since) = try await drill.revertProposal(at: desk)
        let first = try await there.confirm(.flag, reason: nil, at: desk)
        let went = try await ResumeRun(first.number).answer(at: desk)
        #expect(try await drill.record(there.plan, went, since: since, at: desk) > 0)
        let back = try await drill.returnProposal(of: there.plan, since: since, at: desk)
        let second = try await back.confirm(.flag, reason: nil, at: desk)
        let result = try await ResumeRun(second.number).answer(at: desk)
        #expect(result.state.services.map { $0.release?.title } == ["v0.2.0"])
        #expect(result.state.marks.isEmpty)
        let targets = try await ListRollbackTargets(environment: Self.staging).answer(at: desk.desk)
        #expect(targets.targets.contains { $0.rehearsed?.succeeded == true })
    }

    /// A drill gives itself no reason: what asks a person for one asks a drill too.
    @Test func aDrillWeakensNothing() async throws {
        try await deploy("v0.1.0")
        try await deploy("v0.2.0")
        var terms = PlanTerms()
        terms.acceptedMigrations = ["m1"]
        let silent = Rehearsal("v0.1.0", environment: Self.staging, terms: terms)
        let refused = await refusal { _ = try await silent.revertProposal(at: try desk()) }
        #expect(refused?.message == "accepting an irreversible migration requires a reason")

        let made = try await PlanDeploy("v0.1.0", environment: "production").answer(at: try desk())
        let run = try #require(made.run)
        _ = try await ApproveRun(run).answer(at: try desk(by: "bob").recording)
        _ = try await ResumeRun(run).answer(at: try desk())
        let weak = Self.yaml.replacing(", protected: true, approval: {needed: 1}", with: "")
        let other = try ActionTests(self, playbook: weak)
        for reason in [nil, "because"] {
            var terms = PlanTerms()
            (terms.reason, terms.again) = (reason, true)
            let drill = Rehearsal("v0.1.0", environment: "production", terms: terms)
            let desk = try other.desk()
            let refused = await refusal { _ = try await drill.revertProposal(at: desk) }
            #expect(refused?.reason == .policy)
            #expect(refused?.message.hasPrefix("a drill cannot use weaker rules") == true)
        }
        // A person may, with a reason.
        var given = PlanTerms()
        (given.reason, given.again) = ("because", true)
        let plan = PlanRevert("v0.1.0", environment: "production", terms: given)
        #expect(try await !plan.proposal(at: other.desk()).plan.warnings.isEmpty)
    }

    @Test func aMovedTagIsNamedAlsoIfNothingIsToDo() async throws {
        try await deploy("v0.1.0")
        var moved = Sample.release(1)
        moved.digest = Sample.digest(9)
        _ = try await recorder.record([Sample.tagged(moved)])
        let made = try await PlanDeploy("v0.1.0", environment: Self.staging).answer(at: try desk())
        #expect(made.run == nil && made.plan.plan.moves.isEmpty)
        #expect(made.plan.plan.warnings.contains { $0.hasPrefix("v0.1.0 now names") })
    }

    @Test func aProtectedEnvironmentHasNoDrill() async throws {
        let made = try await PlanDeploy("v0.1.0", environment: "production").answer(at: try desk())
        let run = try #require(made.run)
        _ = try await ApproveRun(run).answer(at: try desk(by: "bob").recording)
        _ = try await ResumeRun(run).answer(at: try desk())
        let drill = Rehearsal("v0.1.0", environment: "production", terms: PlanTerms())
        let refused = await refusal { _ = try await drill.revertProposal(at: try desk()) }
        #expect(refused?.message.contains("drills are not allowed") == true)
    }

    @Test func aScriptRevertsWithoutTheLedger() async throws {
        try await deploy("v0.1.0")
        try await deploy("v0.2.0")
        let made = try await WriteScript("v0.1.0", environment: Self.staging).answer(at: try desk())
        #expect(made.script.hasPrefix("#!/bin/sh"))
        #expect(made.script.contains(try #require(Sample.release(1).digest).rawValue))
    }

    @Test func anObservationOfAnotherReleaseIsRecordedAndDiffers() async throws {
        try await deploy("v0.1.0")
        let well = try await ObserveEnvironments(environment: Self.staging).answer(at: try desk())
        #expect(well.observed == 2 && well.asExpected == 2)
        parts.runner.show(Sample.release(2))
        let ill = try await ObserveEnvironments().answer(at: try desk())
        #expect(ill.observed == 2 && ill.asExpected == 0)
        let status = try await Status(environment: Self.staging).answer(at: try desk().desk)
        #expect(status.environments.flatMap(\.services).map(\.state) == ["drifted"])
    }
}
