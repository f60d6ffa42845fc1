import CommandEngine
import CommandPorts
import Commands
import CommandSecrets
import Ledger
import Projections
import Support
import Testing

/// Runs: an entry before and after every step, and nothing believed that was not observed.
struct ConductorTests {
    /// Six steps, of which two must not run twice: one with a check, one without.
    static let six = [
        Playbook.Template(name: "pull", run: ["pull", "1"]),
        Playbook.Template(
            name: "backup", run: ["backup", "2"], once: true, check: ["check", "2"]),
        Playbook.Template(name: "drain", run: ["drain", "3"]),
        Playbook.Template(name: "switch", run: ["switch", "4"], once: true),
        Playbook.Template(name: "warm", run: ["warm", "5"]),
        Playbook.Template(name: "undrain", run: ["undrain", "6"]),
    ]

    struct Scene {
        let recorder: Recorder
        let runner: ScriptedRunner
        let id: EntryID
        let plan: Plan

        func conductor(_ recorder: Recorder? = nil) -> Conductor {
            Conductor(
                recorder: recorder ?? self.recorder, runner: runner,
                context: StepContext(folder: "/", runs: "/runs", variables: [:]),
                checker: NoSignatures())
        }

        func states() async throws -> [Int: String] {
            let run = try #require(try await recorder.projector.run(id))
            return Dictionary(uniqueKeysWithValues: run.steps.map { ($0.number, $0.state) })
        }

        func state() async throws -> ServiceState? {
            try await recorder.projector.environment(Sample.production)[Sample.web]
        }
    }

    /// A run that is planned and approved: from release 1 to release 2.
    private func scene(
        steps: [Playbook.Template] = six, kind: Plan.Kind = .deploy,
        onFailure: Plan.OnFailure = .stop, store: (any EventStore)? = nil
    ) async throws -> Scene {
        let recorder = Recorder(
            store: store ?? MemoryStore(views: StoredViews.all),
            surroundings: Fixed.surroundings(process: 2, isAlive: { _ in false }),
            secretFilter: SecretFilter(variables: [:], secrets: []))
        _ = try await recorder.record([Sample.deployed(Sample.release(1))])
        let view = try await recorder.projector.environment(Sample.production)
        let parts = try Sample.parts(Sample.release(2), present: Sample.release(1), steps: steps)
        let plan = try Plan.make(
            PlanRequest(kind: kind, onFailure: onFailure), in: view, place: Playbook.Environment(),
            parts: [parts], by: Author(name: "alice"), now: Fixed.start)
        let contents = [
            try parts.bundle.content(), try #require(parts.present).content(), try plan.content(),
        ]
        let made = try await recorder.perform(
            .plan(plan, hash: try plan.content().hash), in: Sample.production, keeping: contents)
        try await recorder.perform(
            .approve(way: .flag, reason: nil), in: Sample.production, run: made[0].id)
        return Scene(
            recorder: recorder, runner: ScriptedRunner(running: Sample.release(1)), id: made[0].id,
            plan: plan)
    }

    @Test func aRunGoesThroughAllStepsAndEndsVerified() async throws {
        let scene = try await scene()
        let outcome = try await scene.conductor().run(scene.id, in: Sample.production)
        #expect(outcome == .finished(verified: true))
        #expect(scene.runner.acted == Self.six.map { $0.run.joined(separator: " ") })
        #expect(try await scene.state()?.state == .verified)
        #expect(try await scene.state()?.release == Sample.release(2))
        let view = try await scene.recorder.projector.environment(Sample.production)
        #expect(view.lease == nil)
        var kinds: [String] = []
        try await scene.recorder.store.each { kinds.append($0.kind) }
        #expect(
            kinds.dropFirst(3).prefix(4) == [
                "lease.granted", "deploy.started", "step.started", "step.finished",
            ])
        #expect(kinds.suffix(3) == ["host.observed", "deploy.finished", "lease.released"])
    }

    /// Mistake 2: "booted" is logged before it boots, no outcome after.
    @Test func mistake02_everyStepHasAnEntryBeforeAndOneAfter() async throws {
        let scene = try await scene()
        _ = try await scene.conductor().run(scene.id, in: Sample.production)
        var open: Set<Int> = []
        var count = 0
        try await scene.recorder.store.each { entry in
            guard let step = entry.payload["step"]?.integer else { return }
            count += 1
            if entry.kind == "step.started" {
                open.insert(step)
            } else {
                #expect(open.remove(step) != nil)
                #expect(entry.draft.cause != nil)
            }
        }
        #expect(open.isEmpty && count == 12)
    }

    /// Mistake 9: "rolled back", exit 0, and the same code runs on.
    @Test func mistake09_whatWasNotSeenIsNotBelieved() async throws {
        let lazy = [Playbook.Template(name: "lies", run: ["lies", "1"])]
        let scene = try await scene(steps: lazy)
        let outcome = try await scene.conductor().run(scene.id, in: Sample.production)
        guard case .failed(let failure, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(failure.cause == .observation && failure.reason.contains("not v0.2.0"))
        #expect(try await scene.state()?.release == Sample.release(1))
        #expect(try await scene.state()?.state == .verified)
    }

    /// Mistake 14: failed deploys missing from the history.
    @Test func mistake14_aFailureIsAFact() async throws {
        let scene = try await scene()
        scene.runner.fail("drain")
        let outcome = try await scene.conductor().run(scene.id, in: Sample.production)
        #expect(
            outcome
                == .failed(
                    Run.Failure(.step, "step 3 (drain) exited with 1: no", step: 3), putBack: false)
        )
        let run = try await scene.recorder.projector.run(scene.id)
        #expect(run?.state == .failed)
        #expect(run?.why?.contains("drain") == true)
        #expect(try await scene.states() == [1: "succeeded", 2: "succeeded", 3: "failed"])
        var failed = EntryFilter()
        failed.outcomes = ["failed"]
        let found = try await scene.recorder.store.page(failed, .oldestFirst, after: nil, limit: 9)
        #expect(found.map(\.kind) == ["step.finished", "deploy.failed"])
    }

    /// The first deploy of a pipeline has nothing to fall back on: no reason not to begin.
    @Test func whereNothingRanNothingIsPutBack() async throws {
        let first = try await Given([])
        let plan = try Sample.plan(to: Sample.release(1), in: first.view, onFailure: .back)
        #expect(
            plan.back.isEmpty && plan.warnings.contains { $0.contains("cannot be rolled back") })
        // What runs, and cannot be put back, is another matter.
        let given = try await Given([Sample.deployed(Sample.release(1))])
        let refusal = #expect(throws: Refusal.self) {
            try Sample.plan(to: Sample.release(2), in: given.view, onFailure: .back)
        }
        #expect(refusal?.message.contains("cannot be rolled back") == true)
    }

    @Test func afterAFailureWhatRanBeforeIsPutBack() async throws {
        let scene = try await scene(onFailure: .back)
        scene.runner.fail("warm")
        let outcome = try await scene.conductor().run(scene.id, in: Sample.production)
        // The way back fails in the same step, but the former release is seen running.
        #expect(
            outcome
                == .failed(
                    Run.Failure(.step, "step 5 (warm) exited with 1: no", step: 5), putBack: true))
        #expect(scene.runner.running?.digest == Sample.digest(1))
        #expect(try await scene.state()?.state == .verified)
        #expect(try await scene.state()?.release == Sample.release(1))
    }

    /// What ran before is looked at with the probe, the files and the variables of its own bundle.
    @Test func puttingBackLooksWithTheEyesOfThen() async throws {
        let scene = try await scene(onFailure: .back)
        scene.runner.fail("undrain")
        _ = try await scene.conductor().run(scene.id, in: Sample.production)
        let looks = scene.runner.invocations.filter { $0.command == ["observe"] }
        let then = try Sample.bundle(Sample.release(1), steps: Self.six).content().hash
        let now = try Sample.bundle(Sample.release(2), steps: Self.six).content().hash
        #expect(then != now)
        let last = try #require(looks.last)
        #expect(last.variables.values.contains { $0.contains(then.rawValue) })
        #expect(!last.variables.values.contains { $0.contains(now.rawValue) })
    }

    @Test func aFailureOfTheFirstStepLeavesThePreviousReleaseRunning() async throws {
        let scene = try await scene(onFailure: .back)
        scene.runner.fail("pull")
        let outcome = try await scene.conductor().run(scene.id, in: Sample.production)
        let why = Run.Failure(.step, "step 1 (pull) exited with 1: no", step: 1)
        #expect(outcome == .failed(why, putBack: true))
        // No later step of the deploy ran; all steps of the previous release put it back.
        #expect(
            scene.runner.acted == [
                "pull 1", "pull 1", "backup 2", "drain 3", "switch 4", "warm 5", "undrain 6",
            ])
        #expect(scene.runner.running?.digest == Sample.digest(1))
        #expect(try await scene.state()?.release == Sample.release(1))
    }

    @Test func aHostThatShowsNoReleaseHasDrifted() async throws {
        let scene = try await scene()
        scene.runner.fail("undrain")
        scene.runner.show(nil)
        let outcome = try await scene.conductor().run(scene.id, in: Sample.production)
        guard case .failed = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let state = try #require(try await scene.state())
        #expect(state.state == .drifted)
        #expect(state.hosts.map(\.reachable) == [true])
    }

    @Test func stoppedByHandTheRunCanGoOn() async throws {
        let scene = try await scene()
        let stopping = Conductor(
            recorder: scene.recorder, runner: scene.runner,
            context: StepContext(folder: "/", runs: "/runs", variables: [:]),
            checker: NoSignatures(),
            stopped: { scene.runner.acted.count >= 2 })
        #expect(try await stopping.run(scene.id, in: Sample.production) == .paused)
        #expect(scene.runner.acted.count == 2)
        #expect(try await scene.recorder.projector.environment(Sample.production).lease == nil)
        let outcome = try await scene.conductor().run(scene.id, in: Sample.production)
        #expect(outcome == .finished(verified: true))
        #expect(scene.runner.acted == Self.six.map { $0.run.joined(separator: " ") })
    }

    /// The process dies before or after any of its appends; another goes on. Nothing is lost,
    /// nothing that must not run twice runs twice, and the end is the same.
    @Test(arguments: 1...16, [false, true])
    func killedAtAnyEntryTheRunGoesOn(place: Int, after: Bool) async throws {
        let scene = try await scene()
        let dying = Recorder(
            store: DyingStore(scene.recorder.store, at: place, after: after),
            surroundings: scene.recorder.surroundings, secretFilter: scene.recorder.secretFilter)
        await #expect(throws: DyingStore.Killed.self) {
            _ = try await scene.conductor(dying).run(scene.id, in: Sample.production)
        }
        let run = try #require(try await scene.recorder.projector.run(scene.id))
        if run.state != .finished {
            var outcome = try await scene.conductor().run(scene.id, in: Sample.production)
            if case .undecided(let step) = outcome {
                // Switch has no check of its own: it was cut off before it could be seen running.
                #expect(step.number == 4)
                let ran = scene.runner.acted.contains("switch 4")
                outcome = try await scene.conductor().run(
                    scene.id, in: Sample.production, assuming: [4: ran])
                // What a person said of it is an entry, with who said it.
                var said = EntryFilter()
                said.kinds = ["step.finished"]
                said.text = "alice says so"
                let found = try await scene.recorder.store.page(
                    said, .oldestFirst, after: nil, limit: 9)
                #expect(found.count == (ran ? 1 : 0))
            }
            #expect(outcome == .finished(verified: true))
        }
        #expect(try await scene.state()?.release == Sample.release(2))
        #expect(try await scene.state()?.state == .verified)
        for step in Self.six {
            let count = scene.runner.acted.filter { $0 == step.run.joined(separator: " ") }.count
            #expect(count >= 1, "\(step.name) was lost")
            if step.once { #expect(count == 1, "\(step.name) ran twice") }
        }
        #expect(Set(try await scene.states().values) == ["succeeded"])
    }

    /// A run that dies right after it wrote down that step `number` begins, and before it acts.
    private func cutOff(
        _ steps: [Playbook.Template], before number: Int
    ) async throws -> Scene {
        let scene = try await scene(steps: steps)
        let dying = Recorder(
            store: DyingStore(scene.recorder.store, at: 1 + 2 * number, after: true),
            surroundings: scene.recorder.surroundings, secretFilter: scene.recorder.secretFilter)
        _ = try? await scene.conductor(dying).run(scene.id, in: Sample.production)
        #expect(try await scene.states()[number] == "started")
        return scene
    }

    /// That the release runs says nothing of a step that came after it did.
    @Test func aStepAfterTheSwitchIsNotFoundDoneByWhatRuns() async throws {
        let steps = [
            Playbook.Template(name: "switch", run: ["switch", "1"], once: true),
            Playbook.Template(name: "migrate", run: ["migrate", "2"], once: true),
        ]
        let scene = try await cutOff(steps, before: 2)
        let outcome = try await scene.conductor().run(scene.id, in: Sample.production)
        guard case .undecided(let step) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(step.name == "migrate")
        _ = try await scene.conductor().run(scene.id, in: Sample.production, assuming: [2: false])
        #expect(scene.runner.acted == ["switch 1", "migrate 2"])
    }

    /// A check that could not look says neither yes nor no.
    @Test func aCheckThatHangsIsNoAnswer() async throws {
        let steps = [
            Playbook.Template(
                name: "backup", run: ["backup", "1"], once: true, check: ["check", "1"]),
            Playbook.Template(name: "switch", run: ["switch", "2"]),
        ]
        let scene = try await cutOff(steps, before: 1)
        scene.runner.fail("check")
        let outcome = try await scene.conductor().run(scene.id, in: Sample.production)
        guard case .undecided(let step) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(step.name == "backup" && scene.runner.acted.isEmpty)
    }

    @Test func anOldOperatorWhoWakesUpWritesNothingMore() async throws {
        let scene = try await scene()
        let dying = Recorder(
            store: DyingStore(scene.recorder.store, at: 5, after: true),
            surroundings: scene.recorder.surroundings, secretFilter: scene.recorder.secretFilter)
        _ = try? await scene.conductor(dying).run(scene.id, in: Sample.production)
        let old = try #require(
            try await scene.recorder.projector.environment(Sample.production).lease?.token)
        _ = try await scene.conductor().run(scene.id, in: Sample.production)
        let head = try await scene.recorder.store.head()
        await #expect(throws: Refusal.self) {
            try await scene.recorder.perform(
                .progress([.noteAdded(Note(text: "late"))], token: old), in: Sample.production,
                run: scene.id)
        }
        #expect(try await scene.recorder.store.head() == head)
    }

    /// After a revert to X the environment is as it was when X ran; given up runs leave no lease
    /// behind.
    @Test func aRevertGivesTheViewAsOfThen() async throws {
        let recorder = memoryRecorder()
        _ = try await recorder.record([Sample.deployed(Sample.release(2))])
        let then = try await recorder.projector.environment(Sample.production)
        _ = try await recorder.record([Sample.deployed(Sample.release(1))])
        let scene = try await scene(kind: .revert, store: recorder.store)
        _ = try await scene.conductor().run(scene.id, in: Sample.production)
        let now = try await scene.recorder.projector.environment(Sample.production)
        #expect(Difference(from: then, to: now).moves.isEmpty)
        #expect(now.fence(against: Sample.release(1)) != nil)
    }
}
