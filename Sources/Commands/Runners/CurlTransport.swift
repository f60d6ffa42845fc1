public import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerText
internal import Subprocess
internal import SystemPackage

/// Sends requests with the system's curl: it uses curl's proxies and certificates, without a
/// `.curlrc`.
public struct CurlTransport: RegistryTransport {
    private let logins: RegistryLogins

    public init(variables: [String: String]) { logins = RegistryLogins(variables: variables) }

    /// Timeouts in seconds of a connection and of a whole response.
    private static let connectSeconds = 5
    private static let seconds = 20
    /// Maximum number of bytes of a response: registries refuse manifests larger than 4 MiB.
    private static let limit = 5 << 20

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        do {
            let result = try await Subprocess.run(
                .name("curl"), arguments: Arguments(Self.arguments(request)),
                input: .fileDescriptor(
                    try InputFile.open(try Self.settings(request)),
                    closeAfterSpawningProcess: true), output: .bytes(limit: Self.limit),
                error: .string(limit: 64 << 10))
            guard result.terminationStatus.isSuccess else {
                let said = result.standardError.fullLines.last
                throw HTTPSilence(said.map(String.init) ?? "curl printed no response")
            }
            guard let response = Self.read(result.standardOutput) else {
                throw HTTPSilence("\(request.address) sent no valid HTTP response")
            }
            return response
        } catch let error as SubprocessError {
            throw HTTPSilence("cannot run curl: \(error)")
        }
    }

    /// The command line: other users of the machine can see it.
    static func arguments(_ request: HTTPRequest) -> [String] {
        let method =
            request.method == .head
            ? ["--head"]
            : request.followsRedirections ? ["--location", "--max-redirs", "3"] : []
        let protocols = request.address.begins(with: "https:") ? "=https" : "=http,https"
        return [
            "--disable", "--globoff", "--silent", "--show-error", "--include", "--connect-timeout",
            String(connectSeconds), "--max-time", String(seconds), "--proto", protocols,
        ] + method + request.accept.flatMap { ["--header", "Accept: \($0)"] }
            + ["--config", "-", "--", request.address]
    }

    /// Secret settings, which curl reads from standard input (curl(1), `--config`). Only this
    /// function writes such a configuration: each value is one line, whatever its bytes.
    ///
    /// Throws `HTTPSilence` for a value that would become several headers or that curl cannot read.
    /// A server that issues such a token is not trustworthy.
    static func settings(_ request: HTTPRequest) throws(HTTPSilence) -> [UInt8] {
        var lines: [(name: String, value: String)] = []
        switch request.authorization {
        case .basic(let name, let secret): lines.append(("user", "\(name):\(secret)"))
        case .bearer(let token): lines.append(("header", "Authorization: Bearer \(token)"))
        case nil: break
        }
        for (_, value) in lines where value.utf8.contains(where: ASCII.isControl) {
            throw HTTPSilence("the credentials contain a control character; no request was sent")
        }
        switch request.body {
        case .form(let text): lines.append(("data-raw", text))
        case .json(let text):
            lines.append(("header", "Content-Type: application/json"))
            lines.append(("data-raw", text))
        case nil: break
        }
        var settings: [UInt8] = []
        for (name, value) in lines {
            guard let quoted = Quote.curlValue(value) else {
                throw HTTPSilence("the request contains a NUL byte; it was not sent")
            }
            settings += "\(name) = \(quoted)\n".utf8
        }
        return settings
    }

    /// The last response in the output: responses of redirections and proxies come before it.
    static func read(_ bytes: [UInt8]) -> HTTPResponse? {
        var rest = bytes[...]
        var response: HTTPResponse?
        while rest.starts(with: Array("HTTP/".utf8)) {
            guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { break }
            let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
                .parts(separator: "\r\n")
            let words = lines.first?.parts(separator: " ") ?? []
            guard words.count > 1, let status = Int(words[1]) else { return nil }
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                guard let colon = line.first(byte: ":") else { continue }
                headers[line[..<colon].lowercased()] =
                    line[line.index(after: colon)...]
                    .trimmed
            }
            rest = rest[end.upperBound...]
            response = HTTPResponse(status: status, headers: headers)
        }
        response?.body = Array(rest)
        return response
    }

    public func login(for name: String) async throws -> RegistryLogin? {
        try await logins.login(for: name)
    }
}
