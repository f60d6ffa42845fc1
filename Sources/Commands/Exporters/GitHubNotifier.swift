public import CommandPorts
public import Ledger
internal import LedgerText

/// Writes deployments and their states back to GitHub. What is there already is found by the
/// payload and not written again, so that the same may be told twice.
public struct GitHubNotifier: Sendable {
    private let api: String
    private let repository: RepositoryName
    private let token: String
    private let transport: any HTTPTransport

    /// `api` is the address of the REST interface, as in GITHUB_API_URL.
    ///
    /// Throws `Refusal` if the token would be sent in the clear over a network.
    public init(
        api: String, repository: RepositoryName, token: String, transport: any HTTPTransport
    ) throws(Refusal) {
        let isNear = api.wholeMatch(of: #/http://(127\.0\.0\.1|localhost):[0-9]+(/.*)?/#) != nil
        guard api.begins(with: "https://") || isNear else {
            throw Refusal(
                .invalid, "\(api) is no address to which a token may be sent",
                cause: "without TLS everybody on the way could read it", hint: "https://…")
        }
        guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Refusal(
                .invalid, "the token is none",
                cause: "it holds blanks, or characters that none has",
                hint: "its file has the token alone")
        }
        self.api = api.ends(with: "/") ? String(api.dropLast()) : api
        self.repository = repository
        self.token = token
        self.transport = transport
    }

    /// Deployments of an environment that are looked through for one that was told before.
    static let lookedThrough = 100

    /// Whether anything had to be written. Throws `HTTPSilence` if GitHub does not do it.
    public func tell(_ notice: GitHubNotice) async throws -> Bool {
        let deployments = "repos/\(repository)/deployments"
        let name = Percent.encoded(notice.environment.rawValue)
        let known = try await ask(
            .get, "\(deployments)?environment=\(name)&per_page=\(Self.lookedThrough)")
        let before = known.array?.first { Self.key(of: $0) == notice.key }
        let deployment: JSONValue
        if let before {
            deployment = before
        } else {
            deployment = try await ask(
                .post, deployments,
                [
                    "ref": .string(notice.reference), "task": .string(notice.task),
                    "environment": .string(notice.environment.rawValue),
                    "description": .string(notice.description), "auto_merge": false,
                    // The policy has judged already; GitHub's own checks would refuse a revert.
                    "required_contexts": [], "payload": ["ledger": .string(notice.key)],
                ])
        }
        guard let id = deployment["id"]?.integer else {
            throw HTTPSilence("\(api) made no deployment: \(Self.words(deployment))")
        }
        let statuses = "\(deployments)/\(id)/statuses"
        if before != nil {
            // A later deployment makes it inactive: what was told once is not told again for that.
            let told = try await ask(.get, "\(statuses)?per_page=\(Self.lookedThrough)")
            let states = told.array?.compactMap { $0["state"]?.string } ?? []
            if states.first(where: { $0 != "inactive" }) == notice.state.rawValue { return false }
        }
        var status: [String: JSONValue] = [
            "state": .string(notice.state.rawValue),
            "description": .string(notice.description),
            "environment": .string(notice.environment.rawValue), "auto_inactive": true,
        ]
        status["log_url"] = notice.url.map { .string($0) }
        _ = try await ask(.post, statuses, .object(status))
        return true
    }

    /// A payload comes back as an object, or as the text that was sent.
    private static func key(of deployment: JSONValue) -> String? {
        let payload = deployment["payload"]
        let value = payload?.string.flatMap { try? JSONValue(parsing: $0) } ?? payload
        return value?["ledger"]?.string
    }

    private func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil
    ) async throws -> JSONValue {
        let request = HTTPRequest(
            method, "\(api)/\(path)", authorization: .bearer(token),
            accept: ["application/vnd.github+json"], body: body.map { .json(Canonical.text($0)) })
        let response = try await transport.send(request)
        let answer = (try? JSONValue(parsing: response.body)) ?? .null
        guard response.status == (method == .post ? 201 : 200) else {
            let hints = [
                401: "the token is not known there",
                403: "the token may not do it: it needs deployments: write",
                404: "there is no such repository, or the token may not see it",
                422: "GitHub does not know the commit or tag",
            ]
            let hint = hints[response.status].map { ": \($0)" } ?? ""
            throw HTTPSilence(
                "\(method.rawValue) \(request.address) answered HTTP \(response.status)\(hint) "
                    + "(\(Self.words(answer)))")
        }
        return answer
    }

    private static func words(_ answer: JSONValue) -> String {
        answer["message"]?.string.map { String($0.prefix(200)) } ?? "no message"
    }
}
