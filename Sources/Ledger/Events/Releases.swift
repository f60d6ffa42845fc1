/// Payloads about what comes to be: pushes, references, changes, checks, builds, images, releases.
/// `environment`, `service`, `tag`, `digest` and `revision` are the entry's subject wherever they
/// occur.

/// `repo.pushed`: the head of a branch moved to `revision`.
public struct Push: Payload {
    public var repository: RepositoryName
    public var branch: String
    public var revision: Revision
    public var before: Revision?
    /// True if the branch was rewritten: `before` is no ancestor of `revision`.
    public var forced: Bool?
    /// The first parent of the commit, where `before` is not it.
    public var parent: Revision?
    /// Its other parents, if it is a merge.
    public var merged: [Revision]?
    public var author: String?
    public var message: String?
    /// How many parents the commit has, if it is a merge (2 or more).
    public var parents: Int?
    /// How many commits the push brought; only its last is named.
    public var commits: Int?
    public var service: ServiceName?
    /// True if it was told after a later push to the branch: the branch does not stand there.
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

/// `ref.created`, `ref.deleted`: a tag or branch came, moved (`before`) or went.
public struct RefChange: Payload {
    public var repository: RepositoryName
    public var tag: ReleaseTag?
    public var branch: String?
    public var revision: Revision?
    /// Where the reference pointed before, if it was moved.
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

/// `review.submitted`: somebody's word on a change.
public struct Review: Payload {
    /// What the reviewer said.
    public enum Verdict: String, Choice {
        case approved, changesRequested, commented
        /// A word that was given before counts no more: dismissed, or taken back.
        case dismissed
    }
    public var repository: RepositoryName
    public var number: Int
    public var verdict: Verdict
    public var revision: Revision?
    public var url: String?
    /// Whose word it is, if not the author's: who dismisses a review need not have given it.
    public var reviewer: String?
    /// What the sender calls the review; a dismissal names the one that it is of.
    public var review: String?
    /// Who wrote the change, if the sender says so: their own word on it counts for nothing.
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

/// How something ended.
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
    /// The workflow, pipeline or run that it is a part of: two may have a check of one name.
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

/// `build.started`, `build.finished`: a commit was made into an image.
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

/// `image.deleted`: a registry has an image, or a tag of it, no longer.
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

/// `migration.applied`: the data's schema moved.
public struct Migration: Payload {
    public var environment: EnvironmentName
    public var service: ServiceName
    public var name: String
    /// True if nothing leads back: a revert across it needs it accepted by name.
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
