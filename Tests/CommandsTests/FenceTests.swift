import CommandSecrets
import Commands
import Ledger
import Projections
import Support
import Testing

/// A fence keeps out what descends from its release, until the commit that mends it is named.
struct FenceTests {
    private static let shop = RepositoryName(unchecked: "acme/shop")

    /// 1 ← 2 ← 3 ← 4 on main, and 1 ← 5 on another branch.
    private func shop(fence: Int, fixes: [Int] = []) async throws -> Recorder {
        let recorder = memoryRecorder()
        for (from, to, branch) in [
            (0, 1, "main"), (1, 2, "main"), (2, 3, "main"), (3, 4, "main"), (1, 5, "other"),
        ] {
            _ = try await recorder.record([
                Fact(
                    .pushed(
                        Push(
                            repository: Self.shop, branch: branch, revision: Sample.revision(to),
                            before: Sample.revision(from))))
            ])
        }
        try await recorder.perform(
            .raiseFence(
                [Sample.release(fence)], reason: "leaks", fixedBy: fixes.map(Sample.revision)),
            in: Sample.production)
        return recorder
    }

    private func isKeptOut(_ number: Int, by recorder: Recorder) async throws -> Bool {
        let release = Sample.release(number)
        let view = try await recorder.projector.environment(Sample.production)
        let believed = try await recorder.projector.fence(against: release, in: view) != nil
        // What is decided from the entries alone is the same.
        let sealed = try await recorder.projector.sealed(
            [Sample.production], [Sample.revision(number)])
        let decided =
            try await sealed.fence(
                against: release, in: try await sealed.environment(Sample.production)) != nil
        #expect(believed == decided)
        return decided
    }

    @Test func whatDescendsFromItIsKeptOutToo() async throws {
        let recorder = try await shop(fence: 2)
        #expect(try await !isKeptOut(1, by: recorder))
        #expect(try await isKeptOut(2, by: recorder))
        #expect(try await isKeptOut(3, by: recorder))
        #expect(try await isKeptOut(4, by: recorder))
        #expect(try await !isKeptOut(5, by: recorder))
    }

    @Test func whatHasTheFixMayGoOut() async throws {
        let recorder = try await shop(fence: 2, fixes: [4])
        #expect(try await isKeptOut(2, by: recorder))
        #expect(try await isKeptOut(3, by: recorder))
        #expect(try await !isKeptOut(4, by: recorder))
    }

    @Test func aFenceThatStandsMayBeToldItsFix() async throws {
        let recorder = try await shop(fence: 2)
        try await recorder.perform(
            .raiseFence([Sample.release(2)], reason: "closed", fixedBy: [Sample.revision(3)]),
            in: Sample.production)
        #expect(try await !isKeptOut(3, by: recorder))
        let mark = try await recorder.projector.environment(Sample.production).marks[0]
        #expect(mark.fixes == [Sample.revision(3)] && mark.reason == "closed")
        await #expect(throws: Refusal.self) {
            try await recorder.perform(
                .raiseFence([Sample.release(2)], reason: "again"), in: Sample.production)
        }
    }

    @Test func anotherServiceIsNotMeant() async throws {
        let recorder = try await shop(fence: 2)
        let view = try await recorder.projector.environment(Sample.production)
        let other = Sample.release(3, of: ServiceName(unchecked: "api"))
        #expect(try await recorder.projector.fence(against: other, in: view) == nil)
    }

    /// Where nobody recorded the way, only the release itself is known to be bad.
    @Test func whereTheWayIsNotKnownOnlyItselfIsKeptOut() async throws {
        let recorder = memoryRecorder()
        try await recorder.perform(
            .raiseFence([Sample.release(2)], reason: "leaks"), in: Sample.production)
        #expect(try await isKeptOut(2, by: recorder))
        #expect(try await !isKeptOut(3, by: recorder))
    }

    @Test func aPlanOfWhatDescendsIsRefused() async throws {
        let recorder = try await shop(fence: 2)
        func plan(_ kind: Plan.Kind, _ number: Int) async throws {
            let view = try await recorder.projector.environment(Sample.production)
            let plan = try Sample.plan(to: Sample.release(number), in: view, kind: kind)
            try await recorder.consider(
                .plan(plan, hash: try plan.content().hash), in: Sample.production)
        }
        await #expect(throws: Refusal.self) { try await plan(.deploy, 3) }
        await #expect(throws: Never.self) { try await plan(.deploy, 5) }
        // The way back is not barred by what lies below it.
        await #expect(throws: Never.self) { try await plan(.revert, 3) }
    }
}
