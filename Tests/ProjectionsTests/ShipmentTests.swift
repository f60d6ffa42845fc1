import CommandEngine
import Ledger
import Projections
import Support
import Testing

/// Which commits lie between two releases: found by ancestry, whenever they were told.
struct ShipmentTests {
    private static let shop = RepositoryName(unchecked: "acme/shop")

    private static func push(
        _ from: Int?, _ to: Int, branch: String = "main", forced: Bool? = nil,
        parent: Int? = nil, message: String? = nil, minute: Int = 0
    ) -> Fact {
        Fact(
            .pushed(
                Push(
                    repository: shop, branch: branch, revision: Sample.revision(to),
                    before: from.map(Sample.revision), forced: forced, author: "dana",
                    message: message ?? "commit \(to)", parent: parent.map(Sample.revision))),
            time: Fixed.start.adding(seconds: Double(minute) * 60 - 90_000))
    }

    private func shipment(
        _ facts: [Fact], from: Int, to: Int, atHand: Projector.CommitsAtHand? = nil
    ) async throws -> Shipment? {
        let recorder = memoryRecorder()
        for fact in facts { _ = try await recorder.record([fact]) }
        return try await recorder.projector.shipment(
            from: Sample.release(from), to: Sample.release(to), atHand: atHand)
    }

    private func numbers(_ commits: [ShippedCommit]?) -> [Int]? {
        commits?.compactMap { Int($0.revision.rawValue.prefix(2), radix: 16) }
    }

    @Test func theCommitsOfALineComeTheNewestFirst() async throws {
        let line = (1...5).map { Self.push($0 - 1, $0) }
        let forward = try await shipment(line, from: 2, to: 5)
        #expect(numbers(forward?.comes) == [5, 4, 3])
        #expect(forward?.goes == [])
        let back = try await shipment(line, from: 5, to: 2)
        #expect(numbers(back?.goes) == [5, 4, 3])
        #expect(back?.comes == [])
    }

    @Test(arguments: 1...20)
    func theOrderOfArrivalChangesNothing(seed: Int) async throws {
        let facts =
            (1...6).map { Self.push($0 - 1, $0, minute: $0) }
            + [Self.push(2, 7, branch: "fix", minute: 8), Self.push(6, 4, minute: 9)]
        var random = Seeded(UInt64(seed))
        let found = try await shipment(facts.shuffled(using: &random), from: 7, to: 4)
        #expect(numbers(found?.comes) == [4, 3])
        #expect(numbers(found?.goes) == [7])
    }

    @Test func twoBranchesPartWhereTheyMet() async throws {
        let found = try await shipment(
            [
                Self.push(nil, 1), Self.push(1, 2), Self.push(2, 3),
                Self.push(1, 4, branch: "release"), Self.push(4, 5, branch: "release"),
            ], from: 3, to: 5)
        #expect(numbers(found?.comes) == [5, 4])
        #expect(numbers(found?.goes) == [3, 2])
    }

    @Test func whatLiesBehindWhatIsCommonIsCommon() async throws {
        // Two branches lead to 7, the longer one by 5, from which 6 begins too.
        let facts =
            [1, 2, 3, 4].map { Self.push($0 - 1, $0) } + [
                Self.push(4, 5), Self.push(5, 7), Self.push(4, 7, branch: "production"),
                Self.push(5, 6, branch: "feature"),
            ]
        let found = try await shipment(facts, from: 6, to: 7)
        #expect(numbers(found?.comes) == [7])
        #expect(numbers(found?.goes) == [6])
    }

    @Test func aBranchThatWasSetBackLeavesNothingBehindTheCommit() async throws {
        // GitLab and Bitbucket do not say of a push that it was forced.
        for forced in [true, nil] {
            let found = try await shipment(
                [
                    Self.push(0, 1, minute: 1), Self.push(1, 2, minute: 2),
                    Self.push(2, 3, minute: 3), Self.push(3, 2, forced: forced, minute: 4),
                ], from: 1, to: 2)
            #expect(numbers(found?.comes) == [2])
        }
    }

    @Test func aRewrittenBranchIsFollowedWhereItsParentIsKnown() async throws {
        let rewritten = [Self.push(0, 1), Self.push(1, 2), Self.push(2, 3, forced: true)]
        #expect(try await shipment(rewritten, from: 1, to: 3) == nil)
        let known = [Self.push(0, 1), Self.push(1, 2), Self.push(2, 3, forced: true, parent: 1)]
        let found = try await shipment(known, from: 2, to: 3)
        #expect(numbers(found?.comes) == [3])
        #expect(numbers(found?.goes) == [2])
    }

    @Test func whatNobodyRecordedIsUnknownAndNotNothing() async throws {
        #expect(try await shipment([], from: 1, to: 2) == nil)
        #expect(try await shipment([Self.push(nil, 1), Self.push(nil, 2)], from: 1, to: 2) == nil)
        // Two facts that contradict each other prove nothing.
        let circle = [Self.push(1, 2), Self.push(2, 1, branch: "other")]
        #expect(try await shipment(circle, from: 1, to: 2) == nil)
        let same = try await shipment([], from: 1, to: 1)
        #expect(same == Shipment())
    }

    @Test func theRepositoryAtHandIsAskedForWhatTheLedgerDoesNotKnow() async throws {
        let found = try await shipment([Self.push(nil, 2, message: "told\nmore")], from: 1, to: 2) {
            has, _ in
            has == Sample.revision(2)
                ? [
                    ShippedCommit(revision: Sample.revision(2), message: "at hand"),
                    ShippedCommit(revision: Sample.revision(9), message: "between"),
                ] : []
        }
        #expect(numbers(found?.comes) == [2, 9])
        #expect(found?.comes.map(\.message) == ["told", "between"])
    }

    @Test func eachCommitHasItsChangeReviewsAndChecks() async throws {
        let change = Change(
            repository: Self.shop, number: 7, revision: Sample.revision(2), title: "Retry",
            author: "dana")
        func review(_ person: String, _ verdict: Review.Verdict) -> Fact {
            // A review is of the change's own commit, which nobody deploys.
            Fact(
                .reviewSubmitted(
                    Review(
                        repository: Self.shop, number: 7, verdict: verdict,
                        revision: Sample.revision(8), reviewer: person)))
        }
        func check(_ name: String, _ outcome: Outcome) -> Fact {
            Fact(
                .checkFinished(
                    CheckResult(name: name, outcome: outcome, revision: Sample.revision(2))))
        }
        let found = try await shipment(
            [
                Self.push(1, 2), Fact(.changeMerged(change)), review("erin", .approved),
                review("finn", .approved), review("finn", .dismissed), review("dana", .approved),
                check("test", .failed), check("test", .succeeded), check("lint", .failed),
            ], from: 1, to: 2)
        let commit = try #require(found?.comes.first)
        #expect(commit.author == "dana" && commit.message == "commit 2")
        #expect(commit.changes?.map(\.number) == [7] && commit.changes?[0].author == "dana")
        #expect(commit.changes?[0].approvers == ["erin"])
        #expect(commit.checks == ["test": .succeeded, "lint": .failed])
    }

    @Test func aTitleIsOneLineThatCanBeRead() {
        let commit = ShippedCommit(
            revision: Sample.revision(1), message: "fix\u{202E}\r\n::stop-commands::x")
        #expect(commit.message == "fix\u{FFFD}")
        let long = ShippedCommit(
            revision: Sample.revision(1), message: String(repeating: "é", count: 100))
        #expect(long.message == String(repeating: "é", count: 36) + "…")
    }

    // MARK: Pushes of several commits

    private func push(_ from: Int, _ to: Int, commits: Int?) -> Fact {
        Fact(
            .pushed(
                Push(
                    repository: Self.shop, branch: "main", revision: Sample.revision(to),
                    before: Sample.revision(from), commits: commits)))
    }

    /// A push tells its last commit: how many more came with it is said, or that nobody told.
    @Test func whatAPushDoesNotNameIsCounted() async throws {
        let facts = [push(0, 1, commits: 1), push(1, 4, commits: 3), push(4, 5, commits: 1)]
        let found = try await shipment(facts, from: 1, to: 5)
        #expect(numbers(found?.comes) == [5, 4])
        #expect(found?.comes.map(\.unnamed) == [nil, 2])
        let untold = try await shipment([push(1, 4, commits: nil)], from: 1, to: 4)
        #expect(untold?.comes.map(\.unnamed) == [0])
        // Who knows better counts, in any order.
        let both = [push(1, 4, commits: 1), push(1, 4, commits: nil)]
        for facts in [both, both.reversed()] {
            #expect(try await shipment(facts, from: 1, to: 4)?.comes.map(\.unnamed) == [nil])
        }
    }

    /// The repository at hand names the commits that a push did not.
    @Test func theRepositoryAtHandNamesTheRest() async throws {
        let found = try await shipment(
            [push(1, 4, commits: 3)], from: 1, to: 4,
            atHand: { has, _ in
                has == Sample.revision(4)
                    ? [4, 3, 2].map { ShippedCommit(revision: Sample.revision($0)) } : []
            })
        #expect(numbers(found?.comes) == [4, 3, 2])
    }
}

/// Which incidents stand open.
struct OpenIncidentTests {
    private func open(_ facts: [Event]) async throws -> [String] {
        let recorder = memoryRecorder()
        for (index, event) in facts.enumerated() {
            _ = try await recorder.record([
                Fact(event, time: Fixed.start.adding(seconds: Double(index) - 1000))
            ])
        }
        return try await recorder.projector.openIncidents().map {
            "\($0.name) \($0.environment?.rawValue ?? "-") \($0.summary ?? "-")"
        }
    }

    @Test func oneThatIsResolvedIsOpenNoMore() async throws {
        let down = Incident(name: "down", environment: Sample.production, summary: "a")
        #expect(try await open([.incidentOpened(down)]) == ["down production a"])
        #expect(try await open([.incidentOpened(down), .incidentResolved(down)]) == [])
        let again = Incident(name: "down", environment: Sample.production, summary: "b")
        #expect(
            try await open([
                .incidentOpened(down), .incidentResolved(down), .incidentOpened(again),
            ]) == ["down production b"])
    }

    @Test func twoOfOneNameAreToldApart() async throws {
        func alert(_ id: String) -> Incident {
            Incident(
                name: "slow", environment: Sample.production, summary: id, incident: id)
        }
        #expect(
            try await open([
                .incidentOpened(alert("1")), .incidentOpened(alert("2")),
                .incidentResolved(alert("1")),
            ]) == ["slow production 2"])
        // A word about another environment ends nothing, whatever it calls the incident.
        let elsewhere = Incident(
            name: "slow", environment: EnvironmentName(unchecked: "staging"), incident: "1")
        #expect(
            try await open([.incidentOpened(alert("1")), .incidentResolved(elsewhere)])
                == ["slow production 1"])
        // What a resolution does not name may be anything.
        let plain = Incident(name: "slow", environment: Sample.production)
        #expect(try await open([.incidentOpened(alert("1")), .incidentResolved(plain)]) == [])
        // A resolution of another environment ends nothing here; one that names none ends all.
        let staging = Incident(name: "slow", environment: EnvironmentName(unchecked: "staging"))
        #expect(
            try await open([.incidentOpened(alert("1")), .incidentResolved(staging)])
                == ["slow production 1"])
        #expect(
            try await open([
                .incidentOpened(alert("1")), .incidentResolved(Incident(name: "slow")),
            ]) == [])
    }
}
