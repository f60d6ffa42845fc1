import CommandEngine
import Ledger
import Projections
import Support
import Testing

/// Words for places in history, and where they lead.
struct ReferenceTests {
    /// Two repositories may bear one tag: neither hides the other's, and nobody guesses.
    @Test func aTagOfTwoRepositoriesIsAskedAbout() async throws {
        let recorder = memoryRecorder()
        let tag = ReleaseTag(unchecked: "v1.0.0")
        func told(_ repository: String, _ revision: Int) throws -> RefChange {
            RefChange(
                repository: try RepositoryName(repository), tag: tag,
                revision: Sample.revision(revision))
        }
        func release() async throws -> Release? {
            try await recorder.projector.release(
                "v1.0.0", of: Sample.web, for: Sample.production)
        }
        _ = try await recorder.record([
            Fact(.refCreated(try told("acme/api", 1))), Fact(.refCreated(try told("acme/web", 2))),
        ])
        await #expect {
            _ = try await release()
        } throws: {
            "\($0)".contains("several repositories: acme/api, acme/web")
        }
        _ = try await recorder.record([Fact(.refDeleted(try told("acme/api", 1)))])
        #expect(try await release()?.revision == Sample.revision(2))
    }

    /// A job tells of a deploy by tag alone: the commit is known all the same.
    @Test func whatRanKeepsTheCommitThatItWasBuiltFrom() async throws {
        let recorder = memoryRecorder()
        var blind = Sample.release(1)
        blind.revision = nil
        func known() async throws -> Revision? {
            try await recorder.projector.release(
                "v0.1.0", of: Sample.web, for: Sample.production)?.revision
        }
        try await recorder.tell([Sample.tagged(Sample.release(1)), Sample.deployed(blind)])
        #expect(try await known() == Sample.revision(1))
        // Another image under that tag since says nothing of what ran.
        var moved = Sample.release(1)
        (moved.digest, moved.revision) = (Sample.digest(2), Sample.revision(2))
        try await recorder.tell([Sample.tagged(moved)])
        #expect(try await known() == Sample.revision(1))
    }

    private let now = Fixed.start
    private let known = [Sample.production, EnvironmentName(unchecked: "staging")]

    private func read(_ text: String) throws -> Reference {
        try Reference(text, now: now, environments: known)
    }

    @Test func everyFormIsRead() throws {
        #expect(try read("118") == .sequence(118))
        #expect(try read("v0.9.9") == .release("v0.9.9"))
        #expect(try read("0a4d55a8d7") == .release("0a4d55a8d7"))
        #expect(try read("sha256:4e4e4e4e") == .release("sha256:4e4e4e4e"))
        #expect(try read("production") == .environment(Sample.production))
        #expect(try read("production~") == .ago(Sample.production, 1))
        #expect(try read("production~2") == .ago(Sample.production, 2))
        #expect(try read("production#42") == .deployment(Sample.production, 42))
        #expect(try read("2026-11-20") == .time(Timestamp("2026-11-20") ?? now))
        #expect(
            try read("production@{2026-11-20T12:00:00Z}")
                == .moment(Sample.production, Timestamp("2026-11-20T12:00:00Z") ?? now))
        #expect(
            try read("production@{2.hours.ago}")
                == .moment(Sample.production, now.adding(seconds: -7200)))
        #expect(try read("1.day.ago") == .time(now.adding(seconds: -86_400)))
        #expect(try read("yesterday") == .time(Timestamp("2026-11-19") ?? now))
    }

    @Test(arguments: [
        "production~x", "production#0", "production@{soon}", "a b", "~", "production~-1",
    ])
    func whatIsNoReferenceIsRefusedWithAHint(text: String) {
        #expect {
            try read(text)
        } throws: { ($0 as? ReferenceProblem)?.hint != nil }
    }

    /// Given three deploys and a revert in production.
    private func history() async throws -> Recorder {
        let recorder = memoryRecorder()
        for number in 1...3 {
            _ = try await recorder.record([Sample.tagged(Sample.release(number))])
            _ = try await recorder.record([Sample.deployed(Sample.release(number))])
        }
        _ = try await recorder.record([Sample.deployed(Sample.release(1), revert: true)])
        return recorder
    }

    @Test(arguments: [
        ("production", 7), ("production~0", 7), ("production~1", 6), ("production~3", 2),
        ("production#1", 2), ("production#4", 7), ("v0.2.0", 4), ("5", 5), ("0202020202", 4),
        ("sha256:03030", 6), ("v0.1.0", 7),
    ])
    func referencesLeadToPlaces(text: String, sequence: Int) async throws {
        let projector = try await history().projector
        #expect(try await projector.sequence(of: read(text), in: Sample.production) == sequence)
    }

    @Test(arguments: ["production~4", "production#5", "v9.9.9", "8", "abcdef0"])
    func whatLeadsNowhereIsRefused(text: String) async throws {
        let projector = try await history().projector
        await #expect(throws: ReferenceProblem.self) {
            try await projector.sequence(of: read(text), in: Sample.production)
        }
    }

    @Test func aMomentLeadsToTheLastEntryRecordedByThen() async throws {
        let recorder = try await history()
        let third = try #require(try await recorder.store.entry(at: 3))
        let place = try await recorder.projector.sequence(of: .time(third.recorded), in: nil)
        #expect(place == 3)
    }

    /// Mistake 13: a mutable tag deployed after it moved.
    @Test func mistake13_aTagLeadsToTheDigestThatRanUnderItThere() async throws {
        let recorder = try await history()
        // The tag moves in the registry afterwards.
        var moved = Sample.release(2)
        moved.digest = Sample.digest(99)
        moved.revision = nil
        _ = try await recorder.record([Sample.tagged(moved)])
        let projector = recorder.projector
        let there = try await projector.release("v0.2.0", of: Sample.web, for: Sample.production)
        #expect(there?.digest == Sample.digest(2))
        let elsewhere = try await projector.release("v0.2.0", of: Sample.web, for: known[1])
        #expect(elsewhere?.digest == Sample.digest(99))
    }

    @Test func aTypoIsAnsweredWithTheNearestTag() async throws {
        let projector = try await history().projector
        #expect(
            try await projector.hint(for: "v0.2.1", in: Sample.production).description.contains(
                "v0.2.0"))
    }

    @Test func aShortDigestOfSeveralIsAmbiguous() async throws {
        let recorder = memoryRecorder()
        for number in [1, 2] {
            var release = Sample.release(number)
            release.digest = ImageDigest(
                unchecked: "sha256:aaaaaa" + String(repeating: "\(number)", count: 58))
            _ = try await recorder.record([Sample.tagged(release)])
        }
        await #expect(throws: ReferenceProblem.self) {
            try await recorder.projector.release(
                "sha256:aaaaaa", of: Sample.web, for: Sample.production)
        }
    }
}
