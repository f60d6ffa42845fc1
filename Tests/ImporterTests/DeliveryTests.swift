import CommandImporters
import Crypto
import Foundation
import Ledger
import Support
import Testing

/// What senders' deliveries tell: each kind, and each thing that has tripped others.
struct DeliveryTests {
    static let commit = String(repeating: "a1", count: 20)
    static let other = String(repeating: "b2", count: 20)
    static let zero = String(repeating: "0", count: 40)
    static let digest = "sha256:" + String(repeating: "c3", count: 32)
    private static let shop = #""repository": {"full_name": "acme/shop", "pushed_at": 1700000000}"#

    static func map(
        _ sender: Sender, _ body: String, _ headers: [String: String] = [:],
        services: [String: ServiceName] = [:]
    ) throws -> MappedDelivery {
        try sender.map(
            RawDelivery(headers: headers, body: Array(body.utf8), place: "here"),
            DeliveryContext(now: Fixed.start, services: services))
    }

    /// The kinds of the facts, and a field of the first.
    private func kinds(_ mapped: MappedDelivery) -> [String] { mapped.facts.map(\.kind) }
    private func field(_ mapped: MappedDelivery, _ name: String) -> JSONValue? {
        mapped.facts.first?.fields[name]
    }

    // MARK: GitHub

    private func push(_ reference: String, before: String, after: String, head: String) throws
        -> MappedDelivery
    {
        try Self.map(
            .github,
            """
            {"ref": "\(reference)", "before": "\(before)", "after": "\(after)", "forced": false,
             "head_commit": {"id": "\(head)", "message": "Mend it"}, "pusher": {"name": "dana"},
             \(Self.shop)}
            """)
    }

    @Test func aPushMovesABranch() throws {
        let push = try push(
            "refs/heads/main", before: Self.other, after: Self.commit, head: Self.commit)
        #expect(kinds(push) == ["repo.pushed"])
        #expect(field(push, "branch") == "main" && field(push, "revision") == .string(Self.commit))
        #expect(push.facts[0].time == Timestamp("2023-11-14T22:13:20Z"))
    }

    /// An annotated tag is pushed as an object of its own: what counts is the commit that it names.
    @Test func aTagThatComesTwiceIsOneTag() throws {
        let push = try push(
            "refs/tags/v1.0.0", before: Self.zero, after: Self.other, head: Self.commit)
        #expect(kinds(push) == ["ref.created"])
        #expect(field(push, "revision") == .string(Self.commit) && field(push, "annotated") == true)
        let created = try Self.map(
            .github,
            """
            {"ref": "v1.0.0", "ref_type": "tag", "master_branch": "main", \(Self.shop)}
            """)
        #expect(created.name == "create" && created.facts.isEmpty)
        #expect(created.reason?.contains("push") == true)
    }

    @Test func whatIsDeletedHasNoCommitAfterwards() throws {
        let gone = try push(
            "refs/heads/old", before: Self.commit, after: Self.zero, head: Self.commit)
        #expect(kinds(gone) == ["ref.deleted"])
        #expect(field(gone, "branch") == "old" && field(gone, "revision") == .string(Self.commit))
    }

    private func pullRequest(_ action: String, merged: Bool) throws -> MappedDelivery {
        try Self.map(
            .github,
            """
            {"action": "\(action)", "number": 7, "pull_request": {"number": 7, "title": "Mend it",
             "merged": \(merged), "merge_commit_sha": "\(Self.other)", "user": {"login": "dana"},
             "head": {"sha": "\(Self.commit)", "ref": "mend"}, "base": {"ref": "main"},
             "created_at": "2023-11-14T22:13:20Z", "closed_at": "2023-11-14T23:13:20Z"},
             \(Self.shop)}
            """)
    }

    /// GitHub names a merge commit for what was never merged, too: of a trial.
    @Test func aTrialMergeIsNoMerge() throws {
        let closed = try pullRequest("closed", merged: false)
        #expect(kinds(closed) == ["change.closed"])
        #expect(field(closed, "revision") == .string(Self.commit))
        let merged = try pullRequest("closed", merged: true)
        #expect(kinds(merged) == ["change.merged"])
        #expect(field(merged, "revision") == .string(Self.other))
        #expect(try kinds(pullRequest("opened", merged: false)) == ["change.opened"])
        #expect(try pullRequest("labeled", merged: false).reason?.contains("labeled") == true)
    }

    @Test func inactiveIsNoFailure() throws {
        func status(_ state: String) throws -> MappedDelivery {
            try Self.map(
                .github,
                """
                {"deployment_status": {"id": 5, "state": "\(state)", "environment": "production"},
                 "deployment": {"ref": "v1.0.0", "sha": "\(Self.commit)"}, \(Self.shop)}
                """)
        }
        #expect(try status("inactive").facts.isEmpty)
        #expect(try status("in_progress").facts.isEmpty)
        #expect(try kinds(status("failure")) == ["deploy.failed"])
        let success = try status("success")
        #expect(kinds(success) == ["deploy.finished"])
        #expect(field(success, "service") == "shop" && field(success, "tag") == "v1.0.0")
        // That somebody says so is no observation.
        #expect(field(success, "verified") == nil)
    }

    @Test func aRunThatIsRunAgainIsANewFactAndARetriedDeliveryIsNot() throws {
        func run(_ attempt: Int) throws -> Source? {
            try Self.map(
                .github,
                """
                {"action": "completed", "workflow_run": {"id": 99, "run_attempt": \(attempt),
                 "name": "ci", "conclusion": "success", "head_sha": "\(Self.commit)"}, \(Self.shop)}
                """
            ).facts[0].source
        }
        #expect(try run(1) == run(1) && run(1) != run(2))
    }

    @Test(arguments: [
        ("success", "succeeded"), ("failure", "failed"), ("timed_out", "failed"),
        ("cancelled", "cancelled"), ("skipped", "skipped"), ("neutral", "skipped"),
        ("stale", "unknown"),
    ])
    func aCheckEndsAsItsConclusionSays(conclusion: String, outcome: String) throws {
        let check = try Self.map(
            .github,
            """
            {"action": "completed", "check_run": {"id": 4, "name": "pytest", "conclusion":
             "\(conclusion)", "head_sha": "\(Self.commit)", "started_at": "2023-11-14T22:13:20Z",
             "completed_at": "2023-11-14T22:14:20Z"}, \(Self.shop)}
            """)
        #expect(kinds(check) == ["check.finished"])
        #expect(field(check, "outcome") == .string(outcome) && field(check, "seconds") == 60)
    }

    @Test func aReviewAndARelease() throws {
        let review = try Self.map(
            .github,
            """
            {"action": "submitted", "review": {"id": 1, "state": "changes_requested",
             "commit_id": "\(Self.commit)", "user": {"login": "erin"}},
             "pull_request": {"number": 7}, \(Self.shop)}
            """)
        #expect(
            field(review, "verdict") == "changesRequested" && review.facts[0].by?.name == "erin")
        let release = try Self.map(
            .github,
            """
            {"action": "published", "release": {"id": 1, "tag_name": "v1.0.0", "name": "One",
             "target_commitish": "main"}, \(Self.shop)}
            """)
        #expect(kinds(release) == ["release.published"] && field(release, "revision") == nil)
    }

    @Test func anImageOfGitHubsRegistry() throws {
        let package = try Self.map(
            .github,
            """
            {"action": "published", "registry_package": {"name": "shop", "namespace": "acme",
             "package_version": {"id": 3, "version": "\(Self.digest)", "target_oid": "\(Self.commit)",
             "container_metadata": {"tag": {"name": "v1.0.0", "digest": "\(Self.digest)"}}}}, \(Self.shop)}
            """)
        #expect(kinds(package) == ["image.tagged"])
        #expect(
            field(package, "digest") == .string(Self.digest)
                && field(package, "image") == "acme/shop")
    }

    // MARK: Other forges

    @Test func gitLabSaysTheSameInItsOwnWords() throws {
        let project = #""project": {"path_with_namespace": "acme/shop"}"#
        let tag = try Self.map(
            .gitlab,
            """
            {"object_kind": "tag_push", "ref": "refs/tags/v1.0.0", "before": "\(Self.zero)",
             "after": "\(Self.other)", "checkout_sha": "\(Self.commit)", \(project)}
            """, ["x-gitlab-event": "Tag Push Hook"])
        #expect(kinds(tag) == ["ref.created"] && field(tag, "revision") == .string(Self.commit))
        func merge(_ action: String) throws -> MappedDelivery {
            try Self.map(
                .gitlab,
                """
                {"object_kind": "merge_request", \(project), "user": {"username": "dana"},
                 "object_attributes": {"iid": 3, "action": "\(action)", "merge_commit_sha": "\(Self.other)",
                 "last_commit": {"id": "\(Self.commit)"}, "updated_at": "2023-11-14 22:13:20 UTC"}}
                """)
        }
        #expect(try kinds(merge("approved")) == ["review.submitted"])
        #expect(try field(merge("merge"), "revision") == .string(Self.other))
        #expect(try field(merge("open"), "revision") == .string(Self.commit))
        #expect(try merge("open").facts[0].time == Timestamp("2023-11-14T22:13:20Z"))
        let deployed = try Self.map(
            .gitlab,
            """
            {"object_kind": "deployment", "status": "success", "deployment_id": 15,
             "status_changed_at": "2023-11-14 23:13:20 +0100", "environment": "staging",
             "short_sha": "279484c0", \(project)}
            """)
        #expect(kinds(deployed) == ["deploy.finished"])
        #expect(deployed.facts[0].time == Timestamp("2023-11-14T22:13:20Z"))
    }

    /// Gitea tells of a tag as a push and as a creation, with the commit in both.
    @Test func giteasTagIsOneFactUnderOneName() throws {
        let push = try Self.map(
            .gitea,
            """
            {"ref": "refs/tags/v1.0.0", "before": "\(Self.zero)", "after": "\(Self.commit)",
             "pusher": {"login": "dana"}, \(Self.shop)}
            """)
        let created = try Self.map(
            .gitea,
            """
            {"ref": "v1.0.0", "ref_type": "tag", "sha": "\(Self.commit)", "sender": {"login": "dana"},
             \(Self.shop)}
            """)
        #expect(kinds(created) == ["ref.created"])
        #expect(push.facts[0].source == created.facts[0].source)
        #expect(push.facts[0].time == created.facts[0].time)
        let approved = try Self.map(
            .gitea,
            """
            {"action": "reviewed", "number": 7, "pull_request": {"head": {"sha": "\(Self.commit)"}},
             "review": {"type": "pull_request_review_approved"}, "sender": {"login": "erin"}, \(Self.shop)}
            """, ["x-gitea-event": "pull_request_approved"])
        #expect(field(approved, "verdict") == "approved")
    }

    @Test func bitbucketTellsOfSeveralMovesAtOnce() throws {
        let push = try Self.map(
            .bitbucket,
            """
            {"push": {"changes": [
              {"new": {"type": "tag", "name": "v1.0.0", "target": {"hash": "\(Self.commit)"}}, "old": null},
              {"new": null, "old": {"type": "branch", "name": "old", "target": {"hash": "\(Self.other)"}}}
            ]}, "repository": {"full_name": "acme/shop"}, "actor": {"nickname": "dana"}}
            """)
        #expect(kinds(push) == ["ref.created", "ref.deleted"])
    }

    // MARK: Registries

    private func event(_ type: String, tag: String?, action: String = "push", id: Int = 1) -> String
    {
        let tag = tag.map { #", "tag": "\#($0)""# } ?? ""
        return """
            {"id": "e\(id)", "action": "\(action)", "timestamp": "2023-11-14T22:13:20Z", "target":
             {"mediaType": "\(type)", "digest": "\(Self.digest)", "repository": "shop/web"\(tag)}}
            """
    }

    /// Pushing one image is told three times and more: only its manifest under a tag is a release.
    @Test func onlyAManifestWithATagIsAnImageTag() throws {
        let events = [
            event("application/octet-stream", tag: nil, id: 1),
            event("application/vnd.docker.container.image.v1+json", tag: nil, id: 2),
            event("application/vnd.docker.distribution.manifest.v2+json", tag: "v1.0.0", id: 3),
            event("application/vnd.oci.image.index.v1+json", tag: nil, id: 4),
            event(
                "application/vnd.oci.image.manifest.v1+json", tag: "v1.0.0", action: "pull", id: 5),
        ]
        let mapped = try Self.map(
            .registry, "{\"events\": [\(events.joined(separator: ","))]}",
            ["content-type": "application/vnd.docker.distribution.events.v2+json"],
            services: ["shop/web": ServiceName(unchecked: "storefront")])
        #expect(kinds(mapped) == ["image.tagged", "image.pushed"])
        #expect(field(mapped, "service") == "storefront")
    }

    @Test func dockerHubNamesNoDigestAndNoneIsMadeUp() throws {
        let mapped = try Self.map(
            .dockerhub, #"{"push_data": {"tag": "v1"}, "repository": {"repo_name": "acme/shop"}}"#)
        #expect(mapped.facts.isEmpty && mapped.reason?.contains("digest") == true)
    }

    @Test func harborSaysItPlainAndAsACloudEvent() throws {
        let data = """
            {"resources": [{"digest": "\(Self.digest)", "tag": "v1.0.0"}],
             "repository": {"repo_full_name": "shop/web"}}
            """
        let plain = try Self.map(
            .harbor, #"{"type": "PUSH_ARTIFACT", "occur_at": 1700000000, "event_data": \#(data)}"#)
        let wrapped = try Self.map(
            .harbor,
            """
            {"specversion": "1.0", "type": "harbor.artifact.pushed", "id": "1", "source": "/x",
             "time": "2023-11-14T22:13:20Z", "data": \(data)}
            """)
        #expect(kinds(plain) == ["image.tagged"] && kinds(wrapped) == ["image.tagged"])
        #expect(plain.facts[0].time == wrapped.facts[0].time)
    }

    // MARK: Alerts and events

    /// The group's own status is not that of its alerts, and not all of them may have come.
    @Test func aGroupThatFiresHoldsResolvedAlerts() throws {
        func alert(_ status: String, _ print: String) -> String {
            """
            {"status": "\(status)", "fingerprint": "\(print)", "startsAt": "2023-11-14T22:13:20Z",
             "endsAt": "0001-01-01T00:00:00Z", "labels": {"alertname": "Errors", "env": "production"}}
            """
        }
        let mapped = try Self.map(
            .alertmanager,
            """
            {"status": "firing", "truncatedAlerts": 3, "alerts": [\(alert("firing", "aa")),
             \(alert("resolved", "bb"))]}
            """)
        #expect(kinds(mapped) == ["incident.opened", "incident.resolved"])
        #expect(mapped.reason?.hasPrefix("Alertmanager left out 3 alerts") == true)
        #expect(mapped.facts[0].source?.id == "aa 2023-11-14T22:13:20Z")
        // The year 1 means that it has no end.
        #expect(mapped.facts[1].time == nil)
    }

    private func deployed(_ version: String) throws -> MappedDelivery {
        try Self.map(
            .cdevents,
            """
            {"context": {\(version), "id": "1", "source": "/ci", "timestamp": "2023-11-14T22:13:20Z",
             "type": "dev.cdevents.service.deployed.0.2.0"}, "subject": {"id": "web", "content":
             {"environment": {"id": "production"}, "artifactId":
              "pkg:oci/web@\(Self.digest.replacing(":", with: "%3A"))?repository_url=registry/shop/web&tag=v1.0.0"}}}
            """)
    }

    @Test(arguments: [#""version": "0.3.0""#, #""version": "0.4.1""#, #""specversion": "0.5.1""#])
    func cdEventsOfEachVersion(version: String) throws {
        let mapped = try deployed(version)
        #expect(kinds(mapped) == ["deploy.finished"])
        #expect(field(mapped, "digest") == .string(Self.digest) && field(mapped, "tag") == "v1.0.0")
    }

    @Test func whatIsNotUnderstoodHasAReason() throws {
        #expect(try deployed(#""version": "9.0.0""#).reason?.contains("9.0.0") == true)
        let unknown = try Self.map(.github, #"{"stars": 5}"#, ["x-github-event": "star"])
        #expect(unknown.facts.isEmpty && unknown.reason?.contains("star") == true)
        let cloud = try Self.map(
            .cloudevents, #"{"world": "hello"}"#,
            [
                "ce-specversion": "1.0", "ce-type": "com.example.someevent", "ce-id": "1",
                "ce-source": "/x", "content-type": "application/json",
            ])
        #expect(cloud.name == "com.example.someevent" && cloud.reason != nil)
    }

    /// A CloudEvent may carry a CDEvent, in its body or beside its headers.
    @Test func aCDEventWithinACloudEvent() throws {
        let inner = """
            {"context": {"version": "0.4.1", "id": "1", "source": "/ci", "type":
             "dev.cdevents.branch.created.0.2.0"}, "subject": {"id": "main", "content":
             {"repository": {"id": "acme/shop"}}}}
            """
        let type = "dev.cdevents.branch.created.0.2.0"
        let structured = try Self.map(
            .cloudevents,
            """
            {"specversion": "1.0", "type": "\(type)", "id": "1", "source": "/ci", "data": \(inner)}
            """, ["content-type": "application/cloudevents+json"])
        let binary = try Self.map(
            .cloudevents, inner,
            ["ce-specversion": "1.0", "ce-type": type, "ce-id": "1", "ce-source": "/ci"])
        #expect(kinds(structured) == ["ref.created"] && structured.facts == binary.facts)
    }
}
