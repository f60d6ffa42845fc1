import CommandEngine
import CommandFiles
import CommandImporters
import Ledger
import LedgerText
import Projections
import Support
import Testing

/// Whose verdict counts, and of which commit: what senders say of checks, reviews and images.
struct VerdictIdentityTests {
    private static let commit = DeliveryTests.commit
    private static let shop = #""repository": {"full_name": "acme/shop"}"#

    private func eligibility(_ deliveries: [(Sender, String)]) async throws -> Eligibility {
        let recorder = memoryRecorder()
        for (sender, body) in deliveries {
            let facts = try DeliveryTests.map(sender, body).facts
            #expect(!facts.isEmpty, "\(body)")
            _ = try await recorder.record(facts)
        }
        let release = Release(
            service: Sample.web, revision: Revision(unchecked: Self.commit))
        return try await recorder.projector.eligibility(of: release, in: [])
    }

    // MARK: Checks

    private func check(_ id: Int, _ conclusion: String, suite: Int, minute: Int) -> String {
        """
        {"action": "completed", "check_run": {"id": \(id), "name": "test", "head_sha": "\(Self.commit)",
         "conclusion": "\(conclusion)", "completed_at": "2026-11-01T10:0\(minute):00Z",
         "details_url": "https://example.org/acme/shop/actions/runs/\(suite)/job/\(id)",
         "check_suite": {"id": \(suite)}}, \(Self.shop)}
        """
    }

    @Test func aRedCheckIsNotHiddenByAGreenOneOfAnotherWorkflow() async throws {
        let two = try await eligibility([
            (.github, check(1, "failure", suite: 1, minute: 1)),
            (.github, check(2, "success", suite: 2, minute: 2)),
        ])
        #expect(two.checks["test"]?.outcome == .failed)
        let again = try await eligibility([
            (.github, check(1, "failure", suite: 1, minute: 1)),
            (.github, check(3, "success", suite: 1, minute: 3)),
            (.github, check(2, "success", suite: 2, minute: 2)),
        ])
        #expect(again.checks["test"]?.outcome == .succeeded)
    }

    /// A job is a check run too: who tells it makes no second check of it.
    @Test func aJobAndItsCheckRunAreOneCheck() async throws {
        let job = """
            {"action": "completed", "workflow_job": {"id": 3, "run_id": 1, "name": "test",
             "head_sha": "\(Self.commit)", "conclusion": "success",
             "completed_at": "2026-11-01T10:05:00Z"}, \(Self.shop)}
            """
        let told = try await eligibility([
            (.github, check(1, "failure", suite: 1, minute: 1)), (.github, job),
        ])
        #expect(told.checks["test"]?.outcome == .succeeded)
    }

    @Test func whatFollowsAnotherWorkflowIsOfTheCommitThatThatOneRanOn() throws {
        let job = PipelineJob(
            variables: [
                "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_RUN_ID": "9",
                "GITHUB_SHA": DeliveryTests.other, "GITHUB_EVENT_NAME": "workflow_run",
                "GITHUB_REF_NAME": "main",
            ],
            payload: [
                "workflow_run": ["head_sha": .string(Self.commit), "head_branch": "topic"]
            ])
        #expect(job?.revision?.rawValue == Self.commit && job?.branch == "topic")
        let merged = PipelineJob(variables: [
            "GITLAB_CI": "true", "CI_PROJECT_PATH": "acme/shop", "CI_JOB_ID": "1",
            "CI_COMMIT_SHA": DeliveryTests.other, "CI_MERGE_REQUEST_EVENT_TYPE": "merged_result",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": Self.commit,
        ])
        #expect(merged?.revision?.rawValue == Self.commit)
    }

    // MARK: Reviews

    private func gitHub(_ action: String, _ state: String, by name: String, minute: Int) -> String {
        """
        {"action": "\(action)", "review": {"id": 5, "state": "\(state)", "user": {"login": "\(name)"},
         "submitted_at": "2026-11-01T10:01:00Z"}, "sender": {"login": "lead"},
         "pull_request": {"number": 7, "user": {"login": "dana"},
         "updated_at": "2026-11-01T10:0\(minute):00Z"}, \(Self.shop)}
        """
    }
    private var merged: String {
        """
        {"action": "closed", "number": 7, "pull_request": {"merged": true, "number": 7,
         "merge_commit_sha": "\(Self.commit)", "merged_at": "2026-11-01T10:09:00Z"}, \(Self.shop)}
        """
    }

    @Test func aDismissedReviewCountsNoMore() async throws {
        let submitted = gitHub("submitted", "approved", by: "erin", minute: 1)
        let given = try await eligibility([(.github, submitted), (.github, merged)])
        #expect(given.approvers == ["erin"])
        let dismissed = gitHub("dismissed", "dismissed", by: "erin", minute: 2)
        for order in [[submitted, dismissed, merged], [dismissed, merged, submitted]] {
            let taken = try await eligibility(order.map { (.github, $0) })
            #expect(taken.approvers.isEmpty)
        }
    }

    @Test func whoWroteAChangeDoesNotReviewIt() async throws {
        let own = try await eligibility([
            (.github, gitHub("submitted", "approved", by: "Dana", minute: 1)), (.github, merged),
        ])
        #expect(own.approvers.isEmpty)
    }

    /// GitLab names the author of a merge request by a number; who made the last commit may be
    /// somebody else.
    private func gitLab(_ action: String, by id: Int, _ name: String, minute: Int) -> String {
        """
        {"object_kind": "merge_request", "user": {"id": \(id), "username": "\(name)"},
         "project": {"path_with_namespace": "acme/shop"}, "object_attributes": {"iid": 7,
         "author_id": 1, "action": "\(action)", "merge_commit_sha": "\(Self.commit)",
         "last_commit": {"id": "\(Self.commit)", "author": {"name": "somebody"}},
         "updated_at": "2026-11-01T10:0\(minute):00Z"}}
        """
    }

    @Test func gitLabsAuthorIsWhoOpenedTheMergeRequest() async throws {
        let merge = gitLab("merge", by: 3, "lead", minute: 9)
        let own = try await eligibility([
            (.gitlab, gitLab("approved", by: 1, "dana", minute: 1)), (.gitlab, merge),
        ])
        #expect(own.approvers.isEmpty)
        let other = [
            (Sender.gitlab, gitLab("approved", by: 2, "erin", minute: 1)), (.gitlab, merge),
        ]
        #expect(try await eligibility(other).approvers == ["erin"])
        let taken = other + [(.gitlab, gitLab("unapproved", by: 2, "erin", minute: 2))]
        #expect(try await eligibility(taken).approvers.isEmpty)
    }

    // MARK: Verdicts of ledger check

    @Test func aVerdictOfOtherFilesTakesThePlaceOfNoOther() async throws {
        func verdict(_ outcome: Outcome, _ paths: [String]?, _ byte: UInt8 = 1) -> Fact {
            Fact(
                .guardChecked(
                    GuardVerdict(
                        revision: Revision(unchecked: Self.commit), outcome: outcome,
                        files: paths?.map { .init(path: $0, hash: ContentHash(of: [byte])) })))
        }
        func outcome(_ facts: [Fact]) async throws -> Outcome? {
            let recorder = memoryRecorder()
            for fact in facts { _ = try await recorder.record([fact]) }
            let release = Release(
                service: Sample.web, revision: Revision(unchecked: Self.commit))
            return try await recorder.projector.eligibility(of: release, in: []).verdict?.outcome
        }
        let red = verdict(.failed, ["Dockerfile", "compose.yaml"])
        #expect(try await outcome([red, verdict(.succeeded, [])]) == .failed)
        #expect(try await outcome([red, verdict(.succeeded, ["Dockerfile"])]) == .failed)
        #expect(try await outcome([red, verdict(.succeeded, nil)]) == .failed)
        let all = verdict(.succeeded, ["Dockerfile", "compose.yaml", "web/Dockerfile"])
        #expect(try await outcome([red, all]) == .succeeded)
        #expect(try await outcome([verdict(.succeeded, [])]) == nil)
        #expect(try await outcome([verdict(.failed, [])]) == .failed)
        // The same name in another folder is another file.
        #expect(
            try await outcome([red, verdict(.succeeded, ["Dockerfile", "compose.yaml"], 2)])
                == .failed)
    }

    // MARK: Others

    @Test func aSignatureOfAnImageIsNoRelease() throws {
        let digits = String(repeating: "d", count: 64)
        let mapped = try DeliveryTests.map(
            .registry,
            """
            {"events": [{"id": "1", "action": "push", "target": {"repository": "shop",
             "digest": "\(DeliveryTests.digest)", "tag": "sha256-\(digits).sig",
             "mediaType": "application/vnd.oci.image.manifest.v1+json"}}]}
            """)
        #expect(mapped.facts.isEmpty && mapped.reason?.holds("signature") == true)
    }

    @Test func whoDidItIsUnknownIfTheSenderDoesNotSay() throws {
        let mapped = try DeliveryTests.map(.github, merged)
        #expect(mapped.facts.map(\.by) == [.unknown])
    }

    @Test func giteasNewReferenceNeedsItsCommit() throws {
        let body = #"{"ref": "v1", "ref_type": "tag", \#(Self.shop)}"#
        let mapped = try DeliveryTests.map(.gitea, body, ["x-gitea-event": "create"])
        #expect(mapped.facts.isEmpty && mapped.reason?.holds("sha") == true)
    }

    // MARK: Services, matrices, short commits

    private func verdict(_ service: String?, _ outcome: Outcome) -> Fact {
        Fact(
            .guardChecked(
                GuardVerdict(
                    revision: Revision(unchecked: Self.commit), outcome: outcome,
                    service: service.map(ServiceName.init(unchecked:)),
                    files: [.init(path: "Dockerfile", hash: ContentHash(of: [1]))])))
    }

    /// What was checked for one service says nothing of another.
    @Test func aVerdictOfAnotherServiceDoesNotCount() async throws {
        let recorder = memoryRecorder()
        func eligibility() async throws -> Outcome? {
            try await recorder.projector.eligibility(
                of: Release(service: Sample.web, revision: Revision(unchecked: Self.commit)), in: []
            ).verdict?.outcome
        }
        _ = try await recorder.record([verdict("api", .succeeded)])
        #expect(try await eligibility() == nil)
        _ = try await recorder.record([verdict("web", .succeeded), verdict("api", .failed)])
        #expect(try await eligibility() == .succeeded)
        _ = try await recorder.record([verdict(nil, .failed)])
        #expect(try await eligibility() == .failed)
    }

    /// Jobs of a matrix have one name: one that failed is not overruled by another of its attempt.
    @Test func ofOneAttemptOfAJobTheFailureCounts() async throws {
        let recorder = memoryRecorder()
        func job(_ attempt: Int, _ outcome: Outcome) throws -> Fact {
            let job = try #require(
                PipelineJob(variables: [
                    "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/shop",
                    "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "\(attempt)",
                    "GITHUB_JOB": "test", "GITHUB_WORKFLOW": "ci", "GITHUB_SHA": Self.commit,
                ]))
            let fields = job.completing(
                ["name": "pytest", "outcome": .string(outcome.rawValue)], of: .checkFinished)
            return Fact(
                kind: "check.finished", fields: .object(fields),
                source: job.source(of: .checkFinished, fields))
        }
        func outcome() async throws -> Outcome? {
            try await recorder.projector.eligibility(
                of: Release(service: Sample.web, revision: Revision(unchecked: Self.commit)), in: []
            ).checks["pytest"]?.outcome
        }
        _ = try await recorder.record([try job(1, .failed), try job(1, .succeeded)])
        #expect(try await outcome() == .failed)
        _ = try await recorder.record([try job(2, .succeeded)])
        #expect(try await outcome() == .succeeded)
        _ = try await recorder.record([try job(2, .failed)])
        #expect(try await outcome() == .failed)
    }

    /// An image is known by first digits of its commit, and its checks by all of them.
    @Test func aDecisionSeesTheWholeCommitOfAShortOne() async throws {
        let recorder = memoryRecorder()
        let whole = Revision(unchecked: Self.commit)
        let short = Revision(unchecked: String(Self.commit.prefix(7)))
        _ = try await recorder.record([
            Fact(.checkFinished(CheckResult(name: "test", outcome: .succeeded, revision: short))),
            Fact(.checkFinished(CheckResult(name: "test", outcome: .failed, revision: whole))),
        ])
        let sealed = try await recorder.projector.sealed([Sample.production], [short])
        let eligibility = try await sealed.eligibility(
            of: Release(service: Sample.web, revision: short), in: [])
        #expect(eligibility.checks["test"]?.outcome == .failed)
    }
}
