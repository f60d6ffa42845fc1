internal import Crypto
internal import Ledger

/// Reads one repository of a registry (OCI Distribution Specification 1.1), with whatever proof of
/// identity it asks for.
struct RegistryReader {
    let image: ImageName
    /// Whether plain HTTP is good enough: the playbook names the registry.
    let isInsecure: Bool
    let transport: any RegistryTransport
    private var authorization: RegistryRequest.Authorization?

    init(_ image: ImageName, isInsecure: Bool, _ transport: any RegistryTransport) {
        self.image = image
        self.isInsecure = isInsecure
        self.transport = transport
    }

    private func address(_ kind: String, _ reference: String) -> String {
        "\(isInsecure ? "http" : "https")://\(image.registry)/v2/\(image.repository)/\(kind)/\(reference)"
    }

    /// The manifest's bytes and digest, by tag or digest; `nil` if the registry has none. Throws
    /// `RegistrySilence`.
    mutating func manifest(_ reference: String) async throws -> (bytes: [UInt8], digest: String)? {
        let request = RegistryRequest(
            .get, address("manifests", reference), accept: Manifest.types)
        let response = try await send(request)
        if response.status == 404 { return nil }
        guard response.status == 200 else { throw Self.odd(response, request) }
        // Hashed here: what a registry says of itself is not what it sends.
        let hash = Hex.encode(SHA256.hash(data: response.body))
        return (response.body, "sha256:\(hash)")
    }

    /// Whether a part of an image is there. Throws `RegistrySilence`.
    mutating func hasBlob(_ digest: String) async throws -> Bool {
        let request = RegistryRequest(.head, address("blobs", digest))
        let response = try await send(request)
        // One that sends elsewhere for the bytes has them.
        if response.status == 200 || (300..<400).contains(response.status) { return true }
        if response.status == 404 { return false }
        throw Self.odd(response, request)
    }

    private mutating func send(_ request: RegistryRequest) async throws -> RegistryResponse {
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

    /// What answers a challenge (RFC 9110, section 11.6.1; Distribution, token authentication).
    private func identity(
        for challenge: String
    ) async throws -> RegistryRequest.Authorization {
        let login = try await transport.login(for: image.loginName)
        let scheme = challenge.prefix { $0 != " " }.lowercased()
        if scheme == "basic" {
            guard case .password(let name, let secret)? = login else {
                throw RegistrySilence("it wants a password, and none is kept for \(image.registry)")
            }
            return .basic(name: name, secret: secret)
        }
        let members = Self.parameters(challenge)
        guard scheme == "bearer", let realm = members["realm"] else {
            throw RegistrySilence("it wants a proof of identity that is not known here: \(scheme)")
        }
        let isOwn = isInsecure && realm.hasPrefix("http://\(image.registry)/")
        guard realm.hasPrefix("https://") || isOwn else {
            throw RegistrySilence("it wants the password to be sent in the clear, to \(realm)")
        }
        let scope = members["scope"] ?? "repository:\(image.repository):pull"
        var request = RegistryRequest(.get, realm)
        let asked = [("service", members["service"]), ("scope", scope)].compactMap { name, value in
            value.map { "\(name)=\(Self.escaped($0))" }
        }
        switch login {
        case .token(let token):
            request.method = .post
            request.form =
                (["grant_type=refresh_token", "client_id=ledger"] + asked
                + ["refresh_token=\(Self.escaped(token))"]).joined(separator: "&")
        case .password(let name, let secret):
            request.authorization = .basic(name: name, secret: secret)
            fallthrough
        case nil:
            request.address += (realm.contains("?") ? "&" : "?") + asked.joined(separator: "&")
        }
        let response = try await transport.send(request)
        let answer = try? JSONValue(parsing: response.body)
        let token = answer?["token"]?.string ?? answer?["access_token"]?.string
        guard response.status == 200, let token else {
            throw RegistrySilence("\(realm) gave no token (HTTP \(response.status))")
        }
        return .bearer(token)
    }

    /// The parameters of a challenge: `realm="…",service="…"`.
    static func parameters(_ challenge: String) -> [String: String] {
        var members: [String: String] = [:]
        var rest = challenge.drop { $0 != " " }
        while let equals = rest.firstIndex(of: "=") {
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

    /// A value of a query (RFC 3986, unreserved characters stay).
    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-._~".utf8.contains(byte)
            return isPlain
                ? String(UnicodeScalar(byte)) : "%" + Hex.encode([byte]).uppercased()
        }.joined()
    }

    private static func odd(
        _ response: RegistryResponse, _ request: RegistryRequest
    ) -> RegistrySilence {
        let words = [
            401: "who you are is not enough for it", 403: "it does not let you",
            429: "it was asked too often",
        ]
        let why = words[response.status].map { ": \($0)" } ?? ""
        return RegistrySilence("\(request.address) answered HTTP \(response.status)\(why)")
    }
}
