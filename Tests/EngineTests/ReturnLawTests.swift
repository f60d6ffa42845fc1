import CommandEngine
import CommandPorts
import Commands
import CommandSecrets
import Ledger
import Projections
import Support
import Testing

/// The law of going back: after a revert to a place in history each environment is as it was then.
struct ReturnLawTests {
    private static let services = ["web", "api", "job"].map { ServiceName(unchecked: $0) }

    private let recorder = Recorder(
        store: MemoryStore(views: StoredViews.all),
        surroundings: Fixed.surroundings(isAlive: { _ in false }),
        secretFilter: SecretFilter(variables: [:], secrets: []))

    private func part(_ release: Release) throws -> MoveParts {
        var bundle = Sample.bundle(release, observed: false)
        bundle.release = release
        return MoveParts(bundle: bundle, bundleHash: try bundle.content().hash)
    }

    /// Plans, approves and runs a change to these releases.
    private func go(_ kind: Plan.Kind, to releases: [Release]) async throws {
        let view = try await recorder.projector.environment(Sample.production)
        let parts = try releases.map(part)
        let plan = try Plan.make(
            PlanRequest(kind: kind), in: view, place: Playbook.Environment(), parts: parts,
            by: Author(name: "alice"), now: Fixed.start)
        if plan.moves.isEmpty { return }
        let made = try await recorder.perform(
            .plan(plan, hash: try plan.content().hash), in: Sample.production,
            keeping: try parts.map { try $0.bundle.content() } + [plan.content()])
        try await recorder.perform(
            .approve(way: .flag, reason: nil), in: Sample.production, run: made[0].id)
        let conductor = Conductor(
            recorder: recorder, runner: ScriptedRunner(),
            context: StepContext(folder: "/", runs: "/runs", variables: [:]),
            checker: NoSignatures())
        let outcome = try await conductor.run(made[0].id, in: Sample.production)
        guard case .finished = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func aRevertToAnyPlaceGivesTheViewAsOfThen(seed: UInt64) async throws {
        var random = Seeded(seed)
        var places: [Int] = []
        // Every service has run before the first place, so that none would have to go away.
        try await go(.deploy, to: Self.services.map { Sample.release(1, of: $0) })
        for number in 2...8 {
            places.append(try await recorder.store.head().sequence)
            let some = Self.services.filter { _ in Bool.random(using: &random) }
            try await go(.deploy, to: some.map { Sample.release(number, of: $0) })
        }
        var moved = 0
        for place in places.shuffled(using: &random).prefix(3) {
            let projector = recorder.projector
            let then = try await projector.environment(Sample.production, at: place)
            let now = try await projector.environment(Sample.production)
            // Service by service, without what plans are made from.
            let releases = Self.services.map { ($0, now[$0]?.release, then[$0]?.release) }
            let moves = releases.filter { $1 != $2 }
            // What is fenced by an earlier revert comes back only when the fence is lifted.
            for (service, _, target) in moves {
                guard let target, let tag = target.tag, now.fence(against: target) != nil
                else { continue }
                try await recorder.perform(
                    .liftFence(tag: tag.rawValue, service: service, reason: "law"),
                    in: Sample.production)
            }
            try await go(.revert, to: releases.compactMap { $2 })
            let after = try await projector.environment(Sample.production)
            for (service, left, target) in releases {
                #expect(after[service]?.release == target)
                // What was left is kept out.
                guard left != target, let left else { continue }
                #expect(after.fence(against: left) != nil)
            }
            moved += moves.count
        }
        #expect(moved > 0)
    }
}
