import CommandEngine
import CommandPorts
import CommandRunners
import CommandSecrets
import Foundation
import Ledger
import Projections
import Support
import Synchronization
import Testing
@testable import Commands

/// Signed approvals, with the system's ssh-keygen.
struct ApprovalTests {
    /// A run that wants two signatures, and keys of three people and a stranger.
    private struct Scene {
        let sandbox: Sandbox
        let recorder: Recorder
        let run: RunView
        let plan: Plan

        var signatures: SSHSignatures {
            SSHSignatures(
                runner: ShellRunner(
                    bundles: sandbox.path("bundles"), secretFilter: recorder.secretFilter),
                variables: ["PATH": "/usr/bin:/bin"], namespace: ApprovalStatement.namespace)
        }

        var text: String { ApprovalStatement(plan, run).text }

        func signed(by name: String, _ text: String? = nil) async throws -> String {
            try await signatures.sign(text ?? self.text, key: sandbox.path(name))
        }

        func signer(of signature: String) async throws -> String {
            try await ApprovalSignatures(recorder: recorder, checker: signatures).signer(
                of: signature, for: run, plan)
        }

        func approve(_ name: String, _ signature: String) async throws {
            try await recorder.acting(as: Author(name: name, known: .signed)).perform(
                .approve(way: .signed, reason: nil, signature: signature), in: Sample.production,
                run: run.id)
        }

        func recheck() async throws {
            let now = try #require(try await recorder.projector.run(run.id))
            try await ApprovalSignatures(recorder: recorder, checker: signatures).recheck(now, plan)
        }
    }

    private final class Clock: Sendable {
        let now = Mutex(Fixed.start)
    }

    private func scene(
        _ clock: Clock = Clock(), options: String = "", glass: [String]? = nil
    ) async throws -> Scene {
        let sandbox = try Sandbox()
        var signers = ""
        for name in ["alice", "bob", "carol", "stranger"] {
            _ = try await Spoken.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", sandbox.path(name)])
            if name == "stranger" { continue }
            signers += "\(name)@example.org \(options)\(sandbox.read("\(name).pub"))"
        }
        var surroundings = Fixed.surroundings()
        surroundings.now = { clock.now.withLock(\.self) }
        let recorder = Recorder(
            store: MemoryStore(views: StoredViews.all), surroundings: surroundings,
            secretFilter: SecretFilter(variables: [:], secrets: []))
        var place = Playbook.Environment(protected: true)
        place.approvalsNeeded = 2
        place.policy = Policy()
        place.policy?.breakGlass = glass
        var plan = try Plan.make(
            PlanRequest(kind: .deploy),
            in: try await recorder.projector.environment(Sample.production), place: place,
            parts: [try Sample.parts(Sample.release(2))], by: Author(name: "alice"),
            now: Fixed.start)
        plan.signers = signers
        let made = try await recorder.perform(
            .plan(plan, hash: try plan.content().hash), in: Sample.production,
            keeping: [try plan.content()])
        return Scene(
            sandbox: sandbox, recorder: recorder,
            run: try #require(try await recorder.projector.run(made[0].id)), plan: plan)
    }

    @Test func twoSignaturesLetItRun() async throws {
        let scene = try await scene()
        for name in ["bob", "carol"] {
            let signature = try await scene.signed(by: name)
            let signer = try await scene.signer(of: signature)
            #expect(signer == "\(name)@example.org")
            try await scene.approve(signer, signature)
            let run = try #require(try await scene.recorder.projector.run(scene.run.id))
            #expect(run.state == (name == "bob" ? .planned : .approved))
            #expect(run.approvals.last?.known == "signed")
        }
        try await scene.recheck()
    }

    // MARK: Break-glass

    private func bypass(_ scene: Scene, by name: String, reason: String = "now") async throws {
        let text = ApprovalStatement(scene.plan, scene.run, .bypass(reason: reason)).text
        let signature = try await scene.signed(by: name, text)
        let signer = try await ApprovalSignatures(
            recorder: scene.recorder, checker: scene.signatures
        ).signer(of: signature, for: scene.run, scene.plan, .bypass(reason: reason))
        try await scene.recorder.acting(as: Author(name: signer, known: .signed)).perform(
            .bypass(reason: reason, signature: signature), in: Sample.production, run: scene.run.id)
    }

    private func isRefused(_ scene: Scene) async throws -> Bool {
        let run = try #require(try await scene.recorder.projector.run(scene.run.id))
        let view = try await scene.recorder.projector.environment(Sample.production)
        let situation = Situation(
            now: try await scene.recorder.now(), author: Author(name: "alice"), environment: view,
            run: run, plan: scene.plan)
        do {
            _ = try decide(
                .acquire(holder: Fixed.surroundings().holder, gone: nil, takingOver: nil),
                in: situation)
            return false
        } catch { return error.reason == .approvalMissing }
    }

    @Test func whoIsListedGoesOnWithoutApprovalsUntilTheTimeIsOver() async throws {
        let clock = Clock()
        let scene = try await scene(clock, glass: ["bob"])
        #expect(try await isRefused(scene))
        try await bypass(scene, by: "bob")
        #expect(try await !isRefused(scene))
        try await scene.recheck()
        let view = try await scene.recorder.projector.environment(Sample.production)
        #expect(view.marks.map(\.kind) == [.bypass] && view.marks[0].reason == "now")
        // What has to be reviewed makes no other plan stale.
        #expect(view.fingerprint == scene.plan.state)
        clock.now.withLock { $0 = Fixed.start.adding(seconds: 3600) }
        #expect(try await isRefused(scene))
    }

    @Test func whoIsNotListedGoesOnNowhere() async throws {
        for listed in [nil, ["bob"]] as [[String]?] {
            let scene = try await scene(glass: listed)
            await #expect(throws: Refusal.self) { try await bypass(scene, by: "carol") }
            await #expect(throws: Refusal.self) { try await bypass(scene, by: "stranger") }
            await #expect(throws: Refusal.self) { try await bypass(scene, by: "bob", reason: " ") }
            #expect(try await isRefused(scene))
        }
    }

    /// Neither is the signature of the other, and what is written into the file by hand is neither.
    @Test func aBypassIsSignedWithItsReason() async throws {
        let scene = try await scene(glass: ["bob"])
        let approval = try await scene.signed(by: "bob")
        let approving = ApprovalSignatures(recorder: scene.recorder, checker: scene.signatures)
        await #expect(throws: Refusal.self) {
            try await approving.signer(
                of: approval, for: scene.run, scene.plan, .bypass(reason: "now"))
        }
        try await scene.recorder.acting(as: Author(name: "bob@example.org", known: .signed))
            .perform(
                .bypass(reason: "now", signature: approval), in: Sample.production,
                run: scene.run.id)
        await #expect(throws: Refusal.self) { try await scene.recheck() }
    }

    @Test func aBypassIsReviewedBySomebodyElse() async throws {
        let scene = try await scene(glass: ["bob"])
        try await bypass(scene, by: "bob")
        func review(_ name: String) async throws {
            try await scene.recorder.acting(
                as: Author(name: "\(name)@example.org", known: .signed)
            ).perform(
                .review(reason: "right", signature: "…"), in: Sample.production, run: scene.run.id)
        }
        // Not before it is over.
        await #expect(throws: Refusal.self) { try await review("carol") }
        try await scene.recorder.perform(
            .abandon(reason: "done by hand", gone: nil), in: Sample.production, run: scene.run.id)
        await #expect(throws: Refusal.self) { try await review("bob") }
        await #expect(throws: Refusal.self) { try await review("alice") }
        try await review("carol")
        let view = try await scene.recorder.projector.environment(Sample.production)
        #expect(view.marks.isEmpty)
        await #expect(throws: Refusal.self) { try await review("carol") }
    }

    /// The reason for the one is not the reason for the other.
    @Test func aWeakerPlaybookIsNotUsedWithoutApprovals() async throws {
        let scene = try await scene(glass: ["bob"])
        var weaker = scene.plan
        weaker.weaker = ["others may break the glass: bob"]
        #expect(throws: Refusal.self) { try ApprovalRules.refuseNoGlass(weaker) }
        #expect(throws: Never.self) { try ApprovalRules.refuseNoGlass(scene.plan) }
    }

    /// What others tell of this ledger's own runs, by a merge or an import, approves none of them.
    @Test func whatOthersTellOfARunApprovesNothing() async throws {
        let scene = try await scene(glass: ["bob"])
        let before = try await scene.recorder.projector.run(scene.run.id)
        let plan = try #require(scene.run.plan)
        for (number, event) in [
            Event.deployApproved(
                Approved(environment: Sample.production, plan: plan, way: .apart)),
            .approvalBypassed(
                Bypass(
                    environment: Sample.production, run: scene.run.number, plan: plan,
                    reason: "now", expires: Fixed.start.adding(seconds: 60), signature: "")),
        ].enumerated() {
            let draft = try Draft(
                kind: event.kind, fields: event.fields, id: scene.recorder.surroundings.newID(),
                time: Fixed.start, recorded: Fixed.start,
                by: Author(name: "bob@example.org", known: .signed), correlation: scene.run.id,
                source: Source(name: "another ledger", id: "\(number)"))
            _ = try await scene.recorder.store.append(
                [draft], to: .environment(Sample.production), expecting: .any)
        }
        #expect(try await scene.recorder.projector.run(scene.run.id) == before)
        let view = try await scene.recorder.projector.environment(Sample.production)
        #expect(view.marks.isEmpty)
    }

    /// A yes ends an hour after the plan was laid out, whenever it was signed.
    @Test func anExpiredSignatureIsRefusedByName() async throws {
        let clock = Clock()
        let scene = try await scene(clock)
        let signature = try await scene.signed(by: "bob")
        clock.now.withLock { $0 = Fixed.start.adding(seconds: 3599) }
        #expect(try await scene.signer(of: signature) == "bob@example.org")
        clock.now.withLock { $0 = Fixed.start.adding(seconds: 3600) }
        let refusal = await #expect(throws: Refusal.self) {
            try await scene.signer(of: signature)
        }
        #expect(refusal?.reason == .approvalMissing)
        #expect(refusal?.message.hasSuffix("is expired") == true)
    }

    @Test func aKeyWhoseTimeIsOverMayNotSign() async throws {
        let scene = try await scene(options: "valid-before=\"20200101\" ")
        let signature = try await scene.signed(by: "bob")
        let refusal = await #expect(throws: Refusal.self) {
            try await scene.signer(of: signature)
        }
        #expect(refusal?.message.contains("foreign") == true)
    }

    @Test func aKeyThatIsKeptForOtherPurposesMayNotSign() async throws {
        let scene = try await scene(options: "namespaces=\"git\" ")
        let signature = try await scene.signed(by: "bob")
        let refusal = await #expect(throws: Refusal.self) {
            try await scene.signer(of: signature)
        }
        #expect(refusal?.message.contains("not allowed") == true)
    }

    /// Whoever can write into the ledger's file can write that somebody approved: it is looked at
    /// again.
    @Test func whatStandsInTheLedgerIsCheckedOnceMore() async throws {
        let scene = try await scene()
        try await scene.approve("bob@example.org", try await scene.signed(by: "bob"))
        try await scene.approve("carol@example.org", try await scene.signed(by: "stranger"))
        let refusal = await #expect(throws: Refusal.self) { try await scene.recheck() }
        #expect(refusal?.reason == .approvalMissing)
        #expect(refusal?.message.contains("carol@example.org") == true)
        let conductor = Conductor(
            recorder: scene.recorder, runner: ScriptedRunner(running: Sample.release(1)),
            context: StepContext(folder: "/", runs: "/runs", variables: [:]),
            checker: scene.signatures)
        await #expect(throws: Refusal.self) {
            try await conductor.run(scene.run.id, in: Sample.production)
        }
    }

    /// Who looks the same in a list is the same person.
    @Test(arguments: [
        "mallory", " mallory", "Mallory ", "\u{A0}mallory", "mallory@example.org", " mallory @x",
    ])
    func blanksMakeNoOtherPerson(_ name: String) {
        #expect(Plan.isSame("mallory", name))
        #expect(!Plan.isSame("eve", name))
    }
}
