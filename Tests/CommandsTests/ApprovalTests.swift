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
                runner: ShellRunner(bundles: sandbox.path("bundles"), redactor: recorder.redactor),
                variables: ["PATH": "/usr/bin:/bin"])
        }

        var text: String { ApprovalStatement(plan, run).text }

        func signed(by name: String, _ text: String? = nil) async throws -> String {
            try await signatures.sign(text ?? self.text, key: sandbox.path(name))
        }

        func signer(of signature: String) async throws -> String {
            try await Approving(recorder: recorder, checker: signatures).signer(
                of: signature, for: run, plan)
        }

        func approve(_ name: String, _ signature: String) async throws {
            try await recorder.acting(as: Author(name: name, known: .signed)).perform(
                .approve(way: .signed, reason: nil, signature: signature), in: Sample.production,
                run: run.id)
        }

        func recheck() async throws {
            let now = try #require(try await recorder.projector.run(run.id))
            try await Approving(recorder: recorder, checker: signatures).recheck(now, plan)
        }
    }

    private final class Clock: Sendable {
        let now = Mutex(Fixed.start)
    }

    private func scene(_ clock: Clock = Clock(), options: String = "") async throws -> Scene {
        let sandbox = try Sandbox()
        var signers = ""
        for name in ["alice", "bob", "carol", "stranger"] {
            _ = try Spoken.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", sandbox.path(name)])
            if name == "stranger" { continue }
            signers += "\(name)@example.org \(options)\(sandbox.read("\(name).pub"))"
        }
        var surroundings = Fixed.surroundings()
        surroundings.now = { clock.now.withLock(\.self) }
        let recorder = Recorder(
            store: MemoryStore(views: StoredViews.all), surroundings: surroundings,
            redactor: SecretFilter(variables: [:], secrets: []))
        var place = Playbook.Place(protected: true)
        place.approvalsNeeded = 2
        var plan = try Plan.make(
            PlanWish(kind: .deploy),
            in: try await recorder.projector.environment(Sample.production), place: place,
            parts: [try Sample.parts(Sample.release(2))], hashes: [:], by: Author(name: "alice"),
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
            workshop: Workshop(folder: "/", runs: "/runs", variables: [:]),
            checker: scene.signatures)
        await #expect(throws: Refusal.self) {
            try await conductor.run(scene.run.id, in: Sample.production)
        }
    }
}
