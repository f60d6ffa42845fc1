import CommandEngine
import CommandExporters
import CommandPorts
import Ledger
import Projections
import Support
import Synchronization
import Testing

/// GitHub's deployments of one repository, as far as they are written to.
private final class ScriptedGitHub: HTTPTransport {
    struct State {
        var deployments: [JSONValue] = []
        var statuses: [Int: [JSONValue]] = [:]
        var asked: [HTTPRequest] = []
        /// What every question is answered with, if not as it should be.
        var fault: HTTPResponse?
    }
    let state = Mutex(State())

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        state.withLock { state in
            state.asked.append(request)
            if let fault = state.fault { return fault }
            let parts = request.address.split(separator: "?")[0].split(separator: "/")
            var body = JSONValue.null
            if case .json(let text)? = request.body {
                body = (try? JSONValue(parsing: text)) ?? .null
            }
            let id = parts.last == "statuses" ? Int(parts[parts.count - 2]) : nil
            let answer: JSONValue
            switch (request.method, id) {
            case (.post, nil):
                var members = body.object ?? [:]
                members["id"] = JSONValue(state.deployments.count + 1)
                answer = .object(members)
                state.deployments.insert(answer, at: 0)
            case (.post, let id?):
                state.statuses[id, default: []].insert(body, at: 0)
                answer = body
            case (_, nil): answer = .array(state.deployments)
            case (_, let id?): answer = .array(state.statuses[id] ?? [])
            }
            return HTTPResponse(
                status: request.method == .post ? 201 : 200,
                body: Array(Canonical.text(answer).utf8))
        }
    }
}

/// What GitHub is told of deploys.
struct NotifyTests {
    private let github = ScriptedGitHub()

    private func notifier(_ api: String = "https://api.example") throws -> GitHubNotifier {
        try GitHubNotifier(
            api: api, repository: RepositoryName("acme/shop"), token: "t0ken", transport: github)
    }

    private func notices(_ facts: [Fact]) async throws -> [GitHubNotice] {
        let recorder = memoryRecorder()
        let run = recorder.surroundings.newID()
        var entries: [Entry] = []
        for (index, fact) in facts.enumerated() {
            let draft = try Draft(
                kind: fact.kind, fields: fact.fields, id: recorder.surroundings.newID(),
                time: Fixed.start, recorded: Fixed.start, by: Author(name: "alice"),
                correlation: run)
            entries.append(
                Entry(sequence: index + 1, stream: .general, position: index + 1, draft: draft))
        }
        return GitHubNotice.notices(of: entries)
    }

    private func failed(_ release: Release) -> Fact {
        Fact(
            .deployFailed(
                RunFailed(
                    environment: Sample.production, reason: "it did not become healthy",
                    service: release.service, tag: release.tag, revision: release.revision)))
    }

    @Test func theLastWordOfARunCounts() async throws {
        let release = Sample.release(3)
        let notices = try await notices([failed(release), Sample.deployed(release)])
        #expect(notices.count == 1)
        #expect(notices.first?.state == .success && notices.first?.task == "deploy")
        #expect(notices.first?.reference == release.revision?.rawValue)
        #expect(notices.first?.description == "web v0.3.0, seen running (entry 2)")
    }

    @Test func aFailureSaysWhy() async throws {
        let notice = try #require(try await notices([failed(Sample.release(3))]).first)
        #expect(notice.state == .failure)
        #expect(notice.description.contains("it did not become healthy"))
    }

    @Test func aReleaseWithoutCommitOrTagIsNotTold() async throws {
        var release = Sample.release(3)
        (release.tag, release.revision) = (nil, nil)
        #expect(try await notices([Sample.deployed(release)]).isEmpty)
    }

    @Test func whatWasToldIsNotToldAgain() async throws {
        let notice = try #require(
            try await notices([Sample.deployed(Sample.release(3))]).first)
        #expect(try await notifier().tell(notice))
        #expect(try await !notifier().tell(notice))
        let state = github.state.withLock(\.self)
        #expect(state.deployments.count == 1 && state.statuses[1]?.count == 1)
        let deployment = try #require(state.deployments.first)
        #expect(deployment["ref"] == .string(notice.reference))
        #expect(deployment["environment"] == "production" && deployment["auto_merge"] == false)
        #expect(state.statuses[1]?.first?["state"] == "success")
        #expect(state.asked.allSatisfy { $0.authorization == .bearer("t0ken") })
    }

    /// A later deployment takes its place; it is not brought back by telling it again.
    @Test func whatWasMadeInactiveStaysSo() async throws {
        let notice = try #require(
            try await notices([Sample.deployed(Sample.release(3))]).first)
        #expect(try await notifier().tell(notice))
        github.state.withLock { $0.statuses[1]?.insert(["state": "inactive"], at: 0) }
        #expect(try await !notifier().tell(notice))
    }

    /// What would be a second header is no token.
    @Test func aTokenIsOneWord() throws {
        for token in ["a b", "a\nX: 1", "ä"] {
            #expect(throws: Refusal.self) {
                try GitHubNotifier(
                    api: "https://api.example", repository: RepositoryName("acme/shop"),
                    token: token, transport: github)
            }
        }
    }

    /// A run that went on is another state of the same deployment.
    @Test func whatGoesOnIsTheSameDeployment() async throws {
        let release = Sample.release(3)
        let before = try #require(try await notices([failed(release)]).first)
        let after = try #require(
            try await notices([failed(release), Sample.deployed(release)]).first)
        #expect(before.key == after.key)
        _ = try await notifier().tell(before)
        #expect(try await notifier().tell(after))
        let state = github.state.withLock(\.self)
        #expect(state.deployments.count == 1)
        #expect(state.statuses[1]?.compactMap { $0["state"]?.string } == ["success", "failure"])
    }

    @Test(arguments: [
        (401, "does not accept the token"), (403, "deployments: write"), (404, "cannot read it"),
        (422, "does not know the commit"), (500, "HTTP 500"),
    ])
    func whatGitHubDoesNotDoIsSaid(status: Int, words: String) async throws {
        let notice = try #require(
            try await notices([Sample.deployed(Sample.release(3))]).first)
        github.state.withLock {
            $0.fault = HTTPResponse(status: status, body: Array(#"{"message":"no"}"#.utf8))
        }
        let notifier = try notifier()
        let silence = await #expect(throws: HTTPSilence.self) { try await notifier.tell(notice) }
        #expect(silence?.why.contains(words) == true && silence?.why.contains("t0ken") == false)
    }

    @Test func aTokenIsNotSentInTheClear() throws {
        for api in [
            "http://api.example", "http://localhost:x@evil.example", "http://localhost.evil",
        ] {
            #expect(throws: Refusal.self) { try notifier(api) }
        }
        _ = try notifier("http://127.0.0.1:8080")
    }
}
