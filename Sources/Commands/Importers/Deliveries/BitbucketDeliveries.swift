internal import Ledger
internal import LedgerText

/// Bitbucket Cloud's webhooks (support.atlassian.com, "Event payloads").
enum BitbucketDeliveries {
    private static let shapes: [(key: String, member: String)] = [
        ("repo:commit_status", "commit_status"), ("pullrequest:", "pullrequest"),
        ("repo:push", "push"),
    ]

    static func map(_ fields: DeliveryFields) throws(DeliveryProblem) -> MappedDelivery {
        let shape = shapes.first { fields.body[$0.member] != nil }
        let said = fields.headers["x-event-key"]
        if let said, let expected = shapes.first(where: { said.begins(with: $0.key) }),
            fields.body[expected.member] == nil
        {
            throw DeliveryProblem(
                "the header says \(said), and the body has no \"\(expected.member)\"",
                hint: "check that the headers belong to this body")
        }
        var name = said ?? shape?.key ?? "unknown"
        // Without the event header, the state of the pull request gives the event.
        if said == nil, name == "pullrequest:" {
            switch fields.text("pullrequest.state") {
            case "MERGED": name += "fulfilled"
            case "DECLINED": name += "rejected"
            default: name += "created"
            }
        }
        if name.begins(with: "repo:commit_status") { name = "repo:commit_status" }
        return MappedDelivery(
            name, by: table, fields, id: fields.headers["x-request-uuid"])
    }

    private static let table: [String: Mapping] = [
        "repo:push": { fields in
            try fields.parts("push.changes").map { try move(fields, $0) }
        },
        "pullrequest:created": { try change($0, Event.changeOpened) },
        "pullrequest:fulfilled": { try change($0, Event.changeMerged) },
        "pullrequest:rejected": { try change($0, Event.changeClosed) },
        "pullrequest:approved": { try review($0, .approved, "approval") },
        "pullrequest:changes_request_created": {
            try review($0, .changesRequested, "changes_request")
        },
        "pullrequest:unapproved": { try review($0, .dismissed, "approval") },
        "pullrequest:changes_request_removed": { try review($0, .dismissed, "changes_request") },
        "repo:commit_status": { try status($0) },
        "pullrequest:updated": GitHubDeliveries.silent("its pushes report the changes"),
    ]

    private static func move(_ fields: DeliveryFields, _ change: DeliveryFields) throws -> Fact {
        let kind = try change.need("the kind of reference", change.text("new.type", "old.type"))
        let name = try change.need("the name of the reference", change.text("new.name", "old.name"))
        let family = kind == "tag" || kind == "annotated_tag" ? "refs/tags/" : "refs/heads/"
        let move = ReferenceMove(
            repository: try fields.repository(), reference: family + name,
            before: change.revision("old.target.hash"),
            commits: change.flag("truncated") ? nil : change.count("commits"),
            after: change.revision("new.target.hash"),
            forced: change.flag("forced"),
            author: fields.text("actor.username", "actor.nickname", "actor.display_name"),
            message: change.text("new.target.message"),
            moment: fields.headers["x-request-uuid"] ?? "")
        // A tag may point to an old commit, so the commit time is not the time of the tag.
        let isTag = family == "refs/tags/"
        return try move.fact(
            fields, .bitbucket,
            time: isTag ? change.time("new.date") : change.time("new.date", "new.target.date"))
    }

    private static func change(
        _ fields: DeliveryFields, _ event: (Change) -> Event
    ) throws -> [Fact] {
        let repository = try fields.repository()
        let number = try fields.need("pullrequest.id", fields.number("pullrequest.id"))
        let merged = fields.text("pullrequest.state") == "MERGED"
        let change = Change(
            repository: repository, number: number,
            revision: merged
                ? fields.revision("pullrequest.merge_commit.hash")
                : fields.revision("pullrequest.source.commit.hash"),
            title: fields.text("pullrequest.title"),
            branch: fields.text("pullrequest.source.branch.name"),
            into: fields.text("pullrequest.destination.branch.name"),
            author: fields.text("pullrequest.author.username", "pullrequest.author.nickname"),
            url: fields.text("pullrequest.links.html.href"))
        let told = event(change)
        let time = fields.time("pullrequest.updated_on", "pullrequest.created_on")
        let when = time.map { " \($0)" } ?? ""
        return [
            fields.fact(
                told, .bitbucket, "\(repository) change \(number) \(told.kind)\(when)", time: time,
                by: fields.author("actor.username", "actor.nickname"))
        ]
    }

    private static func review(
        _ fields: DeliveryFields, _ verdict: Review.Verdict, _ member: String
    ) throws -> [Fact] {
        let repository = try fields.repository()
        let number = try fields.need("pullrequest.id", fields.number("pullrequest.id"))
        let review = Review(
            repository: repository, number: number, verdict: verdict,
            revision: fields.revision("pullrequest.source.commit.hash"),
            author: fields.text("pullrequest.author.nickname", "pullrequest.author.username"))
        let by = fields.author(
            "\(member).user.nickname", "\(member).user.username", "actor.username")
        let date = fields.text("\(member).date") ?? ""
        return [
            fields.fact(
                .reviewSubmitted(review), .bitbucket,
                "\(repository) change \(number) \(verdict.rawValue) by \(by?.name ?? "") \(date)",
                time: fields.time("\(member).date"), by: by)
        ]
    }

    private static func status(_ fields: DeliveryFields) throws -> [Fact] {
        let state = try fields.needText("commit_status.state")
        guard state != "INPROGRESS" else { throw Unmapped("the build is still in progress") }
        let repository = try fields.repository()
        let outcome: Outcome =
            state == "SUCCESSFUL" ? .succeeded : state == "STOPPED" ? .cancelled : .failed
        let result = CheckResult(
            name: try fields.need(
                "commit_status.key", fields.text("commit_status.name", "commit_status.key")),
            outcome: outcome,
            revision: try fields.needRevision("commit_status.commit.hash"), repository: repository,
            url: fields.text("commit_status.url"))
        let key = fields.text("commit_status.key") ?? result.name
        let end = fields.text("commit_status.updated_on") ?? ""
        return [
            fields.fact(
                .checkFinished(result), .bitbucket,
                "\(repository) status \(key) of \(result.revision) \(end)",
                time: fields.time("commit_status.updated_on"),
                by: fields.author("actor.username", "actor.nickname"))
        ]
    }
}
