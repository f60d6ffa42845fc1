import CommandEngine
import Ledger
import Projections
import Support
import Testing

/// Where `--to previous` leads.
struct PreviousReleaseTests {
    /// Deploys are numbers; a revert is a negative one.
    private func previous(
        _ history: [Int], good: @escaping (Int) -> Bool = { _ in true }
    ) async throws -> Int? {
        let recorder = memoryRecorder()
        for number in history {
            _ = try await recorder.record([
                Sample.deployed(Sample.release(abs(number)), revert: number < 0)
            ])
        }
        let deployments = try await recorder.projector.deployments(
            of: Sample.web, in: Sample.production)
        let found = PreviousRelease.previous(in: deployments) { past in
            good((1...9).first { Sample.release($0) == past.release } ?? 0)
        }
        return (1...9).first { Sample.release($0) == found?.release }
    }

    @Test func itIsTheReleaseBefore() async throws { #expect(try await previous([1, 2, 3]) == 2) }

    /// Mistake 1 of the best tools: the default rollback flips back to the bad release.
    @Test func mistake01_afterARevertItIsNeverTheReleaseThatWasLeft() async throws {
        #expect(try await previous([1, 2, -1]) == nil)
        #expect(try await previous([1, 2, 3, -2]) == 1)
        #expect(try await previous([1, 2, 3, -1]) == nil)
    }

    /// However many migrations came after it.
    @Test func anIrreversibleMigrationIsFoundBehindAnyNumber() async throws {
        let recorder = memoryRecorder()
        func migration(_ name: String, irreversible: Bool? = nil) -> Fact {
            Fact(
                .migrationApplied(
                    Migration(
                        environment: Sample.production, service: Sample.web, name: name,
                        irreversible: irreversible)))
        }
        try await recorder.tell([
            Sample.deployed(Sample.release(1)), migration("drop", irreversible: true),
        ])
        try await recorder.tell((0...Limits.page).map { migration("\($0)") })
        let projector = recorder.projector
        let past = try #require(
            try await projector.deployments(of: Sample.web, in: Sample.production).first)
        #expect(try await projector.irreversible(since: past, in: Sample.production) == "drop")
        #expect(try await projector.irreversible(since: past, in: Sample.production, at: 1) == nil)
    }

    /// After a deploy that failed half-way the last good release is the one that was to go.
    @Test func whereThePresentReleaseDoesNotRunItIsItself() async throws {
        let recorder = memoryRecorder()
        try await recorder.tell([
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(2)),
        ])
        let deployments = try await recorder.projector.deployments(
            of: Sample.web, in: Sample.production)
        func previous(_ runs: Bool) -> Release? {
            PreviousRelease.previous(in: deployments, presentRuns: runs) { _ in true }?.release
        }
        #expect(previous(true) == Sample.release(1))
        #expect(previous(false) == Sample.release(2))
    }

    @Test func aReleaseThatWasNotGoodIsPassedOver() async throws {
        #expect(try await previous([1, 2, 3]) { $0 != 2 } == 1)
    }

    @Test func theSameReleaseAgainIsOneStep() async throws {
        #expect(try await previous([1, 2, 2, 2]) == 1)
    }

    @Test func afterARevertAndANewDeployItIsWhatWasRevertedTo() async throws {
        #expect(try await previous([1, 2, -1, 3]) == 1)
    }

    @Test func thereIsNoneBeforeTheFirst() async throws {
        #expect(try await previous([1]) == nil)
        #expect(try await previous([]) == nil)
    }
}
