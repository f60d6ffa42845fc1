internal import CommandPorts
internal import Crypto
internal import Ledger
internal import LedgerText

/// Reads one repository of a registry (OCI Distribution Specification 1.1), with the authentication
/// that the registry requires.
package struct RegistryReader {
    let image: ImageName
    /// Whether plain HTTP is allowed: the playbook names the registry.
    let isInsecure: Bool
    let transport: any RegistryTransport
    private var authorization: HTTPRequest.Authorization?

    init(_ image: ImageName, isInsecure: Bool, _ transport: any RegistryTransport) {
        self.image = image
        self.isInsecure = isInsecure
        self.transport = transport
    }

    private func address(_ kind: String, _ reference: String) -> String {
        "\(root)/v2/\(image.repository)/\(kind)/\(reference)"
    }

    private var root: String { "\(isInsecure ? "http" : "https")://\(image.registry)" }

    /// The manifest's bytes and digest, by tag or digest; `nil` if the registry does not have it.
    /// Throws `HTTPSilence`.
    mutating func manifest(_ reference: String) async throws -> (bytes: [UInt8], digest: String)? {
        let request = HTTPRequest(
            .get, address("manifests", reference), accept: Manifest.types)
        let response = try await send(request)
        if response.status == 404 { return nil }
        guard response.status == 200 else { throw Self.odd(response, request) }
        // Hashed here: the registry's own statement of the digest is not trusted.
        let hash = Hex.encode(SHA256.hash(data: response.body))
        return (response.body, "sha256:\(hash)")
    }

    /// Whether a part of an image exists. Throws `HTTPSilence`.
    mutating func hasBlob(_ digest: String) async throws -> Bool {
        let request = HTTPRequest(.head, address("blobs", digest))
        let response = try await send(request)
        // A registry that redirects to the bytes has them.
        if response.status == 200 || (300..<400).contains(response.status) { return true }
        if response.status == 404 { return false }
        throw Self.odd(response, request)
    }

    /// The maximum number of pages of tags: a circular link must not loop forever.
    private static let pages = 1_000

    /// All tags of the repository ("Listing Tags"). Throws `HTTPSilence`.
    mutating func tags() async throws -> [String] {
        var address = address("tags", "list?n=1000")
        var tags: [String] = []
        for _ in 0..<Self.pages {
            let request = HTTPRequest(.get, address, accept: ["application/json"])
            let response = try await send(request)
            guard response.status == 200,
                let answer = try? JSONValue(parsing: response.body)
            else { throw Self.odd(response, request) }
            tags += (answer["tags"]?.array ?? []).compactMap(\.string)
            // `</v2/shop/web/tags/list?last=b&n=2>; rel="next"` (RFC 8288).
            guard let link = response.headers["link"], link.holds("rel=\"next\""),
                let start = link.first(byte: "<"), let end = link.first(byte: ">"),
                start < end
            else { return tags }
            let next = link[link.index(after: start)..<end]
            // Only the path is used: credentials must not go to another host.
            guard let path = next.place(of: "/v2/") else { return tags }
            address = root + next[path.lowerBound...]
        }
        return tags
    }

    private mutating func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        request.authorization = authorization
        let response = try await transport.send(request)
        guard response.status == 401, authorization == nil,
            let challenge = response.headers["www-authenticate"]
        else { return response }
        authorization = try await identity(for: challenge)
        request.authorization = authorization
        return try await transport.send(request)
    }

    // MARK: Identity

    /// The answer to a challenge (RFC 9110, section 11.6.1; Distribution, token authentication).
    private func identity(
        for challenge: String
    ) async throws -> HTTPRequest.Authorization {
        let login = try await transport.login(for: image.loginName)
        let scheme = challenge.prefix { $0 != " " }.lowercased()
        if scheme == "basic" {
            guard case .password(let name, let secret)? = login else {
                throw HTTPSilence("it requires a password; none is stored for \(image.registry)")
            }
            return .basic(name: name, secret: secret)
        }
        let members = Self.parameters(challenge)
        guard scheme == "bearer", let realm = members["realm"] else {
            throw HTTPSilence("it requires an unsupported authentication scheme: \(scheme)")
        }
        let isOwn = isInsecure && realm.begins(with: "http://\(image.registry)/")
        guard realm.begins(with: "https://") || isOwn else {
            throw HTTPSilence("it requires the password without encryption, to \(realm)")
        }
        let scope = members["scope"] ?? "repository:\(image.repository):pull"
        var request = HTTPRequest(.get, realm)
        let asked = [("service", members["service"]), ("scope", scope)].compactMap { name, value in
            value.map { "\(name)=\(Percent.encoded($0))" }
        }
        switch login {
        case .token(let token):
            request.method = .post
            request.body = .form(
                (["grant_type=refresh_token", "client_id=ledger"] + asked
                    + ["refresh_token=\(Percent.encoded(token))"]).joined(separator: "&"))
        case .password(let name, let secret):
            request.authorization = .basic(name: name, secret: secret)
            fallthrough
        case nil:
            request.address += (realm.holds("?") ? "&" : "?") + asked.joined(separator: "&")
        }
        let response = try await transport.send(request)
        let answer = try? JSONValue(parsing: response.body)
        let token = answer?["token"]?.string ?? answer?["access_token"]?.string
        guard response.status == 200, let token else {
            throw HTTPSilence("\(realm) gave no token (HTTP \(response.status))")
        }
        return .bearer(token)
    }

    /// The parameters of a challenge: `realm="…",service="…"`.
    package static func parameters(_ challenge: String) -> [String: String] {
        var members: [String: String] = [:]
        var rest = challenge.drop { $0 != " " }
        while let equals = rest.first(byte: "=") {
            let name = rest[..<equals].filter { !" ,".contains($0) }.lowercased()
            rest = rest[rest.index(after: equals)...]
            if rest.first == "\"" {
                let value = rest.dropFirst().prefix { $0 != "\"" }
                members[name] = String(value)
                rest = rest.dropFirst(value.count + 2)
            } else {
                let value = rest.prefix { $0 != "," }
                members[name] = String(value)
                rest = rest.dropFirst(value.count)
            }
        }
        return members
    }

    private static func odd(
        _ response: HTTPResponse, _ request: HTTPRequest
    ) -> HTTPSilence {
        let words = [
            401: "the credentials are not sufficient", 403: "access is denied",
            429: "too many requests",
        ]
        let why = words[response.status].map { ": \($0)" } ?? ""
        return HTTPSilence("\(request.address) answered HTTP \(response.status)\(why)")
    }
}
