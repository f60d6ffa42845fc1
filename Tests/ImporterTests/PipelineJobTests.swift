import CommandFiles
import CommandImporters
import Ledger
import Testing

/// What a job of a pipeline knows by itself.
struct PipelineJobTests {
    private static let commit = String(repeating: "a1", count: 20)
    private static let other = String(repeating: "b2", count: 20)

    private static func gitHub(_ more: [String: String] = [:]) -> [String: String] {
        [
            "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_RUN_ID": "99",
            "GITHUB_RUN_ATTEMPT": "1", "GITHUB_JOB": "test", "GITHUB_SHA": commit,
            "GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_SERVER_URL": "https://example.org",
        ].merging(more) { _, new in new }
    }

    private func fields(
        _ said: [String: JSONValue], _ kind: EventKind, _ variables: [String: String] = gitHub(),
        payload: JSONValue? = nil
    ) throws -> JSONValue {
        let job = try #require(PipelineJob(variables: variables, payload: payload))
        return .object(job.completing(said, of: kind))
    }

    @Test func aCheckNeedsOnlyItsNameAndOutcome() throws {
        let told = try fields(["name": "pytest", "outcome": "success"], .checkFinished)
        #expect(
            told == [
                "name": "pytest", "outcome": "succeeded", "revision": .string(Self.commit),
                "repository": "acme/shop", "service": "shop",
                "url": "https://example.org/acme/shop/actions/runs/99",
            ])
        #expect(throws: Never.self) { try Event(kind: "check.finished", fields: told) }
    }

    @Test func thePushThatBeganTheRunNeedsNothing() throws {
        let push = try fields([:], .repoPushed, payload: ["before": .string(Self.other)])
        #expect(push["branch"] == "main" && push["before"] == .string(Self.other))
        #expect(throws: Never.self) { try Event(kind: "repo.pushed", fields: push) }
        let variables = Self.gitHub(["GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1.0.0"])
        #expect(PipelineJob(variables: variables)?.pushKind == .refCreated)
        let tag = try fields([:], .refCreated, variables)
        #expect(tag["tag"] == "v1.0.0" && tag["branch"] == nil)
        #expect(throws: Never.self) { try Event(kind: "ref.created", fields: tag) }
    }

    @Test func thePushBringsItsMessageWhereTheEventHasIt() throws {
        let event: JSONValue = [
            "head_commit": ["message": "fix: retry", "author": ["name": "Dana"]]
        ]
        let push = try fields([:], .repoPushed, payload: event)
        #expect(push["message"] == "fix: retry" && push["author"] == "Dana")
        #expect(try fields(["name": "x"], .checkFinished, payload: event)["message"] == nil)
        let gitLab = [
            "GITLAB_CI": "true", "CI_PROJECT_PATH": "acme/shop", "CI_JOB_ID": "7",
            "CI_COMMIT_SHA": Self.commit, "CI_COMMIT_BRANCH": "main",
            "CI_COMMIT_AUTHOR": "Dana Li <dana@example.org>", "CI_COMMIT_MESSAGE": "fix: retry",
        ]
        let told = try fields([:], .repoPushed, gitLab)
        #expect(told["message"] == "fix: retry" && told["author"] == "Dana Li")
    }

    /// A job that is tried again gives the same verdict; of other files it gives another.
    @Test func aVerdictIsToldOnceAJob() throws {
        let job = try #require(PipelineJob(variables: Self.gitHub()))
        let one = job.source(of: .guardChecked, ["findings": 0, "files": ["Dockerfile"]])
        #expect(one == job.source(of: .guardChecked, ["findings": 0, "files": ["Dockerfile"]]))
        #expect(one != job.source(of: .guardChecked, ["findings": 0, "files": ["api/Dockerfile"]]))
    }

    /// What a button or a clock began was pushed by nobody.
    @Test(arguments: ["workflow_dispatch", "schedule", "pull_request"])
    func onlyAPushIsAPush(event: String) {
        let job = PipelineJob(variables: Self.gitHub(["GITHUB_EVENT_NAME": event]))
        #expect(job != nil && job?.pushKind == nil)
    }

    /// The jobs of a matrix have one name: what fails in one is not hidden by another.
    @Test func anotherOutcomeIsAnotherFact() throws {
        let job = try #require(PipelineJob(variables: Self.gitHub()))
        let good = job.source(of: .checkFinished, ["name": "pytest", "outcome": "succeeded"])
        #expect(good != job.source(of: .checkFinished, ["name": "pytest", "outcome": "failed"]))
    }

    /// A pull request is tested on a trial merge that no branch will ever have.
    @Test func ofAPullRequestTheHeadCounts() throws {
        let payload: JSONValue = ["pull_request": ["head": ["sha": .string(Self.other)]]]
        let told = try fields(
            ["name": "x", "outcome": "failure"], .checkFinished, payload: payload)
        #expect(told["revision"] == .string(Self.other) && told["outcome"] == "failed")
    }

    /// A deploy by hand is run on main, and may be of any release.
    @Test func aDeployOfANamedReleaseIsNotOfTheRunsCommit() throws {
        let named = try fields(["environment": "production", "tag": "v0.9.9"], .deployFinished)
        #expect(named["revision"] == nil && named["service"] == "shop")
        let unnamed = try fields(["environment": "staging"], .deployFinished)
        #expect(unnamed["revision"] == .string(Self.commit))
    }

    @Test func whatIsSaidCounts() throws {
        let told = try fields(
            ["service": "worker", "digest": .string("sha256:" + Self.commit), "tag": "edge"],
            .imageTagged)
        #expect(told["service"] == "worker" && told["tag"] == "edge")
        #expect(told["revision"] == .string(Self.commit))
    }

    @Test func aRunThatIsRunAgainIsAnotherAndARetryIsNot() throws {
        func source(_ attempt: String, name: String = "pytest") throws -> Source {
            let job = try #require(
                PipelineJob(variables: Self.gitHub(["GITHUB_RUN_ATTEMPT": attempt])))
            return job.source(of: .checkFinished, ["name": .string(name)])
        }
        #expect(try source("1") == source("1"))
        #expect(try source("1") != source("2"))
        #expect(try source("1") != source("1", name: "ruff"))
    }

    @Test func gitLabSaysItInOtherVariables() throws {
        let variables = [
            "GITLAB_CI": "true", "CI_PROJECT_PATH": "acme/shop", "CI_JOB_ID": "7",
            "CI_PIPELINE_ID": "3", "CI_COMMIT_SHA": Self.commit, "CI_COMMIT_BRANCH": "main",
            "CI_COMMIT_BEFORE_SHA": String(repeating: "0", count: 40),
            "CI_JOB_URL": "https://example.org/jobs/7",
        ]
        let push = try fields([:], .repoPushed, variables)
        #expect(push["revision"] == .string(Self.commit) && push["before"] == nil)
        let job = try #require(PipelineJob(variables: variables))
        #expect(
            job.source(of: .checkFinished, [:]).id.hasPrefix(
                "acme/shop pipeline 3 job 7 check.finished "))
    }

    @Test func outsideOfAPipelineThereIsNoJob() {
        #expect(PipelineJob(variables: ["GITHUB_SHA": Self.commit]) == nil)
        #expect(PipelineJob(variables: ["GITHUB_ACTIONS": "true"]) == nil)
    }
}
