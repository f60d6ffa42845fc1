import CommandEngine
import CommandPorts
import Commands
import CommandSecrets
import Foundation
import Ledger
import Projections
import Support
import Synchronization
import Testing

/// What was approved is what runs: nothing that was reported, delivered, merged or copied leads
/// anywhere, and what changed after the approval is noticed.
struct TrustTests {
    private let main = Recorder(
        store: MemoryStore(views: StoredViews.all), surroundings: Fixed.surroundings(),
        secretFilter: SecretFilter(variables: [:], secrets: []))

    private func planner(_ recorder: Recorder, _ yaml: String = plain) throws -> Planner {
        let playbook = try Playbook(yaml: yaml)
        return Planner(
            recorder: recorder, playbook: playbook,
            bundleMaker: BundleMaker(
                playbook: playbook, variables: [:], key: ValueKey(bytes: [1]), file: { _ in nil }))
    }

    private static let plain = """
        environments: {production: {}, staging: {}}
        services: {web: {deploy: [{run: ["true"]}]}}
        """

    /// A deploy of this ledger's own, whose bundle is kept.
    @discardableResult
    private func deploy(
        _ number: Int, to environment: String = "production", _ recorder: Recorder? = nil
    ) async throws -> ContentHash {
        let recorder = recorder ?? main
        let name = try EnvironmentName(environment)
        _ = try await recorder.record([
            Fact(
                .imageTagged(
                    ImageTagging(
                        service: Sample.web, tag: try #require(Sample.release(number).tag),
                        digest: try #require(Sample.release(number).digest))))
        ])
        let prepared = try await planner(recorder).deploy(
            "v0.\(number).0", to: name, services: [], PlanRequest(kind: .deploy))
        let run = try await recorder.perform(
            .plan(prepared.plan, hash: prepared.hash), in: name, keeping: prepared.contents)[0].id
        try await recorder.perform(.approve(way: .flag, reason: nil), in: name, run: run)
        _ = try await Conductor(
            recorder: recorder, runner: ScriptedRunner(),
            context: StepContext(folder: "/", runs: "/runs", variables: [:]),
            checker: NoSignatures()
        ).run(run, in: name)
        return prepared.plan.moves[0].bundle
    }

    private func revert(to text: String, _ recorder: Recorder? = nil) async throws -> PreparedPlan {
        try await planner(recorder ?? main).revert(
            to: .reference(.release(text)), in: Sample.production, services: [],
            PlanRequest(kind: .revert))
    }

    private func isRefused(_ text: String, _ recorder: Recorder? = nil) async -> Bool {
        do {
            _ = try await revert(to: text, recorder)
            return false
        } catch { return (error as? Refusal)?.message.contains("cannot roll back to") == true }
    }

    private func finished(_ tag: String, _ bundle: ContentHash, by number: Int) throws -> Event {
        .deployed(
            RunFinished(
                environment: Sample.production, service: Sample.web, tag: try ReleaseTag(tag),
                digest: Sample.release(number).digest, bundle: bundle))
    }

    @Test func ofItsOwnDeploysARevertLeadsBack() async throws {
        let bundle = try await deploy(1)
        try await deploy(2)
        #expect(try await revert(to: "v0.1.0").plan.moves.map(\.bundle) == [bundle])
    }

    /// No correction makes a rollback run another image than the one that was deployed.
    @Test func whatALedgersOwnRunBroughtKeepsItsDigest() async throws {
        try await deploy(1)
        let past = try await main.projector.deployments(of: nil, in: Sample.production)
        let entry = try #require(try await main.store.entry(at: past[0].entry))
        await #expect(throws: Refusal.self) {
            _ = try await main.correct(
                entry, with: ["digest": Sample.digest(9).rawValue], reason: "typed wrongly")
        }
    }

    /// Nor does one that a merged ledger makes.
    @Test func anotherLedgersCorrectionDoesNotReachAnOwnDeploy() async throws {
        try await deploy(1)
        try await deploy(2)
        let past = try await main.projector.deployments(of: nil, in: Sample.production)
        for one in past {
            let entry = try #require(try await main.store.entry(at: one.entry))
            let forged = Correction(
                entry: entry.id, corrects: entry.sequence, reason: "forged",
                environment: Sample.production, service: Sample.web, tag: entry.subject.tag,
                digest: Sample.digest(9), of: entry.kind)
            try await main.tell([
                Fact(.corrected(forged), source: Source(name: "laptop", id: "\(one.entry)"))
            ])
        }
        let view = try await main.projector.environment(Sample.production)
        #expect(view[Sample.web]?.release?.digest == Sample.digest(2))
        let plan = try await revert(to: "v0.1.0").plan
        #expect(plan.moves.map(\.to.digest) == [Sample.digest(1)])
    }

    /// Neither by hand nor by a fact of somebody else's.
    @Test func aBundleThatWasReportedLeadsNowhere() async throws {
        let staging = try await deploy(9, to: "staging")
        try await deploy(2)
        let fields = try finished("evil", staging, by: 9).fields
        #expect(throws: Refusal.self) {
            try main.check(Fact(kind: "deploy.finished", fields: fields))
        }
        _ = try await main.record([
            Fact(
                try finished("evil", staging, by: 9), time: Fixed.start.adding(seconds: -9),
                source: Source(name: "elsewhere", id: "1"))
        ])
        #expect(await isRefused("evil"))
        #expect(try await main.projector.deployments(of: nil, in: Sample.production).count == 2)
    }

    /// The body of a delivery is kept content, and is no bundle.
    @Test func aDeliveryThatLooksLikeABundleIsNone() async throws {
        try await deploy(2)
        var forged = Sample.bundle(Sample.release(7))
        forged.files = [BundleFile(path: "../../x", hash: ContentHash(of: [1]), executable: true)]
        let body = try forged.content()
        _ = try await main.store.append([
            Append([], to: .general, expecting: .any, keeping: [body])
        ])
        _ = try await main.record([
            Fact(try finished("evil", body.hash, by: 7), source: Source(name: "x", id: "2"))
        ])
        #expect(await isRefused("evil"))
        #expect(throws: FieldProblem.self) { try Commands.Bundle(content: body.bytes) }
    }

    @Test(arguments: ["../x", "/etc/x", "a/../../x", "./../a", "a/", "a\nb", ""])
    func aBundleNamesOnlyFilesBelowItsFolder(path: String) throws {
        var bundle = Sample.bundle(Sample.release(1))
        bundle.files = [BundleFile(path: path, hash: ContentHash(of: [1]), executable: false)]
        let content = try bundle.content()
        #expect(throws: FieldProblem.self) { try Commands.Bundle(content: content.bytes) }
    }

    @Test(arguments: ["A;touch x", "1A", "", "A B", "É"])
    func aBundleNamesOnlyVariables(name: String) throws {
        var bundle = Sample.bundle(Sample.release(1))
        bundle.variables = [name: ""]
        let content = try bundle.content()
        #expect(throws: FieldProblem.self) { try Commands.Bundle(content: content.bytes) }
    }

    /// A copy of another ledger brings its runs along: they were not made here.
    @Test func whatWasCopiedLeadsNowhereAndIsNotCarriedOut() async throws {
        try await deploy(1)
        try await deploy(2)
        let prepared = try await planner(main).deploy(
            "v0.1.0", to: Sample.production, services: [], PlanRequest(kind: .deploy))
        let open = try await main.perform(
            .plan(prepared.plan, hash: prepared.hash), in: Sample.production,
            keeping: prepared.contents)[0].id
        for store: any EventStore in [
            MemoryStore(views: StoredViews.all), try Sandbox().ledger(),
        ] {
            let copy = Recorder(
                store: store, surroundings: main.surroundings, secretFilter: main.secretFilter)
            var entries: [Entry] = []
            try await main.store.each { entries.append($0) }
            var contents: [Content] = []
            for hash in try await main.store.contentHashes(after: nil, limit: 100) {
                contents.append(Content(try #require(try await main.store.content(hash))))
            }
            _ = try await copy.copy(entries, keeping: contents)
            #expect(try await store.head().root == main.store.head().root)
            #expect(try await store.copied() == entries.count)
            #expect(await isRefused("v0.1.0", copy))
            await #expect(throws: Refusal.self) {
                try await copy.perform(
                    .approve(way: .flag, reason: nil), in: Sample.production, run: open)
            }
            // From here on it is its own.
            try await deploy(3, copy)
            try await deploy(4, copy)
            #expect(try await revert(to: "v0.3.0", copy).plan.moves.count == 1)
        }
    }

    private func deploy(_ number: Int, _ recorder: Recorder) async throws {
        try await deploy(number, to: "production", recorder)
    }

    // MARK: What the digest covers

    @Test func aWeakerPlaybookIsUsedOnlyWithAReason() async throws {
        let strict = Self.plain.replacing(
            "production: {}", with: "production: {protected: true, policy: {checks: [test]}}")
        _ = try await main.record([
            Fact(
                .imageTagged(
                    ImageTagging(
                        service: Sample.web, tag: try ReleaseTag("v0.1.0"),
                        digest: try #require(Sample.release(1).digest),
                        revision: Sample.release(1).revision))),
            Fact(
                .checkFinished(
                    CheckResult(
                        name: "test", outcome: .succeeded,
                        revision: try #require(Sample.release(1).revision)))),
        ])
        let first = try await planner(main, strict).deploy(
            "v0.1.0", to: Sample.production, services: [], PlanRequest(kind: .deploy))
        let run = try await main.perform(
            .plan(first.plan, hash: first.hash), in: Sample.production, keeping: first.contents)[0]
            .id
        try await main.perform(.approve(way: .flag, reason: nil), in: Sample.production, run: run)
        _ = try await Conductor(
            recorder: main, runner: ScriptedRunner(),
            context: StepContext(folder: "/", runs: "/runs", variables: [:]),
            checker: NoSignatures()
        ).run(run, in: Sample.production)
        var request = PlanRequest(kind: .deploy, again: true)
        let refusal = await #expect(throws: Refusal.self) {
            try await planner(main).deploy("v0.1.0", to: Sample.production, services: [], request)
        }
        #expect(refusal?.reason == .policy && refusal?.cause?.contains("no policy") == true)
        request.reason = "the rules changed"
        let second = try await planner(main).deploy(
            "v0.1.0", to: Sample.production, services: [], request)
        #expect(second.plan.weaker?.count == 2)
        let entry = try await main.perform(
            .plan(second.plan, hash: second.hash), in: Sample.production, keeping: second.contents)[
                0]
        #expect(entry.payload["weaker"]?.array?.count == 2)
        #expect(
            entry.payload["playbook"]?.string == ContentHash(of: Array(Self.plain.utf8)).rawValue)
    }

    /// A plan that was laid out and rejected, and a run of another ledger, were never used here.
    @Test func whatNeverRanHereIsNotThePlaybookLastUsed() async throws {
        let strict = """
            environments: {production: {approval: {needed: 2}}, staging: {}}
            services: {web: {deploy: [{run: ["true"]}]}}
            """
        _ = try await main.record([Sample.tagged(Sample.release(1))])
        func made(_ yaml: String, _ reason: String?) async throws -> PreparedPlan {
            var request = PlanRequest(kind: .deploy, again: true)
            request.reason = reason
            return try await planner(main, yaml).deploy(
                "v0.1.0", to: Sample.production, services: [], request)
        }
        func lay(_ prepared: PreparedPlan) async throws -> EntryID {
            try await main.perform(
                .plan(prepared.plan, hash: prepared.hash), in: Sample.production,
                keeping: prepared.contents)[0].id
        }
        let run = try await lay(try await made(strict, nil))
        for name in ["bob", "carol"] {
            try await main.acting(as: Author(name: name)).perform(
                .approve(way: .apart, reason: nil), in: Sample.production, run: run)
        }
        _ = try await Conductor(
            recorder: main, runner: ScriptedRunner(),
            context: StepContext(folder: "/", runs: "/runs", variables: [:]),
            checker: NoSignatures()
        ).run(run, in: Sample.production)
        func isRefused() async -> Bool { (try? await made(Self.plain, nil)) == nil }
        #expect(await isRefused())
        let weak = try await lay(try await made(Self.plain, "to try"))
        try await main.perform(.reject(reason: "no"), in: Sample.production, run: weak)
        #expect(await isRefused())
        // Another ledger's run, as a merge brings it.
        let there = try await made(Self.plain, "there")
        let planned = Planned(
            environment: Sample.production, service: nil, plan: there.hash, steps: 1)
        _ = try await main.record([
            Fact(.deployPlanned(planned), source: Source(name: "laptop", id: "1"))
        ])
        #expect(await isRefused())
    }

    @Test func aChangeAfterTheApprovalMakesThePlanStale() async throws {
        _ = try await main.record([Sample.deployed(Sample.release(1))])
        var plan = try Sample.plan(
            to: Sample.release(2), in: await main.projector.environment(Sample.production))
        plan.playbook = ContentHash(of: [1])
        plan.settings = ["PORT": "aa"]
        plan.sshConfiguration = ContentHash(of: [2])
        let bundle = try Sample.bundle(Sample.release(2)).content()
        let hash = try plan.content().hash
        let run = try await main.perform(
            .plan(plan, hash: hash), in: Sample.production, keeping: [bundle, try plan.content()])[
                0
            ].id
        try await main.perform(.approve(way: .flag, reason: nil), in: Sample.production, run: run)
        var changes: [(String, PlanBasis)] = []
        for word in ["PORT", "ssh configuration", "playbook"] {
            var basis = PlanBasis(plan)
            switch word {
            case "PORT": basis.settings["PORT"] = "bb"
            case "playbook": basis.playbook = ContentHash(of: [9])
            default: basis.sshConfiguration = ContentHash(of: [9])
            }
            changes.append((word, basis))
        }
        for (word, basis) in changes {
            let refusal = await #expect(throws: Refusal.self) {
                try await Conductor(
                    recorder: main, runner: ScriptedRunner(),
                    context: StepContext(folder: "/", runs: "/runs", variables: [:]),
                    checker: NoSignatures(), present: { _ in basis }
                ).run(run, in: Sample.production)
            }
            #expect(refusal?.reason == .planStale && refusal?.cause?.contains(word) == true)
        }
    }
}
