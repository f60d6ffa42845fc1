public import Commands
internal import Foundation
internal import Subprocess
internal import SystemPackage

/// Asks servers with the system's curl: its proxies and certificates, without a `.curlrc`.
public struct CurlTransport: RegistryTransport {
    private let logins: RegistryLogins

    public init(variables: [String: String]) { logins = RegistryLogins(variables: variables) }

    /// Seconds that a connection, and a whole answer, may take.
    private static let connectSeconds = 5
    private static let seconds = 20
    /// Bytes of an answer: registries refuse manifests beyond 4 MiB.
    private static let limit = 5 << 20

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        do {
            let result = try await Subprocess.run(
                .name("curl"), arguments: Arguments(Self.arguments(request)),
                input: .fileDescriptor(
                    try InputFile.open(Array(Self.settings(request).utf8)),
                    closeAfterSpawningProcess: true), output: .bytes(limit: Self.limit),
                error: .string(limit: 64 << 10))
            guard result.terminationStatus.isSuccess else {
                let said = result.standardError.split(whereSeparator: \.isNewline).last
                throw HTTPSilence(said.map(String.init) ?? "curl gave no answer")
            }
            guard let response = Self.read(result.standardOutput) else {
                throw HTTPSilence("\(request.address) did not answer in HTTP")
            }
            return response
        } catch let error as SubprocessError {
            throw HTTPSilence("curl cannot be run: \(error)")
        }
    }

    /// The command line: all that everybody may see.
    static func arguments(_ request: HTTPRequest) -> [String] {
        let method = request.method == .head ? ["--head"] : ["--location", "--max-redirs", "3"]
        let protocols = request.address.hasPrefix("https:") ? "=https" : "=http,https"
        return [
            "--disable", "--silent", "--show-error", "--include", "--connect-timeout",
            String(connectSeconds), "--max-time", String(seconds), "--proto", protocols,
        ] + method + request.accept.flatMap { ["--header", "Accept: \($0)"] }
            + ["--config", "-", "--", request.address]
    }

    /// What nobody else may see comes on standard input (curl(1), `--config`).
    static func settings(_ request: HTTPRequest) -> String {
        var lines: [String] = []
        switch request.authorization {
        case .basic(let name, let secret): lines.append("user = \(quoted("\(name):\(secret)"))")
        case .bearer(let token):
            lines.append("header = \(quoted("Authorization: Bearer \(token)"))")
        case nil: break
        }
        switch request.body {
        case .form(let text): lines.append("data-raw = \(quoted(text))")
        case .json(let text):
            lines.append("header = \"Content-Type: application/json\"")
            lines.append("data-raw = \(quoted(text))")
        case nil: break
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func quoted(_ text: String) -> String {
        let inner = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n").replacing("\r", with: "\\r")
        return "\"\(inner)\""
    }

    /// The last answer in what came: redirections and proxies have theirs before it.
    static func read(_ bytes: [UInt8]) -> HTTPResponse? {
        var rest = bytes[...]
        var response: HTTPResponse?
        while rest.starts(with: Array("HTTP/".utf8)) {
            guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { break }
            let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
                .split(separator: "\r\n")
            let words = lines.first?.split(separator: " ") ?? []
            guard words.count > 1, let status = Int(words[1]) else { return nil }
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { continue }
                headers[line[..<colon].lowercased()] = line[line.index(after: colon)...]
                    .trimmingCharacters(in: .whitespaces)
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
