import CommandPorts
import Ledger
import Support
import Testing
@testable import Commands
@testable import Projections

/// The pure state machine: outcome in, next action out.
struct RunTests {
    private static let hosts = ["a", "b", "c"].map { HostName(unchecked: $0) }
    private static let steps = [
        Playbook.Template(name: "pull", run: ["pull"]),
        Playbook.Template(name: "switch", run: ["switch"], once: true),
    ]

    /// A plan from release 1 to release 2 on so many hosts, two steps each.
    private func plan(
        hosts: Int = 1, onFailure: Plan.OnFailure = .stop, health: Bool = false,
        observed: Bool = true
    ) throws -> Plan {
        var parts = try Sample.parts(
            Sample.release(2), present: Sample.release(1), steps: Self.steps)
        if !observed { parts.bundle.observe = nil }
        if health {
            parts.bundle.health = HealthCheck(
                probe: Probe(run: ["healthy"], seconds: 3), successes: 1, every: 1, deadline: 7)
        }
        var replay = Replay()
        let fact = Sample.deployed(Sample.release(1))
        replay.apply(
            try Sample.entry(
                try Event(kind: fact.kind, fields: fact.fields), 1, id: EntryID(high: 1, low: 1)))
        let view = EnvironmentView(
            name: Sample.production, rows: replay.rows("environment"), marks: [], lease: nil)
        return try Plan.make(
            PlanRequest(kind: .deploy, onFailure: onFailure), in: view,
            place: Playbook.Environment(hosts: Array(Self.hosts.prefix(hosts))), parts: [parts],
            by: Author(name: "alice"), now: Fixed.start)
    }

    /// Goes on until the end, answering all that is ready at once; gives the rounds as words.
    private func rounds(_ run: inout Run, _ answer: (Run.Action) -> Run.Result?) -> [[String]] {
        var words: [[String]] = []
        for _ in 0..<100 {
            let ready = run.ready
            words.append(ready.map(word))
            let lanes = ready.map { run.lane(of: $0) }
            for (action, lane) in zip(ready, lanes) {
                guard let result = answer(action) else { return words }
                run.note(result, of: action, in: lane)
            }
        }
        Issue.record("it never ends: \(words.suffix(5))")
        return words
    }

    @Test func theHostsOfABatchGoBesideEachOtherAndBatchesWait() throws {
        var plan = try plan(hosts: 3)
        plan.batch = 2
        plan.pause = 5
        var run = Run(plan)
        #expect(
            rounds(&run, good) == [
                ["1 pull@a 1", "3 pull@b 1"], ["2 switch@a 1", "4 switch@b 1"],
                ["observe@a", "observe@b"], ["wait 5"], ["5 pull@c 1"], ["6 switch@c 1"],
                ["observe@c"], ["verified"],
            ])
    }

    /// What fails in one lane lets the other of its batch end, and no further batch begins.
    @Test func aFailureInABatchLetsTheOthersOfItEnd() throws {
        var plan = try plan(hosts: 3)
        plan.batch = 2
        var run = Run(plan)
        let words = rounds(&run) { action in
            if case .start(let step, _) = action, step.number == 1 {
                return .step(succeeded: false, why: "exited with 1")
            }
            return good(action)
        }
        #expect(words[1] == ["4 switch@b 1"])
        #expect(!words.joined().contains { $0.contains("pull@c") || $0.contains("switch@a") })
        #expect(words.last == ["failed 1"])
    }

    /// What takes a migration back is done before anything begins anywhere.
    @Test func migrationsAreTakenBackBeforeAllElse() throws {
        var plan = try plan(hosts: 2)
        plan.batch = 2
        var down = try #require(plan.steps.first)
        (down.number, down.name, down.migration) = (5, "down", "0042")
        plan.steps.insert(down, at: 0)
        var run = Run(plan)
        let words = rounds(&run, good)
        #expect(words[0] == ["5 down@a 1"])
        #expect(words[1] == ["1 pull@a 1", "3 pull@b 1"])
        var failing = Run(plan)
        let stopped = rounds(&failing) { action in
            if case .start = action { return .step(succeeded: false, why: "no") }
            return good(action)
        }
        #expect(stopped == [["5 down@a 1"], ["observe@a", "observe@b"], ["failed 5"]])
    }

    /// Goes on until the end, answering each action; gives the actions as words.
    private func walk(
        _ run: inout Run, limit: Int = 100, _ answer: (Run.Action) -> Run.Result?
    ) -> [String] {
        var words: [String] = []
        for _ in 0..<limit {
            let action = run.next
            words.append(word(action))
            guard let result = answer(action) else { return words }
            run.note(result, of: action)
        }
        Issue.record("it never ends: \(words.suffix(5))")
        return words
    }

    private func word(_ action: Run.Action) -> String {
        switch action {
        case .start(let step, let attempt): "\(step.number) \(step.name)@\(step.host) \(attempt)"
        case .look(let step, _): "look \(step.number)"
        case .awaitHealth(_, let host): "health@\(host)"
        case .observe(_, let host): "observe@\(host)"
        case .finish(let verified): verified ? "verified" : "unverified"
        case .fail(let failure, let back): "failed \(failure.step ?? 0)\(back ? " put back" : "")"
        case .ask(let step): "ask \(step.number)"
        case .pause: "pause"
        case .rest: "rest"
        case .wait(let seconds): "wait \(Int(seconds))"
        }
    }

    /// All goes well.
    private func good(_ action: Run.Action) -> Run.Result? {
        switch action {
        case .start: .step(succeeded: true, why: "")
        case .look: .looked(done: nil)
        case .awaitHealth: .health(ok: true, why: "")
        case .observe: .observed(matches: true, seen: "it")
        case .wait: .waited
        case .finish, .fail, .ask, .pause, .rest: nil
        }
    }

    @Test func oneHostAfterTheOtherEachHealthyAndSeenBeforeTheNext() throws {
        var run = Run(try plan(hosts: 3, health: true))
        #expect(
            walk(&run, good) == [
                "1 pull@a 1", "2 switch@a 1", "health@a", "observe@a", "3 pull@b 1",
                "4 switch@b 1", "health@b", "observe@b", "5 pull@c 1", "6 switch@c 1", "health@c",
                "observe@c", "verified",
            ])
    }

    @Test func whatNobodyCanSeeEndsUnverified() throws {
        var run = Run(try plan(observed: false))
        #expect(walk(&run, good) == ["1 pull@a 1", "2 switch@a 1", "unverified"])
    }

    @Test func aFailureStopsTheRestAndEveryHostIsLookedAt() throws {
        var run = Run(try plan(hosts: 3))
        let words = walk(&run) { action in
            if case .start(let step, _) = action, step.number == 4 {
                return .step(succeeded: false, why: "exited with 1")
            }
            return good(action)
        }
        #expect(
            words == [
                "1 pull@a 1", "2 switch@a 1", "observe@a", "3 pull@b 1", "4 switch@b 1",
                "observe@a", "observe@b", "observe@c", "failed 4",
            ])
    }

    @Test func whatWasTouchedIsPutBackAndNothingElse() throws {
        var run = Run(try plan(hosts: 3, onFailure: .back))
        let words = walk(&run) { action in
            if case .start(let step, _) = action, step.number == 3 {
                return .step(succeeded: false, why: "exited with 1")
            }
            return good(action)
        }
        #expect(words.prefix(4) == ["1 pull@a 1", "2 switch@a 1", "observe@a", "3 pull@b 1"])
        let back = words.dropFirst(4)
        #expect(back.filter { $0.contains("@a") }.count == 3)
        #expect(back.filter { $0.contains("pull@c") || $0.contains("switch@c") }.isEmpty)
        #expect(back.last == "failed 3 put back")
    }

    @Test func puttingBackThatWasNotSeenIsNotClaimed() throws {
        var run = Run(try plan(onFailure: .back))
        let words = walk(&run) { action in
            switch action {
            case .start(let step, _) where step.number == 2: .step(succeeded: false, why: "no")
            case .observe: .observed(matches: false, seen: "something else")
            default: good(action)
            }
        }
        #expect(words.last == "failed 2")
    }

    @Test(arguments: [nil, false] as [Bool?])
    func whatIsSeenDecidesNotWhatTheStepsSaid(seen: Bool?) throws {
        var run = Run(try plan())
        let words = walk(&run) { action in
            if case .observe = action { return .observed(matches: seen, seen: "v0.1.0") }
            return good(action)
        }
        #expect(words.suffix(2) == ["observe@a", "failed 0"])
    }

    @Test func aSickHostStopsTheRoll() throws {
        var run = Run(try plan(hosts: 2, health: true))
        let words = walk(&run) { action in
            if case .awaitHealth = action { return .health(ok: false, why: "503") }
            return good(action)
        }
        #expect(!words.contains { $0.contains("pull@b") })
        #expect(words.last == "failed 0")
    }

    @Test func stoppedByHandNothingFurtherBegins() throws {
        var run = Run(try plan(hosts: 2))
        run.note(.step(succeeded: true, why: ""), of: run.next)
        run.interrupt()
        #expect(walk(&run, good) == ["pause"])
        #expect(run.finishedSteps == [1])
    }

    // MARK: Going on after a crash

    private func state(_ number: Int, _ state: String) -> RunView.StepState {
        RunView.StepState(
            number: number, name: "step", state: state, token: 1, attempt: 1, ran: nil,
            reason: nil, entry: number)
    }

    @Test func whatIsDoneIsNotDoneAgain() throws {
        var run = Run(try plan(), steps: [state(1, "succeeded")])
        #expect(walk(&run, good) == ["2 switch@a 1", "observe@a", "verified"])
    }

    @Test func whatMayBeDoneIsLookedAtAndDoneAgainIfItMay() throws {
        var run = Run(try plan(), steps: [state(1, "started")])
        #expect(
            walk(&run, good) == ["look 1", "1 pull@a 2", "2 switch@a 1", "observe@a", "verified"])
        var found = Run(try plan(), steps: [state(1, "started")])
        let words = walk(&found) { action in
            if case .look = action { return .looked(done: true) }
            return good(action)
        }
        #expect(words == ["look 1", "2 switch@a 1", "observe@a", "verified"])
    }

    @Test func whatMustNotRunTwiceIsAsked() throws {
        let steps = [state(1, "succeeded"), state(2, "started")]
        var run = Run(try plan(), steps: steps)
        #expect(walk(&run, good) == ["look 2", "ask 2"])
        var done = Run(try plan(), steps: steps, assuming: [2: true])
        #expect(walk(&done, good) == ["look 2", "observe@a", "verified"])
        var notDone = Run(try plan(), steps: steps, assuming: [2: false])
        #expect(walk(&notDone, good) == ["look 2", "2 switch@a 2", "observe@a", "verified"])
    }

    /// What failed on the way back is not tried again after a crash either.
    @Test func whatFailedOnTheWayBackIsLeft() throws {
        let plan = try plan(onFailure: .back)
        let first = try #require(plan.back.first?.number)
        let steps = [state(1, "succeeded"), state(2, "failed"), state(first, "failed")]
        var run = Run(plan, steps: steps)
        #expect(!walk(&run, good).contains { $0.hasPrefix("\(first) ") })
    }

    @Test func stoppedWhileWaitingForHealthItPauses() throws {
        var run = Run(
            try plan(health: true), steps: [state(1, "succeeded"), state(2, "succeeded")])
        #expect(word(run.next) == "health@a")
        run.interrupt()
        #expect(word(run.next) == "pause")
    }

    @Test func aRunThatHadFailedGoesOnFailing() throws {
        let steps = [state(1, "succeeded"), state(2, "failed")]
        var run = Run(try plan(), steps: steps)
        #expect(walk(&run, good) == ["observe@a", "failed 2"])
        #expect(run.hasFailed)
        var back = Run(try plan(onFailure: .back), steps: steps)
        let words = walk(&back, good)
        #expect(words.first?.hasPrefix("3 ") == true)
        #expect(words.last == "failed 2 put back")
    }

    /// A host that nothing leads to is refused: its containers must not start here instead.
    @Test func whatBelongsOnAHostIsNotDoneHere() throws {
        var parts = try Sample.parts(Sample.release(2))
        parts.bundle.deploy[0].site = .host
        func plan(_ place: Playbook.Environment) throws -> Plan {
            try Plan.make(
                PlanRequest(kind: .deploy), in: EnvironmentView(name: Sample.production),
                place: place, parts: [parts], by: Author(name: "alice"),
                now: Fixed.start)
        }
        let a = Self.hosts[0]
        #expect(throws: Refusal.self) { try plan(Playbook.Environment(hosts: [a])) }
        let server = Server(host: a, ssh: "deploy@a")
        let reached = try plan(Playbook.Environment(hosts: [a], servers: [server]))
        #expect(reached.server(ofStep: 1) == server)
        #expect(try plan(Playbook.Environment()).server(ofStep: 1) == nil)
    }

    /// A tag that is wanted is one, also if it could be a revision.
    @Test func whatAProbePrintsIsReadAsWhatIsWanted() {
        let tag = ReleaseTag(unchecked: "20261120")
        func seen(_ output: String, _ tags: [ReleaseTag] = []) -> Release? {
            Observation.read(output, field: nil, service: Sample.web, tags: tags).release
        }
        #expect(seen("20261120\n", [tag]) == Release(service: Sample.web, tag: tag))
        #expect(seen("20261120\n")?.revision?.rawValue == "20261120")
        #expect(seen("shop@\(Sample.digest(1))", [tag])?.digest == Sample.digest(1))
        #expect(seen("") == nil)
        let (one, two) = (Sample.digest(1), Sample.digest(2))
        #expect(seen("running \(one), healthy")?.digest == one)
        #expect(seen("current \(two), previous \(one)") == nil)
        #expect(seen("[shop@\(one) other@\(two)]")?.digest == one)
    }

    /// From every place at which a run can be cut off, going on does each step once and ends well.
    @Test func cutOffAnywhereTheRestIsWhatWasLeft() throws {
        let plan = try plan(hosts: 3)
        for done in 0...6 {
            let steps = (0..<done).map { state($0 + 1, "succeeded") }
            var run = Run(plan, steps: steps)
            let words = walk(&run, good)
            let begun = words.compactMap { Int($0.split(separator: " ")[0]) }
            #expect(begun == Array(stride(from: done + 1, through: 6, by: 1)))
            #expect(words.last == "verified")
        }
    }
}
