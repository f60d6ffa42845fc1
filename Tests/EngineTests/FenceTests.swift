import CommandEngine
import CommandPorts
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
                [Sample.release(fence)], reason: "leaks",
                fixedBy: [Sample.web: fixes.map(Sample.revision)]),
            in: Sample.production)
        return recorder
    }

    private func isKeptOut(_ number: Int, by recorder: Recorder) async throws -> Bool {
        let release = Sample.release(number)
        let view = try await recorder.projector.environment(Sample.production)
        let believed = try await recorder.projector.fence(against: release, in: view) != nil
        // What is decided from the entries alone is the same.
        let sealed = try await recorder.projector.sealed(
            [Sample.production], [Sample.revision(number)], ancestry: true)
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
            .raiseFence(
                [Sample.release(2)], reason: "closed", fixedBy: [Sample.web: [Sample.revision(3)]]),
            in: Sample.production)
        #expect(try await !isKeptOut(3, by: recorder))
        let mark = try await recorder.projector.environment(Sample.production).marks[0]
        // Why it stands stays what was said first.
        #expect(mark.fixes == [Sample.revision(3)] && mark.reason == "leaks")
        await #expect(throws: Refusal.self) {
            try await recorder.perform(
                .raiseFence([Sample.release(2)], reason: "again"), in: Sample.production)
        }
    }

    /// What anybody adds takes no way away: a contradiction keeps out.
    @Test func noFactLetsADescendantOut() async throws {
        func add(
            _ from: Int, _ to: Int, to recorder: Recorder, _ source: String, early: Bool = false
        )
            async throws
        {
            _ = try await recorder.record([
                Fact(
                    .pushed(
                        Push(
                            repository: RepositoryName(unchecked: "x/y"), branch: "main",
                            revision: Sample.revision(to), before: Sample.revision(from))),
                    time: Fixed.start.adding(seconds: early ? -1e6 : 0),
                    source: Source(name: source, id: "\(from) \(to) \(early)"))
            ])
        }
        let recorder = try await shop(fence: 2)
        // Another parent of git's own word, an earlier word, and a circle.
        try await add(1, 4, to: recorder, Source.git)
        try await add(1, 4, to: recorder, "github", early: true)
        try await add(4, 2, to: recorder, "github")
        #expect(try await isKeptOut(4, by: recorder))
        // Another commit of the same image, and first digits that become those of two.
        let digest = Sample.digest(4)
        _ = try await recorder.record([
            Fact(
                .imagePushed(
                    ImagePush(
                        service: Sample.web, digest: digest, revision: Sample.revision(99)))),
            Fact(
                .imagePushed(
                    ImagePush(service: Sample.web, digest: digest, revision: Sample.revision(4)))),
        ])
        let view = try await recorder.projector.environment(Sample.production)
        let unnamed = Release(service: Sample.web, digest: digest)
        #expect(try await recorder.projector.fence(against: unnamed, in: view) != nil)
        let short = Release(
            service: Sample.web,
            revision: Revision(unchecked: String(Sample.revision(4).rawValue.prefix(8))))
        #expect(try await recorder.projector.fence(against: short, in: view) != nil)
        // Nor does a commit that somebody says to lie behind it, where git knows better.
        try await add(3, 4, to: recorder, Source.git)
        try await recorder.perform(
            .raiseFence(
                [Sample.release(2)], reason: "x", fixedBy: [Sample.web: [Sample.revision(50)]]),
            in: Sample.production)
        try await add(50, 4, to: recorder, "github")
        #expect(try await isKeptOut(4, by: recorder))
    }

    /// Git's own word counts before all others: nobody else can give it.
    @Test func nobodyButTheImportSpeaksForGit() async throws {
        let fact = Fact(
            kind: "repo.pushed",
            fields: [
                "repository": "acme/shop", "branch": "main",
                "revision": .string(Sample.revision(4).rawValue),
            ], source: Source(name: Source.git, id: "1"))
        await #expect(throws: Refusal.self) { try await memoryRecorder().record([fact]) }
    }

    /// A release that names its commit by the first digits has the fix that the commit has.
    @Test func aShortRevisionIsMendedLikeTheWhole() async throws {
        let recorder = try await shop(fence: 2, fixes: [4])
        let view = try await recorder.projector.environment(Sample.production)
        func short(_ number: Int) -> Release {
            let digits = Sample.revision(number).rawValue.prefix(8)
            return Release(service: Sample.web, revision: Revision(unchecked: String(digits)))
        }
        #expect(try await recorder.projector.fence(against: short(4), in: view) == nil)
        #expect(try await recorder.projector.fence(against: short(3), in: view) != nil)
    }

    /// A merge brings what it merged: the fault, and the fix.
    @Test func aMergeHasAllItsParents() async throws {
        let recorder = memoryRecorder()
        func told(_ to: Int, _ parents: [Int]) async throws {
            _ = try await recorder.record([
                Fact(
                    .pushed(
                        Push(
                            repository: Self.shop, branch: "main", revision: Sample.revision(to),
                            before: Sample.revision(parents[0]),
                            merged: parents.count > 1
                                ? parents.dropFirst().map(Sample.revision) : nil)),
                    source: Source(name: Source.git, id: "\(to)"))
            ])
        }
        for (to, parents) in [(1, [0]), (2, [1]), (3, [1, 2]), (4, [3]), (5, [2]), (6, [3, 5])] {
            try await told(to, parents)
        }
        try await recorder.perform(
            .raiseFence(
                [Sample.release(2)], reason: "leaks",
                fixedBy: [Sample.web: [Sample.revision(5)]]), in: Sample.production)
        // 2 came to 3 by a merge, and its fix, 5, to 6.
        #expect(try await isKeptOut(3, by: recorder))
        #expect(try await isKeptOut(4, by: recorder))
        #expect(try await !isKeptOut(6, by: recorder))
        // From 2 to 3 nothing is undone.
        let shipment = try await recorder.projector.shipment(
            from: Sample.release(2), to: Sample.release(3))
        #expect(shipment?.goes == [])
        #expect(shipment?.comes.map(\.revision) == [Sample.revision(3)])
    }

    /// However far it lies behind.
    @Test func aLongWayIsAWay() async throws {
        let recorder = memoryRecorder()
        func commit(_ number: Int) -> Revision {
            let digits = String(number, radix: 16)
            return Revision(unchecked: String(repeating: "0", count: 40 - digits.count) + digits)
        }
        let pushes = (1...6000).map { number in
            Fact(
                .pushed(
                    Push(
                        repository: Self.shop, branch: "main", revision: commit(number),
                        before: commit(number - 1))))
        }
        for start in stride(from: 0, to: pushes.count, by: 1000) {
            _ = try await recorder.record(Array(pushes[start..<start + 1000]))
        }
        try await recorder.perform(
            .raiseFence([Release(service: Sample.web, revision: commit(10))], reason: "leaks"),
            in: Sample.production)
        let view = try await recorder.projector.environment(Sample.production)
        let newest = Release(service: Sample.web, revision: commit(6000))
        #expect(try await recorder.projector.fence(against: newest, in: view) != nil)
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

    /// An image of which nobody told the commit is that of the repository's tag of its name.
    @Test func theCommitOfAnImageIsThatOfItsTag() async throws {
        let recorder = try await shop(fence: 9)
        for number in [2, 3] {
            _ = try await recorder.record([
                Fact(
                    .refCreated(
                        RefChange(
                            repository: Self.shop, tag: Sample.release(number).tag,
                            revision: Sample.revision(number)))),
                Fact(
                    .imageTagged(
                        ImageTagging(
                            service: Sample.web, tag: try #require(Sample.release(number).tag),
                            digest: Sample.digest(number)))),
            ])
        }
        var blind = Sample.release(2)
        blind.revision = nil
        try await recorder.perform(.raiseFence([blind], reason: "leaks"), in: Sample.production)
        #expect(try await isKeptOut(3, by: recorder))
        let projector = recorder.projector
        let named = try await projector.release("v0.3.0", of: Sample.web, for: Sample.production)
        #expect(named?.revision == Sample.revision(3))
        let shipment = try await projector.shipment(from: blind, to: Sample.release(4))
        #expect(shipment?.comes.map(\.revision) == [4, 3].map(Sample.revision))
    }
}
