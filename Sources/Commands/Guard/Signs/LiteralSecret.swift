internal import CommandFiles
internal import CommandSecrets
internal import Ledger
internal import LedgerText

/// Distinguishes a literal secret from a reference to one.
enum LiteralSecret {
    /// It knows no secret by name, so one instance is enough for all files.
    private static let filter = SecretFilter(variables: [:], secrets: [])

    /// Whether the value of a variable is a plain-text secret: its name suggests a secret or it has
    /// the form of a credential, and it does not come from elsewhere.
    static func isOne(_ name: String, _ value: String, isExample: Bool = false) -> Bool {
        let literal = DockerVariables.withoutReferences(value)
        if hasCredential(literal) { return true }
        let bare = literal.trimmingQuotes
        guard SecretFilter.tells(name) || isPassword(name), !isExample else { return false }
        return bare.contains { $0.isLetter || $0.isNumber } && !isHarmless(bare)
    }

    /// Whether a command line contains a plain-text secret.
    static func isIn(command words: [String]) -> Bool {
        filter.holdsSecret(words.map { DockerVariables.withoutReferences($0) })
    }

    /// Whether a text contains a recognizable credential.
    static func hasCredential(_ text: String) -> Bool {
        filter.knowsSecret(in: Array(text.utf8))
    }

    private static func isPassword(_ name: String) -> Bool {
        let upper = name.uppercased()
        return ["_PASS", "_PWD", "_AUTH", "SECRET_KEY", "_PASSPHRASE"].contains {
            upper.ends(with: $0)
        } || upper == "PASS"
    }

    /// Values of secret-like settings that are not secrets: booleans, files, names.
    private static func isHarmless(_ value: String) -> Bool {
        let words: Set<String> = [
            "true", "false", "yes", "no", "on", "off", "none", "null", "0", "1", "enabled",
            "disabled", "required", "optional", "basic", "bearer", "md5", "trust", "scram-sha-256",
        ]
        let said = value.lowercased()
        let isPlaceholder =
            value.begins(with: "<") || value.begins(with: "***")
            || ["dummy", "placeholder", "not-a-real", "not_a_real", "notareal"].contains {
                said.contains($0)
            }
        return words.contains(value.lowercased()) || value.begins(with: "/") || isPlaceholder
    }
}
