public import Ledger

/// Takes secrets out of whatever is about to be written down: once hashed, there is no taking back.
///
/// It knows the values of the secrets that the playbook names, the forms of well-known credentials,
/// and values that stand behind a telling name (`password=…`). What it takes out it replaces by
/// `***`.
public struct Redactor: Sendable {
    /// Shorter values would take ordinary words out of texts.
    public static let shortestSecret = 6
    private let values: [String]
    private let variables: [String: String]
    private let secrets: [String]

    /// A redactor for the secrets of these names, and for variables whose names say that they hold
    /// one.
    public init(variables: [String: String], secrets: [String]) {
        self.variables = variables
        self.secrets = secrets
        values = variables.filter { name, value in
            (secrets.contains(name) || Self.tells(name))
                && value.utf8.count >= Self.shortestSecret && !Self.harmless.contains(value)
        }.values.sorted { $0.utf8.count > $1.utf8.count }
    }

    /// The same, for these secrets too.
    public func knowing(_ names: [String]) -> Redactor {
        Redactor(variables: variables, secrets: secrets + names)
    }

    private static let harmless: Set<String> = ["false", "disabled", "enabled"]

    /// Whether the name of a variable says that it holds a secret.
    static func tells(_ name: String) -> Bool {
        let upper = name.uppercased()
        let ends = [
            "PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY",
            "ACCESS_KEY", "CREDENTIALS",
        ]
        return ends.contains { upper.hasSuffix($0) }
    }

    /// The text without secrets.
    public func redacted(_ text: String) -> String {
        var text = text
        for value in values where text.contains(value) { text = text.replacing(value, with: "***") }
        guard Self.mayHold(text) else { return text }
        text = text.replacing(Self.privateKey, with: "***")
        text = text.replacing(Self.credential) { "\($0.1)***" }
        text = text.replacing(Self.inAddress) { "\($0.1)***@" }
        text = text.replacing(Self.bearer) { "\($0.1)***" }
        text = text.replacing(Self.assignment) { match in
            match.2 == "***" ? String(match.0) : "\(match.1)***"
        }
        return text
    }

    /// Whether the bytes hold the value of a secret that is known, or a well-known form of
    /// credential.
    public func knowsSecret(in bytes: [UInt8]) -> Bool {
        if values.contains(where: { bytes.firstRange(of: Array($0.utf8)) != nil }) { return true }
        let text = String(decoding: bytes, as: UTF8.self)
        return Self.mayHold(text)
            && (text.contains(Self.credential) || text.contains(Self.privateKey)
                || text.matches(of: Self.inAddress).contains { !"${<".contains($0.2.first ?? "$") }
                || text.matches(of: Self.bearer).contains { $0.2.contains(where: \.isNumber) })
    }

    /// Whether a command line holds a secret: in a word, or in the word after a telling flag
    /// (`--password hunter22`). No shell puts a value in its place: what stands there is meant.
    func holdsSecret(_ command: [String]) -> Bool {
        func isMeant(_ value: Substring) -> Bool { !"-$<{%*".contains(value.first ?? "-") }
        let isInAWord = command.contains { word in
            knowsSecret(in: Array(word.utf8))
                || Self.mayHold(word)
                    && word.matches(of: Self.assignment).contains { isMeant($0.2) }
        }
        return isInAWord
            || zip(command, command.dropFirst()).contains { flag, value in
                let name = flag.replacing("-", with: "_")
                // What stands behind `--secret` is often a name.
                return flag.hasPrefix("-") && Self.tells(name)
                    && !name.lowercased().hasSuffix("secret") && value.utf8.count >= 4
                    && isMeant(value[...])
            }
    }

    /// All texts of a value without secrets; a member with a telling name loses its value whole.
    public func redacted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null, .bool, .number: value
        case .string(let text): .string(redacted(text))
        case .array(let elements): .array(elements.map { redacted($0) })
        case .object(let members):
            .object(
                Dictionary(
                    uniqueKeysWithValues: members.map { name, value in
                        if case .string(let text) = value, !text.isEmpty, Self.tells(name) {
                            return (name, .string("***"))
                        }
                        return (name, redacted(value))
                    }))
        }
    }

    /// A quick look, for every text is looked at: most hold nothing that could be a credential.
    private static func mayHold(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            for at in bytes.indices {
                // Signs are letters in lower case: 32 apart from their capitals in ASCII.
                for sign in signs[Int(bytes[at] | 32)] where bytes.count - at >= sign.count {
                    if sign.indices.allSatisfy({ bytes[at + $0] | 32 == sign[$0] }) { return true }
                }
            }
            return false
        }
    }

    /// What the credentials below begin with or contain, by its first byte, in lower case.
    private static let signs: [[[UInt8]]] = {
        let signs = [
            "gh", "github_pat_", "glpat-", "akia", "asia", "xox", "sk-", "eyj", "private key",
            "://", "bearer ",
            "basic ", "passw", "secret", "token", "api_key", "api-key", "apikey", "access_key",
            "access-key", "accesskey",
        ]
        var table = [[[UInt8]]](repeating: [], count: 256)
        for sign in signs {
            let bytes = sign.utf8.map { $0 | 32 }
            table[Int(bytes[0])].append(bytes)
        }
        return table
    }()

    nonisolated(unsafe) private static let privateKey =
        #/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/#
    nonisolated(unsafe) private static let credential =
        #/(^|[^A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_\-]{16,}|(?:AKIA|ASIA)[A-Z0-9]{16}|xox[abposr]-[A-Za-z0-9\-]{10,}|sk-[A-Za-z0-9_\-]{20,}|eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+)/#
    nonisolated(unsafe) private static let inAddress =
        #/([A-Za-z][A-Za-z0-9+.\-]*:\/\/[^\s\/:@"]*:)([^\s\/@"]+)@/#
    nonisolated(unsafe) private static let bearer =
        #/((?:[Bb]earer|[Bb]asic) )([A-Za-z0-9._~+\/=\-]{12,})/#
    nonisolated(unsafe) private static let assignment =
        #/((?i:password|passwd|secret|token|api[_\-]?key|access[_\-]?key)["']?\s*[=:]\s*["']?)([^\s"',;&]{4,})/#
}
