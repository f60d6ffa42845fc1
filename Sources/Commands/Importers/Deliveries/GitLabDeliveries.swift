internal import CommandPorts
internal import Ledger
internal import LedgerText
internal import Projections

/// GitLab's webhooks (docs.gitlab.com, "Webhook events").
enum GitLabDeliveries {
    /// The names that the `X-Gitlab-Event` header has for an `object_kind`.
    private static let titles = [
        "Push Hook": "push", "Tag Push Hook": "tag_push", "Merge Request Hook": "merge_request",
        "Pipeline Hook": "pipeline", "Job Hook": "build", "Deployment Hook": "deployment",
        "Release Hook": "release", "Issue Hook": "issue", "Note Hook": "note",
        "Wiki Page Hook": "wiki_page",
    ]

    static func map(_ fields: DeliveryFields) throws(DeliveryProblem) -> MappedDelivery {
        let kind = fields.text("object_kind")
        let title = fields.headers["x-gitlab-event"]
        if let title, let said = titles[title], said != kind {
            throw DeliveryProblem(
                "the header says \(title), but the body has the kind \(kind ?? "none")",
                hint: "check that the headers belong to this body")
        }
        // A system hook of the whole instance uses another field for the kind of a push
        // (docs.gitlab.com, "System hooks").
        guard let name = kind ?? fields.text("event_name") ?? title else {
            return MappedDelivery("unknown", reason: "the body has no object_kind")
        }
        return MappedDelivery(
            name, by: table, fields,
            id: fields.headers["idempotency-key"] ?? fields.headers["x-gitlab-event-uuid"])
    }

    private static let table: [String: Mapping] = [
        "push": { [try push($0)] },
        "tag_push": { [try push($0)] },
        "merge_request": { try change($0) },
        "pipeline": { try pipeline($0) },
        "build": { try job($0) },
        "deployment": { try deployment($0) },
        "release": { try release($0) },
        "issue": GitHubDeliveries.silent("an issue is not about a release"),
        "note": GitHubDeliveries.silent("a comment is not about a release"),
        "wiki_page": GitHubDeliveries.silent("a page is not about a release"),
    ]

    private static let project = "project.path_with_namespace"

    private static func push(_ fields: DeliveryFields) throws -> Fact {
        let commits = fields.parts("commits")
        let move = ReferenceMove(
            repository: try fields.repository(project), reference: try fields.needText("ref"),
            before: fields.revision("before"),
            commits: fields.number("total_commits_count").flatMap { $0 > 0 ? $0 : nil },
            after: fields.revision("after"),
            commit: fields.revision("checkout_sha"),
            author: fields.text("user_username", "user_name"),
            message: commits.last?.text("message"),
            moment: fields.headers["x-gitlab-event-uuid"] ?? "")
        // A tag may point to an old commit, so the commit time is not the time of the tag.
        let isTag = move.reference.begins(with: "refs/tags/")
        return try move.fact(
            fields, .gitlab, time: isTag ? nil : commits.last?.time("timestamp"))
    }

    private static func change(_ fields: DeliveryFields) throws -> [Fact] {
        let repository = try fields.repository(project)
        let number = try fields.need(
            "object_attributes.iid", fields.number("object_attributes.iid"))
        let action = fields.text("object_attributes.action", "object_attributes.state") ?? "none"
        let time = fields.time("object_attributes.updated_at", "object_attributes.created_at")
        let by = fields.author("user.username", "user.name")
        let when = time.map { " \($0)" } ?? ""
        let last = fields.revision("object_attributes.last_commit.id")
        let author = author(of: fields, by?.name)
        // "approval" and "unapproval" are one person's decision when more approvals are required.
        let words: [String: Review.Verdict] = [
            "approved": .approved, "approval": .approved, "unapproved": .dismissed,
            "unapproval": .dismissed,
        ]
        if let verdict = words[action] {
            let review = Review(
                repository: repository, number: number, verdict: verdict, revision: last,
                url: fields.text("object_attributes.url"), author: author)
            let word = verdict == .approved ? "approved" : action
            return [
                fields.fact(
                    .reviewSubmitted(review), .gitlab,
                    "\(repository) change \(number) \(word) by \(by?.name ?? "")\(when)",
                    time: time, by: by)
            ]
        }
        let merged = action == "merge" || action == "merged"
        let change = Change(
            repository: repository, number: number,
            revision: merged
                ? fields.revision("object_attributes.merge_commit_sha")
                    ?? fields.revision("object_attributes.squash_commit_sha") ?? last : last,
            title: fields.text("object_attributes.title"),
            branch: fields.text("object_attributes.source_branch"),
            into: fields.text("object_attributes.target_branch"),
            author: author,
            url: fields.text("object_attributes.url"))
        let event: Event
        switch action {
        case "open", "opened", "reopen": event = .changeOpened(change)
        case "merge", "merged": event = .changeMerged(change)
        case "close", "closed": event = .changeClosed(change)
        default: throw Unmapped("the merge request action \(action) is not recorded")
        }
        return [
            fields.fact(
                event, .gitlab, "\(repository) change \(number) \(event.kind)\(when)", time: time,
                by: by)
        ]
    }

    /// The author of a change. The hook gives the author's number, and the names of the acting
    /// user, assignees and reviewers. The author of the last commit may be another person.
    private static func author(of fields: DeliveryFields, _ acting: String?) -> String? {
        guard let author = fields.name("object_attributes.author_id") else { return nil }
        if author == fields.name("user.id") { return acting }
        return (fields.parts("assignees") + fields.parts("reviewers"))
            .first { $0.name("id") == author }?.text("username", "name")
    }

    /// The outcome of a GitLab status; `nil` if the status is not final.
    private static func outcome(_ status: String) -> Outcome? {
        switch status {
        case "success": .succeeded
        case "failed": .failed
        case "canceled": .cancelled
        case "skipped": .skipped
        default: nil
        }
    }

    private static func ended(_ status: String) throws -> Outcome {
        guard let outcome = outcome(status) else {
            throw Unmapped("the status \(status) is not final")
        }
        return outcome
    }

    private static func pipeline(_ fields: DeliveryFields) throws -> [Fact] {
        let outcome = try ended(try fields.needText("object_attributes.status"))
        let repository = try fields.repository(project)
        let result = CheckResult(
            name: fields.text("object_attributes.name") ?? "pipeline", outcome: outcome,
            revision: try fields.needRevision("object_attributes.sha"), repository: repository,
            seconds: fields.number("object_attributes.duration"),
            url: fields.text("object_attributes.url"),
            workflow: fields.text("object_attributes.source"))
        let id = try fields.need("object_attributes.id", fields.name("object_attributes.id"))
        // A retried pipeline keeps its number and finishes again.
        let end = fields.text("object_attributes.finished_at").map { " \($0)" } ?? ""
        return [
            fields.fact(
                .checkFinished(result), .gitlab, "\(repository) pipeline \(id)\(end)",
                time: fields.time("object_attributes.finished_at"),
                by: fields.author("user.username", "user.name"))
        ]
    }

    private static func job(_ fields: DeliveryFields) throws -> [Fact] {
        let outcome = try ended(try fields.needText("build_status"))
        let repository = try fields.need(
            "project.path_with_namespace, or project_name",
            (fields.text(project) ?? fields.text("project_name")?.exchanging(" ", for: ""))
                .flatMap(RepositoryName.init(rawValue:)))
        let result = CheckResult(
            name: try fields.needText("build_name"), outcome: outcome,
            revision: try fields.needRevision("sha"), repository: repository,
            seconds: fields.seconds("build_started_at", "build_finished_at"),
            workflow: fields.name("pipeline_id").map { "pipeline \($0)" })
        let id = try fields.need("build_id", fields.name("build_id"))
        return [
            fields.fact(
                .checkFinished(result), .gitlab, "\(repository) job \(id)",
                time: fields.time("build_finished_at"),
                by: fields.author("user.username", "user.name"))
        ]
    }

    private static func deployment(_ fields: DeliveryFields) throws -> [Fact] {
        let outcome = try ended(try fields.needText("status"))
        let name = try fields.need(
            "environment", fields.text("environment").flatMap(EnvironmentName.init(rawValue:)))
        let service = try fields.service(project)
        let tag = DeliveryFields.releaseTag(fields.text("ref"))
        let commit = fields.revision("commit_sha", "short_sha")
        let url = fields.text("deployable_url")
        let event: Event =
            outcome == .succeeded
            ? .deployed(
                RunFinished(
                    environment: name, service: service, tag: tag, revision: commit, url: url))
            : .deployFailed(
                RunFailed(
                    environment: name, reason: "the deployment status is \(outcome.rawValue)",
                    service: service, tag: tag, revision: commit, url: url))
        let id = try fields.need("deployment_id", fields.name("deployment_id"))
        return [
            fields.fact(
                event, .gitlab,
                "\(try fields.repository(project)) deployment \(id) \(outcome.rawValue)",
                time: fields.time("status_changed_at"),
                by: fields.author("user.username", "user.name"))
        ]
    }

    private static func release(_ fields: DeliveryFields) throws -> [Fact] {
        guard fields.text("action") == "create" else {
            throw Unmapped("only the action \"create\" publishes a release")
        }
        let repository = try fields.repository(project)
        let tag = try fields.need("tag", fields.text("tag").flatMap(ReleaseTag.init(rawValue:)))
        let publication = Publication(
            tag: tag, repository: repository, revision: fields.revision("commit.id"),
            name: fields.text("name"), url: fields.text("url"))
        let id = try fields.need("id", fields.name("id"))
        return [
            fields.fact(
                .releasePublished(publication), .gitlab, "\(repository) release \(id)",
                time: fields.time("released_at", "created_at"))
        ]
    }
}
