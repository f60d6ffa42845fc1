/// Payloads about source and artifacts: pushes, references, changes, checks, builds, images,
/// releases. `environment`, `service`, `tag`, `digest` and `revision` are always the entry's
/// subject.

/// `repo.pushed`: the head of a branch moved to `revision`.
public struct Push: Payload {
    public var repository: RepositoryName
    public var branch: String
    public var revision: Revision
    public var before: Revision?
    /// True if the branch was rewritten: `before` is not an ancestor of `revision`.
    public var forced: Bool?
    /// The first parent of the commit, if it differs from `before`.
    public var parent: Revision?
    /// Its other parents, if it is a merge.
    public var merged: [Revision]?
    public var author: String?
    public var message: String?
    /// Number of parents, if the commit is a merge (2 or more).
    public var parents: Int?
    /// Number of commits in the push; only the last one is named.
    public var commits: Int?
    public var service: ServiceName?
    /// True if the push was recorded after a later push to the branch: it does not move the branch.
    public var late: Bool?

    public init(
        repository: RepositoryName, branch: String, revision: Revision, before: Revision? = nil,
        forced: Bool? = nil, author: String? = nil, message: String? = nil, parents: Int? = nil,
        service: ServiceName? = nil, late: Bool? = nil, parent: Revision? = nil,
        merged: [Revision]? = nil, commits: Int? = nil
    ) {
        self.merged = merged
        self.commits = commits
        self.late = late
        self.parent = parent
        self.repository = repository
        self.branch = branch
        self.revision = revision
        self.before = before
        self.forced = forced
        self.author = author
        self.message = message
        self.parents = parents
        self.service = service
    }
}

/// `ref.created`, `ref.deleted`: a tag or branch was created, moved (`before`) or deleted.
public struct RefChange: Payload {
    public var repository: RepositoryName
    public var tag: ReleaseTag?
    public var branch: String?
    public var revision: Revision?
    /// The previous target of the reference, if it was moved.
    public var before: Revision?
    /// True for an annotated tag.
    public var annotated: Bool?
    public var tagger: String?
    public var message: String?

    public init(
        repository: RepositoryName, tag: ReleaseTag? = nil, branch: String? = nil,
        revision: Revision? = nil, before: Revision? = nil, annotated: Bool? = nil,
        tagger: String? = nil, message: String? = nil
    ) {
        self.repository = repository
        self.tag = tag
        self.branch = branch
        self.revision = revision
        self.before = before
        self.annotated = annotated
        self.tagger = tagger
        self.message = message
    }
}

/// `change.opened`, `change.merged`, `change.closed`: a pull or merge request.
public struct Change: Payload {
    public var repository: RepositoryName
    public var number: Int?
    public var revision: Revision?
    public var title: String?
    public var branch: String?
    public var into: String?
    public var author: String?
    public var url: String?

    public init(
        repository: RepositoryName, number: Int? = nil, revision: Revision? = nil,
        title: String? = nil, branch: String? = nil, into: String? = nil, author: String? = nil,
        url: String? = nil
    ) {
        self.repository = repository
        self.number = number
        self.revision = revision
        self.title = title
        self.branch = branch
        self.into = into
        self.author = author
        self.url = url
    }
}

/// `review.submitted`: a review of a change.
public struct Review: Payload {
    /// The reviewer's verdict.
    public enum Verdict: String, Choice {
        case approved, changesRequested, commented
        /// An earlier review no longer counts: it was dismissed or withdrawn.
        case dismissed
    }
    public var repository: RepositoryName
    public var number: Int
    public var verdict: Verdict
    public var revision: Revision?
    public var url: String?
    /// The reviewer, if not the entry's author: a person may dismiss another person's review.
    public var reviewer: String?
    /// The sender's id of the review; a dismissal has the id of the dismissed review.
    public var review: String?
    /// The author of the change, if the sender names one: authors' reviews of their own changes do
    /// not count.
    public var author: String?

    public init(
        repository: RepositoryName, number: Int, verdict: Verdict, revision: Revision? = nil,
        url: String? = nil, reviewer: String? = nil, review: String? = nil,
        author: String? = nil
    ) {
        self.author = author
        self.reviewer = reviewer
        self.review = review
        self.repository = repository
        self.number = number
        self.verdict = verdict
        self.revision = revision
        self.url = url
    }
}

/// The result of a run, step, check or build.
public enum Outcome: String, Choice {
    case succeeded, failed, unknown, skipped, cancelled
}

/// `check.finished`: a test or lint run on a commit.
public struct CheckResult: Payload {
    public var name: String
    public var outcome: Outcome
    public var revision: Revision
    public var service: ServiceName?
    public var repository: RepositoryName?
    public var seconds: Int?
    public var url: String?
    /// The workflow, pipeline or run of the check: two workflows may have a check of the same name.
    public var workflow: String?

    public init(
        name: String, outcome: Outcome, revision: Revision, service: ServiceName? = nil,
        repository: RepositoryName? = nil, seconds: Int? = nil, url: String? = nil,
        workflow: String? = nil
    ) {
        self.workflow = workflow
        self.name = name
        self.outcome = outcome
        self.revision = revision
        self.service = service
        self.repository = repository
        self.seconds = seconds
        self.url = url
    }
}

/// `build.started`, `build.finished`: an image was built from a commit.
public struct Build: Payload {
    public var service: ServiceName
    public var revision: Revision
    public var outcome: Outcome?
    public var tag: ReleaseTag?
    public var digest: ImageDigest?
    public var image: String?
    public var seconds: Int?
    public var url: String?

    public init(
        service: ServiceName, revision: Revision, outcome: Outcome? = nil, tag: ReleaseTag? = nil,
        digest: ImageDigest? = nil, image: String? = nil, seconds: Int? = nil, url: String? = nil
    ) {
        self.service = service
        self.revision = revision
        self.outcome = outcome
        self.tag = tag
        self.digest = digest
        self.image = image
        self.seconds = seconds
        self.url = url
    }
}

/// `image.pushed`: a registry received an image.
public struct ImagePush: Payload {
    public var service: ServiceName
    public var digest: ImageDigest
    public var revision: Revision?
    public var image: String?

    public init(
        service: ServiceName, digest: ImageDigest, revision: Revision? = nil, image: String? = nil
    ) {
        self.service = service
        self.digest = digest
        self.revision = revision
        self.image = image
    }
}

/// `image.tagged`: a tag now names an image.
public struct ImageTagging: Payload {
    public var service: ServiceName
    public var tag: ReleaseTag
    public var digest: ImageDigest
    public var revision: Revision?
    public var image: String?

    public init(
        service: ServiceName, tag: ReleaseTag, digest: ImageDigest, revision: Revision? = nil,
        image: String? = nil
    ) {
        self.service = service
        self.tag = tag
        self.digest = digest
        self.revision = revision
        self.image = image
    }
}

/// `image.deleted`: an image, or a tag of it, was deleted from a registry.
public struct ImageDeletion: Payload {
    public var service: ServiceName
    public var digest: ImageDigest?
    public var tag: ReleaseTag?
    public var image: String?

    public init(
        service: ServiceName, digest: ImageDigest? = nil, tag: ReleaseTag? = nil,
        image: String? = nil
    ) {
        self.service = service
        self.digest = digest
        self.tag = tag
        self.image = image
    }
}

/// `release.published`: a release was announced.
public struct Publication: Payload {
    public var tag: ReleaseTag
    public var service: ServiceName?
    public var repository: RepositoryName?
    public var revision: Revision?
    public var digest: ImageDigest?
    public var name: String?
    public var url: String?

    public init(
        tag: ReleaseTag, service: ServiceName? = nil, repository: RepositoryName? = nil,
        revision: Revision? = nil, digest: ImageDigest? = nil, name: String? = nil,
        url: String? = nil
    ) {
        self.tag = tag
        self.service = service
        self.repository = repository
        self.revision = revision
        self.digest = digest
        self.name = name
        self.url = url
    }
}

/// `migration.applied`: a schema migration was applied to the data.
public struct Migration: Payload {
    public var environment: EnvironmentName
    public var service: ServiceName
    public var name: String
    /// True if the migration cannot be reverted: a revert across it must accept it by name.
    public var irreversible: Bool?
    public var tag: ReleaseTag?
    public var revision: Revision?

    public init(
        environment: EnvironmentName, service: ServiceName, name: String,
        irreversible: Bool? = nil, tag: ReleaseTag? = nil, revision: Revision? = nil
    ) {
        self.environment = environment
        self.service = service
        self.name = name
        self.irreversible = irreversible
        self.tag = tag
        self.revision = revision
    }
}
