public import CommandPorts
public import Ledger
internal import LedgerText

/// Writes deployments and their states to GitHub. It finds existing deployments by their payload
/// and does not write them again, so calls are idempotent.
public struct GitHubNotifier: Sendable {
    private let api: String
    private let repository: RepositoryName
    private let token: String
    private let transport: any HTTPTransport

    /// `api` is the address of the REST API, as in GITHUB_API_URL.
    ///
    /// Throws `Refusal` if the token would be sent over a network without encryption.
    public init(
        api: String, repository: RepositoryName, token: String, transport: any HTTPTransport
    ) throws(Refusal) {
        let isNear = api.wholeMatch(of: #/http://(127\.0\.0\.1|localhost):[0-9]+(/.*)?/#) != nil
        guard api.begins(with: "https://") || isNear else {
            throw Refusal(
                .invalid, "\(api) is not a safe address for a token",
                cause: "without TLS, anyone on the network path could read the token",
                hint: "use an address that begins with https://")
        }
        guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Refusal(
                .invalid, "the GitHub token is malformed",
                cause: "it contains white space or characters that are not printable ASCII",
                hint: "put only the token into its file")
        }
        self.api = api.ends(with: "/") ? String(api.dropLast()) : api
        self.repository = repository
        self.token = token
        self.transport = transport
    }

    /// Maximum number of deployments of an environment that are searched for an earlier notice.
    static let lookedThrough = 100

    /// Reports the notice; returns whether it wrote anything. Throws `HTTPSilence` if GitHub fails.
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
                    // The ledger's policy has already decided; GitHub's own checks would refuse a
                    // revert.
                    "required_contexts": [], "payload": ["ledger": .string(notice.key)],
                ])
        }
        guard let id = deployment["id"]?.integer else {
            throw HTTPSilence("\(api) did not create a deployment: \(Self.words(deployment))")
        }
        let statuses = "\(deployments)/\(id)/statuses"
        if before != nil {
            // A later deployment sets the state "inactive". That is no reason to report the same
            // state again.
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

    /// GitHub returns a payload as an object, or as the text that was sent.
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
                401: "GitHub does not accept the token",
                403: "the token requires the permission deployments: write",
                404: "the repository does not exist, or the token cannot read it",
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
