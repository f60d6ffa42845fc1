public import Ledger
internal import LedgerText

/// The pipeline job that this process runs in, from its environment variables: GitHub Actions
/// (docs.github.com, "Variables reference") or GitLab CI (docs.gitlab.com, "Predefined CI/CD
/// variables reference").
public struct PipelineJob: Hashable, Sendable {
    /// The source name of the facts: `github-actions`, `gitlab-ci`.
    public let sender: String
    public let repository: RepositoryName
    public let revision: Revision?
    public let branch: String?
    public let tag: ReleaseTag?
    /// The commit of the branch before the push, if the event names it.
    public let before: Revision?
    /// The number of commits in the push, if the event reports it.
    public let commits: Int?
    public let url: String?
    /// The author and the message of the commit, if the event or the variables have them.
    public let author: String?
    public let message: String?
    /// The workflow, or the trigger of the pipeline: two workflows may have checks with the same
    /// name.
    public let workflow: String?
    private let isOfPush: Bool
    /// The run, its attempt and the job. A re-run has another id; a retried command in the same job
    /// has the same id.
    public let id: String

    /// `nil` outside a pipeline, or if the pipeline does not name its repository. `payload` is the
    /// event that triggered the run (GITHUB_EVENT_PATH).
    public init?(variables: [String: String], payload: JSONValue? = nil) {
        func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        if value("GITHUB_ACTIONS") == "true" {
            self.init(gitHub: value, payload)
        } else if value("GITLAB_CI") == "true" {
            self.init(gitLab: value)
        } else {
            return nil
        }
    }

    private init?(gitHub value: (String) -> String?, _ payload: JSONValue?) {
        guard let name = value("GITHUB_REPOSITORY").flatMap(RepositoryName.init(rawValue:)),
            let run = value("GITHUB_RUN_ID")
        else { return nil }
        sender = "github-actions"
        repository = name
        // For a pull request, GITHUB_SHA is a trial merge that is on no branch. For `workflow_run`,
        // it is the head of the default branch.
        let former = payload?["workflow_run"]
        revision =
            Self.revision(former?["head_sha"]?.string)
            ?? Self.revision(payload?["pull_request"]?["head"]?["sha"]?.string)
            ?? Self.revision(value("GITHUB_SHA"))
        workflow = value("GITHUB_WORKFLOW")
        let isTag = former == nil && value("GITHUB_REF_TYPE") == "tag"
        tag = isTag ? value("GITHUB_REF_NAME").flatMap(ReleaseTag.init(rawValue:)) : nil
        branch =
            isTag
            ? nil
            : former?["head_branch"]?.string ?? value("GITHUB_HEAD_REF")
                ?? value("GITHUB_REF_NAME")
        before = Self.revision(payload?["before"]?.string)
        isOfPush = value("GITHUB_EVENT_NAME") == "push"
        let pushed = payload?["commits"]?.array?.count ?? 0
        commits = pushed > 0 ? pushed : nil
        // For `workflow_run`, the event has the commit of the first workflow.
        let commit = former?["head_commit"] ?? payload?["head_commit"]
        author = commit?["author"]?["name"]?.string.map { Author.told($0).name }
        message = commit?["message"]?.string
        url = value("GITHUB_SERVER_URL").map { "\($0)/\(name)/actions/runs/\(run)" }
        id =
            "\(name) run \(run) attempt \(value("GITHUB_RUN_ATTEMPT") ?? "1") job "
            + (value("GITHUB_JOB") ?? "")
    }

    private init?(gitLab value: (String) -> String?) {
        guard let name = value("CI_PROJECT_PATH").flatMap(RepositoryName.init(rawValue:)),
            let job = value("CI_JOB_ID")
        else { return nil }
        sender = "gitlab-ci"
        repository = name
        // For a merged result, CI_COMMIT_SHA is a trial merge.
        let isTrial = ["merged_result", "merge_train"].contains(
            value("CI_MERGE_REQUEST_EVENT_TYPE") ?? "")
        revision =
            (isTrial ? Self.revision(value("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")) : nil)
            ?? Self.revision(value("CI_COMMIT_SHA"))
        // A job that is run again keeps its name; jobs of a matrix have different names.
        workflow = [value("CI_PIPELINE_SOURCE"), value("CI_JOB_NAME")].compactMap(\.self)
            .joined(separator: " ")
        tag = value("CI_COMMIT_TAG").flatMap(ReleaseTag.init(rawValue:))
        branch = value("CI_COMMIT_BRANCH") ?? value("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME")
        before = Self.revision(value("CI_COMMIT_BEFORE_SHA"))
        isOfPush = value("CI_PIPELINE_SOURCE") == "push"
        commits = nil
        // `NAME <ADDRESS>`
        let writer = value("CI_COMMIT_AUTHOR")?.parts(separator: "<").first?.trimmed
        author = isTrial ? nil : writer.map { Author.told($0).name }
        message = isTrial ? nil : value("CI_COMMIT_MESSAGE")
        url = value("CI_JOB_URL")
        // A job that is run again has another number.
        id = "\(name) pipeline \(value("CI_PIPELINE_ID") ?? "") job \(job)"
    }

    /// A commit; `nil` for all zeros, which mean "no commit".
    private static func revision(_ text: String?) -> Revision? {
        text.flatMap { $0.allSatisfy { $0 == "0" } ? nil : Revision(rawValue: $0) }
    }

    /// The event kind of the push that triggered this run; `nil` for other triggers.
    public var pushKind: EventKind? {
        isOfPush ? (tag == nil ? .repoPushed : .refCreated) : nil
    }

    /// Completes the fields of a fact from the job; given fields take precedence.
    public func completing(_ said: [String: JSONValue], of kind: EventKind) -> [String: JSONValue] {
        var known: [String: JSONValue] = ["repository": .string(repository.rawValue)]
        known["url"] = url.map { .string($0) }
        known["workflow"] = workflow.map { .string($0) }
        let service = repository.rawValue.parts(separator: "/").last?.lowercased()
        known["service"] = service.flatMap(ServiceName.init(rawValue:)).map { .string($0.rawValue) }
        if Self.isAboutTheCommit(kind) || !Self.namesARelease(said) {
            known["revision"] = revision.map { .string($0.rawValue) }
            known["tag"] = tag.map { .string($0.rawValue) }
            known["branch"] = branch.map { .string($0) }
            known["before"] = before.map { .string($0.rawValue) }
            if kind == .repoPushed {
                known["commits"] = commits.map { JSONValue($0) }
                known["author"] = author.map { .string($0) }
                known["message"] = message.map { .string($0) }
            }
        }
        // A push belongs to the repository, which may build several services.
        if [.repoPushed, .refCreated, .refDeleted].contains(kind) { known["service"] = nil }
        if kind == .refCreated, tag != nil { known["branch"] = nil }
        var fields = said
        let names = Set(kind.fields.map(\.name))
        for (name, value) in known where names.contains(name) && fields[name] == nil {
            fields[name] = value
        }
        // The values of `job.status` and CI_JOB_STATUS.
        let words = ["success": "succeeded", "failure": "failed", "canceled": "cancelled"]
        if let word = fields["outcome"]?.string, let ours = words[word] {
            fields["outcome"] = .string(ours)
        }
        return fields
    }

    /// The permanent name of a fact from the job; different facts have different names. Jobs of a
    /// matrix share a name, and their outcomes may differ.
    public func source(of kind: EventKind, _ fields: [String: JSONValue]) -> Source {
        let content = ContentHash(of: Array(Canonical.text(.object(fields)).utf8))
        return Source(name: sender, id: "\(id) \(kind.rawValue) \(content)")
    }

    private static func namesARelease(_ fields: [String: JSONValue]) -> Bool {
        ["tag", "digest", "revision"].contains { fields[$0] != nil }
    }

    /// Facts of these kinds are about the job's own commit; a deploy may be of any commit.
    private static func isAboutTheCommit(_ kind: EventKind) -> Bool {
        [
            .repoPushed, .refCreated, .refDeleted, .checkFinished, .buildStarted, .buildFinished,
            .imagePushed, .imageTagged, .releasePublished, .guardChecked,
        ].contains(kind)
    }
}
