public import Ledger
internal import LedgerText

/// Takes secrets out of whatever is about to be written down: once hashed, it cannot be changed.
///
/// It knows the values of the secrets that the playbook names, in every form in which programs
/// print them; the published forms of tokens and keys; and values behind the names of credentials
/// (`password=…`). What it takes out it replaces by `***`. It works on bytes, before anything is
/// cut: half of a secret would be recognised by nobody.
public struct SecretFilter: Sendable {
    /// Bytes of the shortest value that is looked for: shorter ones would take ordinary words out
    /// of texts.
    public static let shortestSecret = KnownValues.shortest
    private static let mark = Array("***".utf8)
    let known: KnownValues
    private let variables: [String: String]
    private let secrets: [String]

    /// A filter for the secrets of these names, and for variables whose names say that they hold
    /// one.
    public init(variables: [String: String], secrets: [String]) {
        self.variables = variables
        self.secrets = secrets
        known = KnownValues(
            variables.filter { name, value in
                (secrets.contains(name) || Self.tells(name)) && !Self.harmless.contains(value)
            }.map { Array($0.value.utf8) })
    }

    /// The filter, for these secrets too.
    public func knowing(_ names: [String]) -> SecretFilter {
        SecretFilter(variables: variables, secrets: secrets + names)
    }

    private static let harmless: Set<String> = ["false", "disabled", "enabled"]

    /// Whether the name of a variable says that it holds a secret.
    public static func tells(_ name: String) -> Bool {
        // Of most names the last letter says enough.
        if let last = name.utf8.last, last < 128, !"dDtTnNyYsSeE".utf8.contains(last) {
            return false
        }
        let upper = name.uppercased().exchanging("-", for: "_")
        return telling.contains { upper.ends(with: $0) }
    }

    private static let telling = [
        "PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "PRIVATEKEY",
        "ACCESS_KEY", "ACCESSKEY", "SECRET_KEY", "SECRETKEY", "CREDENTIALS", "PASSPHRASE",
    ]

    // MARK: Texts

    /// The text without secrets.
    public func redacted(_ text: String) -> String {
        var text = text
        let clean = text.withUTF8 { bytes -> [UInt8]? in
            let ranges = ranges(in: bytes)
            return ranges.isEmpty ? nil : Self.without(ranges, bytes)
        }
        return clean.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// Where secrets are, in order, none touching another.
    package func ranges(in bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        let values = known.ranges(in: bytes)
        let forms = SecretForms.mayBe(in: bytes) ? SecretForms.ranges(in: bytes) : []
        guard !values.isEmpty else { return forms }
        var merged: [Range<Int>] = []
        for range in (values + forms).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] =
                    last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    package static func without(
        _ ranges: [Range<Int>], _ bytes: UnsafeBufferPointer<UInt8>
    ) -> [UInt8] {
        var clean: [UInt8] = []
        clean.reserveCapacity(bytes.count)
        var at = 0
        for range in ranges {
            clean += bytes[at..<range.lowerBound]
            clean += mark
            at = range.upperBound
        }
        clean += bytes[at...]
        return clean
    }

    /// Whether the bytes hold the value of a secret that is known, or a credential that tells of
    /// itself: by its own form, in an address, or after a scheme.
    public func knowsSecret(in bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            !known.ranges(in: bytes).isEmpty
                || SecretForms.mayBe(in: bytes)
                    && !SecretForms.ranges(in: bytes, named: false).isEmpty
        }
    }

    /// Whether a command line holds a secret: in a word, or in the word after a telling flag
    /// (`--password hunter22`). No shell puts a value in its place: what stands there is meant.
    public func holdsSecret(_ command: [String]) -> Bool {
        let isInAWord = command.contains { word in
            var word = word
            return knowsSecret(in: Array(word.utf8))
                || word.withUTF8 { !SecretForms.ranges(in: $0).isEmpty }
        }
        return isInAWord
            || zip(command, command.dropFirst()).contains { flag, value in
                let name = flag.exchanging("-", for: "_")
                // What stands behind `--secret` is often a name.
                return flag.begins(with: "-")
                    && (Self.tells(name) || name.lowercased().ends(with: "requirepass"))
                    && !name.lowercased().ends(with: "secret") && value.utf8.count >= 4
                    && !"-$<{%*".utf8.contains(value.utf8.first ?? 45)
            }
    }

    // MARK: JSON

    /// All texts of a value without secrets; a member with a telling name loses its value whole.
    public func redacted(_ value: JSONValue) -> JSONValue { cleaned(value) ?? value }

    /// The value without its secrets; `nil` if it holds none, as most do.
    public func cleaned(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .null, .bool, .number: return nil
        case .string(let text):
            let clean = redacted(text)
            return clean.utf8.elementsEqual(text.utf8) ? nil : .string(clean)
        case .array(let elements):
            var clean = elements
            var isClean = true
            for (place, element) in elements.enumerated() {
                guard let one = cleaned(element) else { continue }
                clean[place] = one
                isClean = false
            }
            return isClean ? nil : .array(clean)
        case .object(let members): return cleaned(members).map { .object($0) }
        }
    }

    /// Members without secrets in their values, and in their names.
    private func cleaned(_ members: [String: JSONValue]) -> [String: JSONValue]? {
        var clean = members
        var isClean = true
        for name in members.keys.sorted() {
            guard let value = members[name] else { continue }
            if let one = Self.hidden(name, value) ?? cleaned(value) {
                clean[name] = one
                isClean = false
            }
            let other = redacted(name)
            if other.utf8.elementsEqual(name.utf8) { continue }
            // Two names may become one: a number tells them apart.
            var free = other
            var number = 2
            while clean[free] != nil {
                free = "\(other) \(number)"
                number += 1
            }
            clean[free] = clean.removeValue(forKey: name)
            isClean = false
        }
        return isClean ? nil : clean
    }

    /// What stands for the text of a member whose name tells; `nil` if nothing is to be hidden.
    private static func hidden(_ name: String, _ value: JSONValue) -> JSONValue? {
        guard case .string(let text) = value, !text.isEmpty, text != "***", tells(name),
            !Placeholders.isOne(Array(text.utf8))
        else { return nil }
        return .string("***")
    }
}
