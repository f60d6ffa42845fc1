import CommandEngine
import CommandFiles
import Foundation
import Ledger
import LedgerOperations
import LedgerText
import Projections
import Support
import Testing

/// The same facts, in any order of arrival, give the same answers about the present.
struct OrderLawTests {
    private static let shop = RepositoryName(unchecked: "acme/shop")

    private static func at(_ minute: Int, _ event: Event, by name: String = "ci") -> Fact {
        Fact(
            event, time: Fixed.start.adding(seconds: Double(minute) * 60 - 100_000),
            source: Source(name: "github", id: "\(minute)"), by: Author(name: name))
    }

    /// A day of a team, with every kind of fact that others tell: each at its own minute.
    private static let facts: [Fact] = {
        let one = Sample.release(1)
        let two = Sample.release(2)
        let branch = "main"
        func push(_ from: Int, _ to: Int, forced: Bool? = nil) -> Event {
            .pushed(
                Push(
                    repository: shop, branch: branch, revision: Sample.revision(to),
                    before: Sample.revision(from), forced: forced))
        }
        func tag(_ release: Release, _ digest: Int) -> Event {
            .imageTagged(
                ImageTagging(
                    service: release.service, tag: release.tag ?? ReleaseTag(unchecked: "v"),
                    digest: Sample.digest(digest), revision: release.revision))
        }
        func check(_ name: String, _ outcome: Outcome, _ workflow: String) -> Event {
            .checkFinished(
                CheckResult(
                    name: name, outcome: outcome, revision: Sample.revision(2), workflow: workflow))
        }
        func review(_ verdict: Review.Verdict, _ number: String) -> Event {
            .reviewSubmitted(
                Review(
                    repository: shop, number: 7, verdict: verdict, reviewer: nil, review: number))
        }
        func deployed(_ release: Release, _ place: String = "production") -> Event {
            .deployed(
                RunFinished(
                    environment: EnvironmentName(unchecked: place), service: release.service,
                    tag: release.tag, digest: release.digest, revision: release.revision))
        }
        func seen(_ release: Release, on host: String) -> Event {
            .hostObserved(
                HostObservation(
                    environment: Sample.production, service: release.service,
                    host: HostName(unchecked: host), digest: release.digest, reachable: true))
        }
        let staging = EnvironmentName(unchecked: "staging")
        let change = Change(
            repository: shop, number: 7, revision: Sample.revision(2), author: "dana")
        return [
            at(1, push(0, 1)), at(2, tag(one, 1)), at(3, deployed(one)),
            at(4, seen(one, on: "a")), at(5, .changeOpened(change), by: "dana"),
            at(6, review(.changesRequested, "1"), by: "erin"),
            at(7, review(.approved, "2"), by: "erin"), at(8, review(.approved, "3"), by: "dana"),
            at(9, review(.approved, "4"), by: "finn"), at(10, review(.dismissed, "4"), by: "finn"),
            at(11, .changeMerged(change)), at(12, push(1, 2)),
            at(13, check("test", .failed, "a")), at(14, check("test", .succeeded, "a")),
            at(15, check("lint", .succeeded, "a")), at(16, check("lint", .failed, "b")),
            at(17, tag(two, 9)), at(18, tag(two, 2)), at(19, deployed(two, "staging")),
            at(
                20,
                .deployFailed(
                    RunFailed(environment: Sample.production, reason: "no", service: two.service))),
            at(21, deployed(two)), at(22, seen(one, on: "a")), at(23, seen(two, on: "b")),
            at(24, seen(two, on: "a")), at(25, push(2, 3)), at(26, push(3, 2, forced: true)),
            at(
                27,
                .guardChecked(
                    GuardVerdict(
                        revision: Sample.revision(2), outcome: .failed,
                        files: [.init(path: "Dockerfile", hash: ContentHash(of: [1]))]))),
            at(
                28,
                .guardChecked(
                    GuardVerdict(
                        revision: Sample.revision(2), outcome: .succeeded,
                        files: [.init(path: "sub/Dockerfile", hash: ContentHash(of: [2]))]))),
            at(29, .incidentOpened(Incident(name: "slow", environment: Sample.production))),
            at(30, .incidentResolved(Incident(name: "slow", environment: Sample.production))),
            at(31, .incidentOpened(Incident(name: "down", incident: "1"))),
            at(32, .incidentResolved(Incident(name: "down", incident: "1"))),
            at(33, .incidentOpened(Incident(name: "down", incident: "1"))),
            at(34, .freezeStarted(Freeze(environment: Sample.production, reason: "fair"))),
            at(35, .freezeEnded(Freeze(environment: Sample.production, reason: "over"))),
            at(36, .freezeStarted(Freeze(environment: staging, reason: "audit"))),
            at(37, .freezeStarted(Freeze(environment: staging, reason: "move"))),
        ]
    }()

    /// What can be asked of the present, without the numbers that a ledger gives.
    private static func answers(_ projector: Projector) async throws -> [String] {
        var answers: [String] = []
        for view in try await projector.views() {
            for state in view.services {
                let hosts = state.hosts.map { "\($0.host)=\($0.digest?.rawValue.suffix(2) ?? "")" }
                answers.append(
                    "\(view.name) \(state.service) \(state.release?.title ?? "-") \(state.state) "
                        + "\(state.time) \(hosts)")
            }
            answers.append("\(view.name) has \(view.marks.map { "\($0.kind) \($0.reason)" })")
            let past = try await projector.deployments(of: nil, in: view.name)
            answers.append(past.map { "\($0.release.title) \($0.time)" }.joined(separator: ", "))
        }
        let repository = try await projector.repository(shop, branch: "main")
        answers.append("main \(repository.head?.rawValue ?? "-")")
        for number in 1...2 {
            let release = Sample.release(number)
            let named = try await projector.release(
                release.title, of: release.service, for: EnvironmentName(unchecked: "elsewhere"))
            answers.append("\(release.title) is \(named?.digest?.rawValue ?? "-")")
            let eligibility = try await projector.eligibility(of: release, in: [])
            let checks = eligibility.checks.mapValues(\.outcome.rawValue).sorted { $0.key < $1.key }
            answers.append(
                "\(checks) \(eligibility.approvers.sorted()) \(eligibility.branches.sorted())")
            answers.append("\(eligibility.verdict?.outcome.rawValue ?? "-")")
        }
        let shipment = try await projector.shipment(
            from: Sample.release(1), to: Sample.release(2))
        answers.append(try shipment.map { Canonical.text(try JSONValue(encoding: $0)) } ?? "-")
        let attempts = try await Attempts(projector).attempts(of: nil, in: Sample.production)
        answers.append(
            "\(attempts.map { "\($0.ending) \($0.release?.title ?? "-") \($0.time)" })")
        let open = try await projector.openIncidents()
        answers.append("\(open.map { "\($0.name) open since \($0.time)" })")
        let rows = try await projector.tags()
        answers.append("\(VersionOrder.newestFirst(rows).map { "\($0.subject) \($0.isDeleted)" })")
        return answers
    }

    private static func told(_ facts: [Fact]) async throws -> [String] {
        let recorder = memoryRecorder()
        for fact in facts { _ = try await recorder.record([fact]) }
        return try await answers(recorder.projector)
    }

    @Test func whatHappenedDecidesAndNotWhenItWasTold() async throws {
        let inOrder = try await Self.told(Self.facts)
        #expect(inOrder.contains { $0.begins(with: "production web v0.2.0 verified") })
        #expect(inOrder.contains("main \(Sample.revision(2))"))
        #expect(inOrder.contains(#"staging has ["freeze move"]"#))
        #expect(inOrder.contains("production has []"))
        #expect(inOrder.contains("v0.2.0 is \(Sample.digest(2))"))
        #expect(inOrder.contains { $0.contains(#"["erin"]"#) })
        #expect(inOrder.contains { $0.contains(#"(key: "lint", value: "failed")"#) })
        #expect(inOrder.contains("failed"))
        #expect(inOrder.contains { $0.contains("down open since") && !$0.contains("slow") })
        #expect(inOrder.contains { $0.contains(#""comes":[{"#) && $0.contains("approvers") })
    }

    @Test(arguments: 1...40)
    func anyOrderOfArrivalGivesTheSameAnswers(seed: Int) async throws {
        var random = Seeded(UInt64(seed))
        let shuffled = try await Self.told(Self.facts.shuffled(using: &random))
        let inOrder = try await Self.told(Self.facts)
        #expect(shuffled.difference(from: inOrder).isEmpty)
    }
}

/// The last of the pushes to a branch.
struct BranchMovesTests {
    private func head(_ moves: [(from: Int, to: Int, minute: Int, sender: String)]) async throws
        -> Revision?
    {
        let shop = RepositoryName(unchecked: "acme/shop")
        let recorder = memoryRecorder()
        for (number, move) in moves.enumerated() {
            let push = Push(
                repository: shop, branch: "main", revision: Sample.revision(move.to),
                before: Sample.revision(move.from))
            let time = Fixed.start.adding(seconds: Double(move.minute - 100) * 60)
            _ = try await recorder.record([
                Fact(.pushed(push), time: time, source: Source(name: move.sender, id: "\(number)"))
            ])
        }
        return try await recorder.projector.repository(shop, branch: "main").head
    }

    @Test func aBranchThatWasSetBackIsWhereItWasSetTo() async throws {
        // After a gap, and though each commit was left once.
        #expect(
            try await head([(0, 1, 1, "a"), (5, 2, 5, "a"), (2, 3, 6, "a"), (3, 2, 7, "a")])
                == Sample.revision(2))
        // To and fro with the commits' own times, as git tells them.
        let fro = [(1, 2, 1, "git"), (2, 3, 2, "git"), (3, 2, 1, "git")]
        #expect(try await head(fro) == Sample.revision(2))
        #expect(try await head(fro + [(2, 3, 2, "git")]) == Sample.revision(3))
        // Another sender tells the same moves.
        let told = fro + fro.map { ($0.0, $0.1, $0.2, "github") }
        #expect(try await head(told) == Sample.revision(2))
    }
}

/// Which of two tags is the newer release.
struct VersionOrderTests {
    private func newest(_ tags: [String]) -> [String] {
        let rows = tags.enumerated().map { index, tag in
            TagView(
                subject: Subject(tag: ReleaseTag(unchecked: tag)), state: .tagged,
                time: Fixed.start.adding(seconds: Double(index)), entry: index)
        }
        return VersionOrder.newestFirst(rows).compactMap { $0.subject.tag?.rawValue }
    }

    /// In each list the tags are given by time, the oldest first.
    @Test func aFixOfAnOlderLineIsNoNewerRelease() {
        #expect(newest(["v2.0.0", "v1.0.1"]) == ["v2.0.0", "v1.0.1"])
        #expect(newest(["8.5.0", "8.4.6"]) == ["8.5.0", "8.4.6"])
        #expect(newest(["v1.9.0", "v1.10.0"]) == ["v1.10.0", "v1.9.0"])
        #expect(
            newest(["v1.0.0", "v1.0.0-rc.2", "v1.0.0-rc.11"]) == [
                "v1.0.0", "v1.0.0-rc.11", "v1.0.0-rc.2",
            ])
        #expect(newest(["web-v2.0.0", "web-v1.0.1"]) == ["web-v2.0.0", "web-v1.0.1"])
        #expect(newest(["2026.11.30", "2026.2.1"]) == ["2026.11.30", "2026.2.1"])
        let long = String(repeating: "9", count: 100)
        #expect(newest(["v1.\(long)", "v1.2"]) == ["v1.\(long)", "v1.2"])
    }

    @Test func whatHasNoVersionGoesByTime() {
        #expect(newest(["main-b", "main-a"]) == ["main-a", "main-b"])
        #expect(newest(["20261102", "20261101"]) == ["20261101", "20261102"])
        #expect(newest(["web-v9.0.0", "api-v1.0.0"]) == ["api-v1.0.0", "web-v9.0.0"])
        // A build of main after the fix of an old line is newer than both.
        #expect(
            newest(["v2.0.0", "main-a", "v1.0.1", "main-b"]) == [
                "main-b", "v2.0.0", "v1.0.1", "main-a",
            ])
    }

    @Test func signaturesAreNoReleases() {
        let digits = String(repeating: "d", count: 64)
        for tag in ["sha256-\(digits)", "sha256-\(digits).sig", "sha256-\(digits).att"] {
            #expect(ReleaseTag(unchecked: tag).isOfAReferrer)
        }
        for tag in ["sha256-\(digits.dropLast())", "sha-0a4d55a", "v1.0.0", "sha256-\(digits)a"] {
            #expect(!ReleaseTag(unchecked: tag).isOfAReferrer)
        }
    }
}
