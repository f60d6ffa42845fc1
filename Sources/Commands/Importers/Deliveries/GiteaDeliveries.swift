internal import Ledger
internal import LedgerText

/// Gitea's and Forgejo's webhooks (docs.gitea.com, "Webhooks"): GitHub's shapes, with differences.
enum GiteaDeliveries {
    static func map(_ fields: DeliveryFields) throws(DeliveryProblem) -> MappedDelivery {
        let headers = ["x-forgejo-event", "x-gitea-event", "x-gogs-event"]
        let said = headers.lazy.compactMap { fields.headers[$0] }.first
        let shape = shape(fields)
        // The event name gives the kind of review: pull_request_approved.
        let family = said.map { $0.begins(with: "pull_request") ? "pull_request" : $0 }
        if let said, let family, let shape, table[family] != nil,
            shape != family, !(shape == "review" && family == "pull_request")
        {
            throw DeliveryProblem(
                "the header says \(said), but the body looks like \(shape)",
                hint: "check that the headers belong to this body")
        }
        guard let name = shape ?? said else {
            return MappedDelivery("unknown", reason: "ledger does not recognize the body")
        }
        let ids = ["x-forgejo-delivery", "x-gitea-delivery", "x-gogs-delivery"]
        return MappedDelivery(
            name, by: table, fields, id: ids.lazy.compactMap { fields.headers[$0] }.first)
    }

    private static func shape(_ fields: DeliveryFields) -> String? {
        func has(_ members: String...) -> Bool {
            members.allSatisfy { fields.body[$0] != nil && fields.body[$0] != .null }
        }
        if has("pull_request", "review") { return "review" }
        if has("pull_request") { return "pull_request" }
        if has("release") { return "release" }
        if has("ref", "after") { return "push" }
        if has("ref", "ref_type") { return has("pusher_type") ? "delete" : "create" }
        return nil
    }

    private static let table: [String: Mapping] = [
        "push": { [try move($0, reference: $0.needText("ref"), after: $0.revision("after"))] },
        "create": { [try move($0, reference: named($0), after: $0.needRevision("sha"))] },
        "delete": { [try move($0, reference: named($0), after: nil)] },
        "pull_request": { try GitHubDeliveries.change($0, .gitea) },
        "review": { try review($0) },
        "release": { try GitHubDeliveries.release($0, .gitea) },
    ]

    private static func named(_ fields: DeliveryFields) throws -> String {
        let family = try fields.needText("ref_type") == "tag" ? "refs/tags/" : "refs/heads/"
        return family + (try fields.needText("ref"))
    }

    /// Gitea reports a new tag as a push and as a creation: both give the fact the same name.
    private static func move(
        _ fields: DeliveryFields, reference: String, after: Revision?
    ) throws -> Fact {
        let move = ReferenceMove(
            repository: try fields.repository(), reference: reference,
            before: fields.revision("before"),
            commits: fields.number("total_commits").flatMap { $0 > 0 ? $0 : nil }, after: after,
            // For an annotated tag, `after` is the tag object itself.
            commit: reference.begins(with: "refs/tags/") && after != nil
                ? fields.revision("head_commit.id") : nil,
            author: fields.text("pusher.login", "pusher.username", "sender.login"),
            message: fields.text("head_commit.message"))
        let isTag = reference.begins(with: "refs/tags/")
        return try move.fact(
            fields, .gitea, time: isTag ? nil : fields.time("head_commit.timestamp"))
    }

    private static func review(_ fields: DeliveryFields) throws -> [Fact] {
        let repository = try fields.repository()
        let number = try fields.need("number", fields.number("number"))
        let type = try fields.needText("review.type")
        let verdict: Review.Verdict =
            if fields.flag("review.dismissed") || type.ends(with: "dismissed") {
                .dismissed
            } else if type.ends(with: "approved") {
                .approved
            } else if type.ends(with: "rejected") {
                .changesRequested
            } else {
                .commented
            }
        let review = Review(
            repository: repository, number: number, verdict: verdict,
            revision: fields.revision("commit_id", "pull_request.head.sha"),
            url: fields.text("pull_request.html_url"),
            reviewer: verdict == .dismissed ? fields.text("review.user.login") : nil,
            author: fields.text("pull_request.user.login", "pull_request.user.username"))
        let by = fields.author("sender.login", "sender.username")
        let commit = review.revision.map { " of \($0)" } ?? ""
        let time = fields.time("pull_request.updated_at")
        let when = time.map { " \($0)" } ?? ""
        return [
            fields.fact(
                .reviewSubmitted(review), .gitea,
                "\(repository) change \(number) \(verdict.rawValue) by \(by?.name ?? "")\(commit)\(when)",
                time: time, by: by)
        ]
    }
}
