import CommandEngine
import Ledger
import Projections
import Support
import Testing

/// The way of a commit, and what differs, and why.
struct LineageTests {
    private func history() async throws -> Recorder {
        let recorder = memoryRecorder()
        let release = Sample.release(4)
        let revision = try #require(release.revision)
        let repository = RepositoryName(unchecked: "acme/shop")
        _ = try await recorder.record([
            Fact(.pushed(Push(repository: repository, branch: "main", revision: revision))),
            Fact(.changeMerged(Change(repository: repository, number: 12, revision: revision))),
            Fact(
                .checkFinished(CheckResult(name: "pytest", outcome: .succeeded, revision: revision))
            ),
            Fact(.built(Build(service: Sample.web, revision: revision, digest: release.digest))),
            Sample.tagged(
                Release(service: Sample.web, tag: release.tag, digest: release.digest)),
            Sample.deployed(
                Release(service: Sample.web, tag: release.tag, digest: release.digest)),
            Fact(.noteAdded(Note(text: "unrelated"))),
            Fact(
                .pushed(Push(repository: repository, branch: "main", revision: Sample.revision(5)))),
        ])
        return recorder
    }

    @Test func fromTheCommitToTheEnvironment() async throws {
        let lineage = try await history().projector.lineage(
            revision: Sample.revision(4).rawValue, digest: nil)
        #expect(lineage.entries[.commit]?.map(\.sequence) == [1])
        #expect(lineage.entries[.change]?.map(\.sequence) == [2])
        #expect(lineage.entries[.check]?.map(\.sequence) == [3])
        #expect(lineage.entries[.build]?.map(\.sequence) == [4])
        #expect(lineage.entries[.image]?.map(\.sequence) == [5])
        #expect(lineage.entries[.environment]?.map(\.sequence) == [6])
    }

    /// A review is of the change's head; what is deployed is the commit that it was merged as.
    @Test func theReviewsOfAChangeBelongToItsMergeCommit() async throws {
        let recorder = try await history()
        let repository = RepositoryName(unchecked: "acme/shop")
        func review(_ number: Int, _ commit: Int) -> Fact {
            Fact(
                .reviewSubmitted(
                    Review(
                        repository: repository, number: number, verdict: .approved,
                        revision: Sample.revision(commit), reviewer: "erin")))
        }
        _ = try await recorder.record([review(12, 9), review(13, 8)])
        let lineage = try await recorder.projector.lineage(
            revision: Sample.revision(4).rawValue, digest: nil)
        #expect(lineage.entries[.review]?.map(\.sequence) == [9])
        #expect(lineage.revisions == [Sample.revision(4)])
    }

    @Test func fromTheImageBackToTheCommit() async throws {
        let lineage = try await history().projector.lineage(
            revision: nil, digest: String(Sample.digest(4).rawValue.prefix(14)))
        #expect(lineage.revisions == [Sample.revision(4)])
        #expect(lineage.entries[.commit]?.count == 1)
    }

    @Test func whatDiffersBetweenTwoMoments() async throws {
        let recorder = memoryRecorder()
        let api = ServiceName(unchecked: "api")
        for fact in [
            Sample.deployed(Sample.release(1)), Sample.deployed(Sample.release(1, of: api)),
            Sample.deployed(Sample.release(2)),
        ] { _ = try await recorder.record([fact]) }
        let projector = recorder.projector
        let moves = Difference(
            from: try await projector.environment(Sample.production, at: 1),
            to: try await projector.environment(Sample.production)
        ).moves
        #expect(moves.map(\.service) == [api, Sample.web])
        #expect(moves[0].from == nil)
        #expect(moves[1].to == Sample.release(2))
    }

    @Test func explainNamesTheEntryOfEachField() async throws {
        let recorder = memoryRecorder()
        for fact in [
            Sample.deployed(Sample.release(1)),
            Fact(
                .hostObserved(
                    HostObservation(
                        environment: Sample.production, service: Sample.web, host: Sample.host,
                        digest: Sample.digest(9), reachable: true))),
            Fact(
                .fenceRaised(
                    Fence(
                        environment: Sample.production, service: Sample.web,
                        tag: ReleaseTag(unchecked: "v0.0.1"), reason: "bad"))),
        ] { _ = try await recorder.record([fact]) }
        let view = try await recorder.projector.environment(Sample.production)
        let lines = Explanation(try #require(view[Sample.web]), in: view).lines
        let entries = Dictionary(uniqueKeysWithValues: lines.map { ($0.field, $0.entries) })
        #expect(entries["release"] == [1])
        #expect(entries["digest"] == [1])
        #expect(entries["state"] == [2])
        #expect(entries["host localhost"] == [2])
        #expect(entries["fence of v0.0.1"] == [3])
    }

    @Test func aTagOfTheRepositoryThatMovedSaysNothingOfTheOldImage() async throws {
        let recorder = memoryRecorder()
        let release = Sample.release(1)
        _ = try await recorder.record([Sample.tagged(release)])
        _ = try await recorder.record([
            Sample.tagged(Release(service: Sample.web, tag: release.tag, digest: Sample.digest(2)))
        ])
        let row = try await recorder.projector.tags().first
        #expect(row?.subject.digest == Sample.digest(2))
        #expect(row?.subject.revision == nil)
    }
}
