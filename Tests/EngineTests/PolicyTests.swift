import CommandEngine
import CommandFiles
import CommandPorts
import Commands
import Ledger
import Projections
import Support
import Testing

/// What environments ask of releases: given facts, when a deploy is planned, then it may, or not.
struct PolicyTests {
    private static let commit = Sample.revision(1)
    private static let shop = RepositoryName(unchecked: "acme/shop")
    private static let release = Sample.release(1)
    private static let staging = EnvironmentName(unchecked: "staging")

    private static func check(_ name: String, _ outcome: Outcome, at seconds: Double = 0) -> Fact {
        Fact(
            .checkFinished(CheckResult(name: name, outcome: outcome, revision: commit)),
            time: Fixed.start.adding(seconds: seconds - 10_000))
    }

    private static func merged(by author: String = "dana") -> Fact {
        Fact(
            .changeMerged(
                Change(repository: shop, number: 7, revision: commit, author: author)))
    }

    private static func review(_ verdict: Review.Verdict, by name: String) -> Fact {
        Fact(
            .reviewSubmitted(Review(repository: shop, number: 7, verdict: verdict)),
            by: Author(name: name))
    }

    private static func pushed(to branch: String) -> Fact {
        Fact(.pushed(Push(repository: shop, branch: branch, revision: commit)))
    }

    /// Why a deploy under the policy is refused; `nil` if it is not.
    private func refusal(
        _ facts: [Fact], _ policy: Policy, kind: Plan.Kind = .deploy, by author: String = "alice",
        now: Timestamp = Fixed.start, overriding: Bool = false
    ) async throws -> Refusal? {
        let recorder = memoryRecorder()
        for fact in facts {
            // That something was seen running is nothing that can be recorded by hand.
            if fact.kind == EventKind.deployFinished.rawValue {
                try await recorder.tell([fact])
            } else {
                _ = try await recorder.record([fact])
            }
        }
        var place = Playbook.Environment()
        place.policy = policy
        let view = try await recorder.projector.environment(Sample.production)
        var plan = try Sample.plan(to: Self.release, in: view, kind: kind, place: place, by: author)
        if overriding { plan.overridesFreeze = true }
        var situation = Situation(now: now, author: Author(name: author), environment: view)
        situation.eligibilities = [
            Sample.web: try await recorder.projector.eligibility(
                of: Self.release, in: policy.after.map(\.environment))
        ]
        do {
            _ = try decide(.plan(plan, hash: plan.content().hash), in: situation)
            return nil
        } catch let refusal as Refusal { return refusal }
    }

    private func why(_ facts: [Fact], _ policy: Policy) async throws -> String? {
        let refusal = try await refusal(facts, policy)
        if let refusal { #expect(refusal.reason == .policy) }
        return refusal?.message
    }

    /// The first reason is the message, the others its cause.
    @Test func allReasonsAreSaid() async throws {
        let one = try await refusal([], Policy(checks: ["unit"]))
        #expect(one?.message.contains("unit") == true && one?.cause == nil)
        let two = try await refusal([], Policy(checks: ["unit", "slow"]))
        #expect(two?.message.contains("unit") == true && two?.cause?.contains("slow") == true)
    }

    // MARK: Where it comes from

    @Test func aTagOrABranchThatFitsIsEnough() async throws {
        #expect(try await why([], Policy(tags: ["v*"])) == nil)
        #expect(try await why([], Policy(tags: ["w*"]))?.contains("no tag matches w*") == true)
        let both = Policy(tags: ["w*"], branches: ["main", "hotfix/*"])
        #expect(try await why([], both)?.contains("never the head of main, hotfix/*") == true)
        #expect(try await why([Self.pushed(to: "main")], both) == nil)
        #expect(try await why([Self.pushed(to: "hotfix/7")], both) == nil)
        #expect(try await why([Self.pushed(to: "mainly")], both) != nil)
        #expect(try await why([Self.pushed(to: "dev")], Policy(auto: "main")) != nil)
    }

    @Test(arguments: [
        ("v1.0.0", "v*", true), ("v1.0.0", "v*.0", true), ("v1.0.0", "v*.1", false),
        ("v", "v*", true), ("", "*", true), ("", "", true), ("a", "", false), ("abab", "*ab", true),
        ("aXbXc", "a*b*c", true), ("abc", "**", true), ("abc", "a*d*", false),
    ])
    func patternsFit(text: String, pattern: String, fits: Bool) async throws {
        let facts = [Self.pushed(to: text.isEmpty ? "-" : text)]
        if text.isEmpty || pattern.isEmpty { return }
        #expect(try await (why(facts, Policy(branches: [pattern])) == nil) == fits)
    }

    // MARK: How it fared

    @Test func theLastWordOfACheckCounts() async throws {
        let policy = Policy(checks: ["pytest"])
        #expect(try await why([], policy)?.contains("no result of check pytest") == true)
        #expect(try await why([Self.check("pytest", .succeeded)], policy) == nil)
        #expect(
            try await why(
                [Self.check("pytest", .succeeded), Self.check("pytest", .failed, at: 1)], policy)?
                .contains("check pytest: failed") == true)
        // What is told late may have happened before.
        #expect(
            try await why(
                [Self.check("pytest", .succeeded, at: 1), Self.check("pytest", .failed)], policy)
                == nil)
        #expect(try await why([Self.check("pytest", .skipped)], policy) != nil)
        #expect(try await why([Self.check("lint", .succeeded)], policy) != nil)
    }

    @Test func whoWroteItDoesNotReviewIt() async throws {
        let policy = Policy(reviews: 1)
        let merged = Self.merged()
        #expect(try await why([], policy)?.contains("no approved pull request") == true)
        #expect(try await why([merged], policy)?.contains("0 of 1") == true)
        #expect(try await why([merged, Self.review(.approved, by: "dana")], policy) != nil)
        #expect(try await why([merged, Self.review(.approved, by: "erin")], policy) == nil)
        #expect(try await why([merged, Self.review(.commented, by: "erin")], policy) != nil)
        let changed = [
            merged, Self.review(.approved, by: "erin"), Self.review(.changesRequested, by: "erin"),
        ]
        #expect(try await why(changed, policy) != nil)
        let twice = [
            merged, Self.review(.approved, by: "erin"), Self.review(.approved, by: "erin"),
        ]
        #expect(try await why(twice, Policy(reviews: 2)) != nil)
    }

    @Test func filesThatBreakRulesStayOut() async throws {
        func verdict(_ outcome: Outcome) -> Fact {
            Fact(.guardChecked(GuardVerdict(revision: Self.commit, outcome: outcome)))
        }
        let policy = Policy(guarded: true)
        #expect(try await why([], policy) != nil)
        #expect(try await why([verdict(.failed)], policy)?.contains("found problems") == true)
        #expect(try await why([verdict(.failed), verdict(.succeeded)], policy) == nil)
    }

    // MARK: Order

    private func ran(_ release: Release, at seconds: Double, verified: Bool = true) -> Fact {
        var fact = Sample.deployed(release, in: Self.staging, verified: verified)
        fact.time = Fixed.start.adding(seconds: seconds)
        return fact
    }

    @Test func whatRanLongEnoughBeforeMayGoOn() async throws {
        let policy = Policy(after: [Policy.Earlier(environment: Self.staging, seconds: 600)])
        #expect(try await why([], policy)?.contains("never ran in staging") == true)
        #expect(try await why([ran(Self.release, at: -700)], policy) == nil)
        #expect(
            try await why([ran(Self.release, at: -599)], policy)?.contains("9 min") == true)
        // What took its place ended its time there.
        #expect(
            try await why(
                [ran(Self.release, at: -900), ran(Sample.release(2), at: -800)], policy) != nil)
        // That somebody says so is not enough.
        #expect(
            try await why([ran(Self.release, at: -700, verified: false)], policy)?
                .contains("never observed") == true)
    }

    // MARK: Who and when

    @Test func whoMayIsNamed() async throws {
        let policy = Policy(checks: ["pytest"], who: ["Bob@example.org"])
        let alice = try await refusal([], policy, kind: .revert)
        #expect(alice?.message.contains("alice may not") == true)
        // A way back is open to who may go it, whatever the release lacks.
        #expect(try await refusal([], policy, kind: .revert, by: "bob") == nil)
        #expect(try await refusal([], policy, by: "bob") != nil)
    }

    @Test func aFreezeStopsADeployAndNoRevert() async throws {
        // Fixed.start is a moment within this window.
        let window = FreezeWindow(since: Fixed.start, reason: "holidays")
        let policy = Policy(freezes: [window])
        let stopped = try await refusal([], policy)
        #expect(stopped?.reason == .frozen && stopped?.message.contains("holidays") == true)
        #expect(try await refusal([], policy, kind: .revert) == nil)
        #expect(try await refusal([], policy, overriding: true) == nil)
        #expect(try await refusal([], policy, now: Fixed.start.adding(seconds: -1)) == nil)
    }

    @Test func aFreezeIsOverriddenOnlyWithAReason() async throws {
        let given = try await Given([
            Fact(.freezeStarted(Freeze(environment: Sample.production, reason: "fair")))
        ])
        func plan(_ reason: String?) throws -> Plan {
            var request = PlanRequest(kind: .deploy, reason: reason)
            request.overridesFreeze = true
            return try Plan.make(
                request, in: given.view, place: Playbook.Environment(),
                parts: [Sample.parts(Self.release)],
                by: given.author, now: given.now)
        }
        #expect(throws: Refusal.self) { try plan(nil) }
        let made = try plan("the shop is down")
        let events = try given.when(.plan(made, hash: made.content().hash))
        #expect(events.first?.fields["overridesFreeze"] == true)
        #expect(events.first?.fields["reason"] == "the shop is down")
    }

    @Test(arguments: [
        // A Friday.
        ("2026-11-27T15:59:59Z", false), ("2026-11-27T16:00:00Z", true),
        ("2026-11-28T07:59:59Z", true), ("2026-11-28T08:00:00Z", false),
        ("2026-11-26T17:00:00Z", false),
    ])
    func hoursMayGoOverMidnight(moment: String, isFrozen: Bool) throws {
        let window = FreezeWindow(days: [5], from: 16 * 60, to: 8 * 60, reason: "")
        #expect(try window.covers(#require(Timestamp(moment))) == isFrozen)
        // The same hours an hour further east are an hour earlier.
        let east = FreezeWindow(days: [5], from: 17 * 60, to: 9 * 60, zone: 60, reason: "")
        #expect(try east.covers(#require(Timestamp(moment))) == isFrozen)
    }

    /// What was approved is looked at once more before anything begins.
    @Test func aCheckThatFailsAfterThePlanStopsTheRun() async throws {
        let recorder = memoryRecorder()
        try await recorder.tell([Self.check("pytest", .succeeded)])
        var place = Playbook.Environment()
        place.policy = Policy(checks: ["pytest"])
        let view = try await recorder.projector.environment(Sample.production)
        let plan = try Sample.plan(to: Self.release, in: view, place: place)
        let content = try plan.content()
        let planned = try await recorder.perform(
            .plan(plan, hash: content.hash), in: Sample.production, keeping: [content])
        _ = try await recorder.perform(
            .approve(way: .flag, reason: nil), in: Sample.production, run: planned[0].id)
        try await recorder.tell([Self.check("pytest", .failed, at: 5)])
        let head = try await recorder.store.head().sequence
        await #expect(throws: Refusal.self) {
            _ = try await recorder.perform(
                .acquire(holder: recorder.surroundings.holder, gone: nil, takingOver: nil),
                in: Sample.production, run: planned[0].id)
        }
        #expect(try await recorder.store.head().sequence == head)
    }

    // MARK: The playbook

    private func policy(_ yaml: String) throws -> Policy? {
        try Playbook(
            yaml: "environments:\n  production:\n    policy: \(yaml)\nservices: {}\n"
        ).environments[Sample.production]?.policy
    }

    @Test func aPolicyIsReadFromThePlaybook() throws {
        let read = try policy(
            #"{tags: ["v*"], branches: [main], checks: [ruff], reviews: 2, guard: true, "#
                + #"after: {staging: 30m}, who: [alice], auto: on-push main, freeze: "#
                + #"[{days: [Fri, sat], from: "16:30", zone: "-02:30", reason: weekend}]}"#)
        let window = FreezeWindow(
            days: [5, 6], from: 990, to: 1440, zone: -150, reason: "weekend")
        #expect(
            read
                == Policy(
                    tags: ["v*"], branches: ["main"], checks: ["ruff"], reviews: 2, guarded: true,
                    after: [Policy.Earlier(environment: Self.staging, seconds: 1800)],
                    who: ["alice"], freezes: [window], auto: "main"))
    }

    @Test(arguments: [
        ("{tag: [v1]}", "tag"), ("{auto: always}", "is not a valid trigger"),
        ("{freeze: [{days: [someday]}]}", "is not a day of the week"),
        ("{freeze: [{from: \"16:00\"}]}", "since and until"),
        ("{freeze: [{days: [fri], from: \"25:00\"}]}", "is not a time"),
        ("{freeze: [{days: [fri], zone: Berlin}]}", "is not a UTC offset"),
        ("{freeze: [{since: soon}]}", "is not a time"),
        ("{after: {staging: long}}", "long"), ("{reviews: -1}", "from 0 to 20"),
    ])
    func aPolicyThatCannotBeReadIsRefused(yaml: String, why: String) {
        let problem = #expect(throws: SourceProblem.self) { try policy(yaml) }
        #expect(problem?.description.contains(why) == true, "\(problem?.description ?? "")")
    }
}
