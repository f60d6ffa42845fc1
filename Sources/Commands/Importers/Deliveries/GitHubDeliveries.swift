internal import Ledger
internal import LedgerText

/// GitHub's webhooks (docs.github.com, "Webhook events and payloads").
enum GitHubDeliveries {
    /// The members that identify the body of each event. They name an event without a header, and
    /// reveal a header of another event. The first match counts.
    private static let shapes: [(name: String, members: [String])] = [
        ("check_run", ["check_run"]), ("check_suite", ["check_suite"]),
        ("workflow_job", ["workflow_job"]),
        ("deployment_status", ["deployment_status", "deployment"]),
        ("deployment_review", ["action", "workflow_run", "workflow_job_runs"]),
        ("deployment_review", ["action", "requestor", "reviewers"]),
        ("deployment", ["deployment"]),
        ("workflow_run", ["workflow_run"]),
        ("pull_request_review", ["review", "pull_request"]),
        ("pull_request", ["pull_request", "number"]), ("merge_group", ["merge_group"]),
        ("release", ["release"]), ("registry_package", ["registry_package"]),
        ("package", ["package"]), ("status", ["sha", "state", "context"]),
        ("push", ["ref", "before", "after"]), ("create", ["ref", "ref_type", "master_branch"]),
        ("delete", ["ref", "ref_type", "pusher_type"]), ("ping", ["zen"]),
        ("workflow_dispatch", ["workflow", "inputs"]),
        ("repository_dispatch", ["client_payload"]),
    ]

    static func map(_ fields: DeliveryFields) throws(DeliveryProblem) -> MappedDelivery {
        let fitting = shapes.first { $0.members.allSatisfy { fields.body[$0] != nil } }?.name
        let said = fields.headers["x-github-event"]
        if let said {
            let known = shapes.filter { $0.name == said }
            let fits = known.contains { $0.members.allSatisfy { fields.body[$0] != nil } }
            guard known.isEmpty || fits else {
                throw DeliveryProblem(
                    "the header says \(said), but the body is another event",
                    hint: fitting.map { "the body looks like \($0): check the headers" }
                        ?? "check that the headers belong to this body")
            }
        }
        guard let name = said ?? fitting else {
            return MappedDelivery(
                "unknown",
                reason: "ledger does not recognize the body, and the X-GitHub-Event header "
                    + "is missing")
        }
        return MappedDelivery(
            name, by: table, fields, id: fields.headers["x-github-delivery"])
    }

    private static let table: [String: Mapping] = [
        "push": { [try push($0)] },
        "pull_request": { try change($0, .github) },
        "pull_request_review": { try review($0) },
        "check_run": { try check($0, "check_run") },
        "workflow_job": { try check($0, "workflow_job") },
        "workflow_run": { try workflow($0) },
        "status": { try status($0) },
        "deployment_status": { try deploymentStatus($0) },
        "release": { try release($0, .github) },
        "package": { try package($0, "package") },
        "registry_package": { try package($0, "registry_package") },
        "create": silent("the push event reports the reference with its commit"),
        "delete": silent("the push event reports the reference with its commit"),
        "check_suite": silent("its check runs report their outcomes"),
        "deployment": silent("its statuses report the outcome"),
        "deployment_review": silent("only approvals of ledger plans count"),
        "merge_group": silent("the push that follows reports the merge"),
        "workflow_dispatch": silent("the run that it starts reports the outcome"),
        "repository_dispatch": silent("the run that it starts reports the outcome"),
        "ping": silent("a ping only confirms the webhook"),
    ]

    /// A known event without a fact of its own, or whose fact another event reports.
    static func silent(_ reason: String) -> Mapping { { _ in throw Unmapped(reason) } }

    // MARK: Source

    private static func push(_ fields: DeliveryFields) throws -> Fact {
        let move = ReferenceMove(
            repository: try fields.repository(), reference: try fields.needText("ref"),
            before: fields.revision("before"), commits: fields.count("commits"),
            after: fields.revision("after"),
            commit: fields.revision("head_commit.id"), forced: fields.flag("forced"),
            // GitHub names the pusher "none" for a deploy key or a merge.
            author: fields.text("pusher.name") == "none"
                ? fields.text("sender.login") : fields.text("pusher.name", "sender.login"),
            message: fields.text("head_commit.message"),
            moment: fields.name("repository.pushed_at") ?? "")
        return try move.fact(
            fields, .github,
            time: fields.time("repository.pushed_at", "head_commit.timestamp"))
    }

    /// A pull request, in the format of GitHub and compatible senders.
    static func change(_ fields: DeliveryFields, _ sender: Sender) throws -> [Fact] {
        let repository = try fields.repository()
        let number = try fields.need("number", fields.number("number"))
        let merged = fields.flag("pull_request.merged")
        let action = try fields.needText("action")
        // `merge_commit_sha` of an unmerged pull request is a trial merge, not a commit of the
        // branch.
        let commit =
            merged
            ? fields.revision("pull_request.merge_commit_sha", "pull_request.merged_commit_sha")
            : fields.revision("pull_request.head.sha")
        let change = Change(
            repository: repository, number: number, revision: commit,
            title: fields.text("pull_request.title"), branch: fields.text("pull_request.head.ref"),
            into: fields.text("pull_request.base.ref"),
            author: fields.text("pull_request.user.login"),
            url: fields.text("pull_request.html_url"))
        let (event, moments): (Event, [String]) =
            switch (action, merged) {
            case ("opened", _): (.changeOpened(change), ["created_at"])
            case ("reopened", _): (.changeOpened(change), ["updated_at"])
            case ("closed", true): (.changeMerged(change), ["merged_at", "closed_at"])
            case ("closed", false): (.changeClosed(change), ["closed_at", "updated_at"])
            default: throw Unmapped("the pull request action \(action) is not recorded")
            }
        let time = moments.lazy.compactMap { fields.time("pull_request.\($0)") }.first
        let when = time.map { " \($0)" } ?? ""
        return [
            fields.fact(
                event, sender, "\(repository) change \(number) \(event.kind)\(when)", time: time,
                by: fields.author("sender.login", "pull_request.user.login"))
        ]
    }

    private static func review(_ fields: DeliveryFields) throws -> [Fact] {
        let repository = try fields.repository()
        let action = try fields.needText("action")
        guard action == "submitted" || action == "dismissed" else {
            throw Unmapped("the review action \(action) does not change the verdict")
        }
        let isDismissed = action == "dismissed"
        let verdict: Review.Verdict =
            switch try fields.needText("review.state").lowercased() {
            case _ where isDismissed: .dismissed
            case "approved": .approved
            case "changes_requested": .changesRequested
            default: .commented
            }
        let id = try fields.need("review.id", fields.name("review.id"))
        let review = Review(
            repository: repository,
            number: try fields.need("pull_request.number", fields.number("pull_request.number")),
            verdict: verdict, revision: fields.revision("review.commit_id"),
            url: fields.text("review.html_url"),
            reviewer: isDismissed ? fields.text("review.user.login") : nil, review: id,
            author: fields.text("pull_request.user.login"))
        return [
            fields.fact(
                .reviewSubmitted(review), .github,
                "\(repository) review \(id)\(isDismissed ? " dismissed" : "")",
                // Only the pull request has the time of the dismissal.
                time: isDismissed
                    ? fields.time("pull_request.updated_at") : fields.time("review.submitted_at"),
                by: fields.author(isDismissed ? "sender.login" : "review.user.login"))
        ]
    }

    /// A published release, in the format of GitHub and compatible senders.
    static func release(_ fields: DeliveryFields, _ sender: Sender) throws -> [Fact] {
        let action = try fields.needText("action")
        guard action == "published" else {
            throw Unmapped("the release action \(action) does not move a tag")
        }
        let repository = try fields.repository()
        let tag = try fields.need(
            "release.tag_name", fields.text("release.tag_name").flatMap(ReleaseTag.init(rawValue:)))
        let commit = fields.text("release.target_commitish").flatMap {
            $0.utf8.count == 40 ? Revision(rawValue: $0) : nil
        }
        let publication = Publication(
            tag: tag, repository: repository, revision: commit, name: fields.text("release.name"),
            url: fields.text("release.html_url"))
        let id = try fields.need("release.id", fields.name("release.id"))
        return [
            fields.fact(
                .releasePublished(publication), sender, "\(repository) release \(id)",
                time: fields.time("release.published_at"),
                by: fields.author("sender.login", "release.author.login"))
        ]
    }

    // MARK: Checks

    /// The outcome of a check, from its `conclusion`.
    static func outcome(_ conclusion: String?) -> Outcome {
        switch conclusion {
        case "success": .succeeded
        case "failure", "timed_out", "action_required", "startup_failure": .failed
        case "cancelled": .cancelled
        case "skipped", "neutral": .skipped
        default: .unknown
        }
    }

    /// A workflow job is also a check run with the same number: the first delivery records it.
    private static func check(_ fields: DeliveryFields, _ member: String) throws -> [Fact] {
        let action = try fields.needText("action")
        guard action == "completed" else {
            throw Unmapped("the check is \(action), not completed")
        }
        let repository = try fields.repository()
        let result = CheckResult(
            name: try fields.needText("\(member).name"),
            outcome: outcome(fields.text("\(member).conclusion")),
            revision: try fields.needRevision("\(member).head_sha"), repository: repository,
            seconds: fields.seconds("\(member).started_at", "\(member).completed_at"),
            workflow: workflow(of: fields, member))
        let id = try fields.need("\(member).id", fields.name("\(member).id"))
        return [
            fields.fact(
                .checkFinished(result), .github, "\(repository) check \(id)",
                time: fields.time("\(member).completed_at"), by: fields.author("sender.login"))
        ]
    }

    /// The run that a check belongs to: a job names it, and a check run has it in its address.
    /// Checks of other programs belong to a suite.
    private static func workflow(of fields: DeliveryFields, _ member: String) -> String? {
        if let run = fields.name("\(member).run_id") { return "run \(run)" }
        let address = fields.text("\(member).details_url", "\(member).html_url") ?? ""
        let mark = "/actions/runs/"
        if let place = address.place(of: mark) {
            return "run \(address[place.upperBound...].parts(separator: "/").first ?? "")"
        }
        return fields.name("\(member).check_suite.id").map { "suite \($0)" }
    }

    /// A run keeps its number when it is run again; only the attempt number differs.
    private static func workflow(_ fields: DeliveryFields) throws -> [Fact] {
        let action = try fields.needText("action")
        guard action == "completed" else {
            throw Unmapped("the run is \(action), not completed")
        }
        let repository = try fields.repository()
        let result = CheckResult(
            name: try fields.need(
                "a workflow's name", fields.text("workflow_run.name", "workflow.name")),
            outcome: outcome(fields.text("workflow_run.conclusion")),
            revision: try fields.needRevision("workflow_run.head_sha"), repository: repository,
            seconds: fields.seconds("workflow_run.run_started_at", "workflow_run.updated_at"),
            url: fields.text("workflow_run.html_url"),
            workflow: fields.name("workflow_run.workflow_id").map { "workflow \($0)" })
        let id = try fields.need("workflow_run.id", fields.name("workflow_run.id"))
        let attempt = fields.number("workflow_run.run_attempt") ?? 1
        return [
            fields.fact(
                .checkFinished(result), .github, "\(repository) run \(id) attempt \(attempt)",
                time: fields.time("workflow_run.updated_at"),
                by: fields.author("workflow_run.triggering_actor.login", "sender.login"))
        ]
    }

    private static func status(_ fields: DeliveryFields) throws -> [Fact] {
        let state = try fields.needText("state")
        guard state != "pending" else { throw Unmapped("the status is still pending") }
        let repository = try fields.repository()
        let result = CheckResult(
            name: try fields.needText("context"),
            outcome: state == "success" ? .succeeded : .failed,
            revision: try fields.needRevision("sha"), repository: repository,
            url: fields.text("target_url"))
        let id = try fields.need("id", fields.name("id"))
        return [
            fields.fact(
                .checkFinished(result), .github, "\(repository) status \(id)",
                time: fields.time("updated_at", "created_at"), by: fields.author("sender.login"))
        ]
    }

    // MARK: Deployments and images

    private static func deploymentStatus(_ fields: DeliveryFields) throws -> [Fact] {
        let state = try fields.needText("deployment_status.state")
        let repository = try fields.repository()
        let name = try fields.need(
            "deployment.environment",
            fields.text("deployment_status.environment", "deployment.environment")
                .flatMap(EnvironmentName.init(rawValue:)))
        let service = try fields.service()
        let tag = DeliveryFields.releaseTag(fields.text("deployment.ref"))
        let commit = fields.revision("deployment.sha")
        let url = fields.text(
            "deployment_status.log_url", "deployment_status.target_url",
            "deployment_status.environment_url")
        let event: Event
        switch state {
        case "success":
            event = .deployed(
                RunFinished(
                    environment: name, service: service, tag: tag, revision: commit, url: url))
        case "failure", "error":
            event = .deployFailed(
                RunFailed(
                    environment: name,
                    reason: fields.text("deployment_status.description")
                        ?? "the deployment status is \(state)",
                    service: service, tag: tag, revision: commit, url: url))
        case "inactive":
            throw Unmapped("\"inactive\" means that a later deployment replaced it, not a failure")
        default: throw Unmapped("the deployment is \(state), not finished")
        }
        let id = try fields.need("deployment_status.id", fields.name("deployment_status.id"))
        return [
            fields.fact(
                event, .github, "\(repository) deployment status \(id)",
                time: fields.time("deployment_status.created_at"),
                by: fields.author("deployment_status.creator.login", "sender.login"))
        ]
    }

    private static func package(_ fields: DeliveryFields, _ member: String) throws -> [Fact] {
        let version = "\(member).package_version"
        let metadata = "\(version).container_metadata"
        guard fields[metadata] != nil else { throw Unmapped("the package is not an image") }
        let digest = try fields.need(
            "\(version).version, a digest",
            fields.digest(
                "\(metadata).tag.digest", "\(metadata).manifest.digest", "\(version).version"))
        let named = "\(member).name"
        let service = try fields.service(named)
        let owner = fields.text("\(member).namespace", "\(member).owner.login") ?? ""
        let image = owner.isEmpty ? fields.text(named) : "\(owner)/\(fields.text(named) ?? "")"
        let commit = fields.revision("\(version).target_oid")
        let time = fields.time(
            "\(version).updated_at", "\(version).created_at", "\(member).updated_at")
        let by = fields.author("sender.login")
        guard
            let tag = try fields.imageTag("\(metadata).tag.name")
        else {
            let push = ImagePush(service: service, digest: digest, revision: commit, image: image)
            return [
                fields.fact(
                    .imagePushed(push), .github, "package \(service) \(digest)", time: time, by: by)
            ]
        }
        let tagging = ImageTagging(
            service: service, tag: tag, digest: digest, revision: commit, image: image)
        let id = fields.name("\(version).id") ?? ""
        return [
            fields.fact(
                .imageTagged(tagging), .github, "package \(service) \(tag) \(digest) \(id)",
                time: time, by: by)
        ]
    }
}
