public import Ledger
internal import LedgerText

/// Redacts secrets in all data before it is recorded: a hashed entry cannot be changed.
///
/// It recognizes the values of the playbook's secrets in every encoding that programs print. It
/// recognizes published token and key formats, and values after credential names (`password=…`). It
/// replaces each secret with `***`. It works on bytes before any text is cut, because it cannot
/// recognize half a secret.
public struct SecretFilter: Sendable {
    /// Minimum number of bytes of a known value: shorter values would match ordinary words.
    public static let shortestSecret = KnownValues.shortest
    private static let mark = Array("***".utf8)
    let known: KnownValues
    private let variables: [String: String]
    private let secrets: [String]

    /// Creates a filter for the secrets with these names, and for variables with credential names.
    public init(variables: [String: String], secrets: [String]) {
        self.variables = variables
        self.secrets = secrets
        known = KnownValues(
            variables.filter { name, value in
                (secrets.contains(name) || Self.tells(name)) && !Self.harmless.contains(value)
            }.map { Array($0.value.utf8) })
    }

    /// Returns a filter that also covers these secrets.
    public func knowing(_ names: [String]) -> SecretFilter {
        SecretFilter(variables: variables, secrets: secrets + names)
    }

    private static let harmless: Set<String> = ["false", "disabled", "enabled"]

    /// Whether the name of a variable is a credential name.
    public static func tells(_ name: String) -> Bool {
        var name = name
        let isOne = name.withUTF8 { bytes -> Bool? in
            // For most names, the last letter excludes a credential name.
            guard let last = bytes.last else { return false }
            if last < 128, !isLast[Int(last)] { return false }
            if bytes.contains(where: { $0 >= 128 }) { return nil }
            return telling.contains { isEnd($0, of: bytes) }
        }
        if let isOne { return isOne }
        // Letters that are others in upper case: `ß`, `ſ`.
        let upper = name.uppercased().exchanging("-", for: "_")
        return telling.contains { upper.utf8.reversed().starts(with: $0.reversed()) }
    }

    /// Whether a text of ASCII characters ends with a name in upper case; `-` counts as `_`.
    private static func isEnd(_ end: [UInt8], of bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = bytes.count - end.count
        if start < 0 { return false }
        return end.indices.allSatisfy { place in
            let unit = bytes[start + place]
            let upper = (97...122).contains(unit) ? unit - 32 : unit == 45 ? 95 : unit
            return upper == end[place]
        }
    }

    private static let telling = [
        "PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "PRIVATEKEY",
        "ACCESS_KEY", "ACCESSKEY", "SECRET_KEY", "SECRETKEY", "CREDENTIALS", "PASSPHRASE",
    ].map { Array($0.utf8) }

    /// Whether a byte ends one of these names, in upper or lower case.
    private static let isLast: [Bool] = (0...255).map { (unit: UInt8) in
        telling.contains { $0.last == unit || $0.last.map { $0 + 32 } == unit }
    }

    // MARK: Texts

    /// Returns the text without secrets.
    public func redacted(_ text: String) -> String { cleaned(text) ?? text }

    /// The text without its secrets; `nil` if it contains no secrets.
    private func cleaned(_ text: String) -> String? {
        var text = text
        let clean = text.withUTF8 { bytes -> [UInt8]? in
            let ranges = ranges(in: bytes)
            if ranges.isEmpty { return nil }
            let clean = Self.without(ranges, bytes)
            // A mark in the place of a secret stays as it is.
            return clean.elementsEqual(bytes) ? nil : clean
        }
        return clean.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The ranges of secrets, in order; ranges do not touch each other.
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

    /// Whether the bytes contain a known secret or an unmistakable credential: a token format, a
    /// password in an address, or an authorization scheme.
    public func knowsSecret(in bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            !known.ranges(in: bytes).isEmpty
                || SecretForms.mayBe(in: bytes)
                    && !SecretForms.ranges(in: bytes, named: false).isEmpty
        }
    }

    /// Whether a command line contains a secret: in a word, or in the word after a credential flag
    /// (`--password hunter22`). No shell expands the words: each is literal.
    public func holdsSecret(_ command: [String]) -> Bool {
        let isInAWord = command.contains { word in
            var word = word
            return knowsSecret(in: Array(word.utf8))
                || word.withUTF8 { !SecretForms.ranges(in: $0).isEmpty }
        }
        return isInAWord
            || zip(command, command.dropFirst()).contains { flag, value in
                let name = flag.exchanging("-", for: "_")
                // The word after `--secret` is often a name.
                return flag.begins(with: "-")
                    && (Self.tells(name) || name.lowercased().ends(with: "requirepass"))
                    && !name.lowercased().ends(with: "secret") && value.utf8.count >= 4
                    && !"-$<{%*".utf8.contains(value.utf8.first ?? 45)
            }
    }

    // MARK: JSON

    /// Redacts all texts of a value; a member with a credential name loses its whole value.
    public func redacted(_ value: JSONValue) -> JSONValue { cleaned(value) ?? value }

    /// The value without its secrets; `nil` if it contains no secrets, which is the usual case.
    public func cleaned(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .null, .bool, .number: return nil
        case .string(let text):
            return cleaned(text).map { .string($0) }
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

    /// Redacts the values and the names of members.
    private func cleaned(_ members: [String: JSONValue]) -> [String: JSONValue]? {
        var clean = members
        var isClean = true
        for name in members.keys.sorted() {
            guard let value = members[name] else { continue }
            if let one = Self.hidden(name, value) ?? cleaned(value) {
                clean[name] = one
                isClean = false
            }
            guard let other = cleaned(name) else { continue }
            // Two redacted names may be equal: a number distinguishes them.
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

    /// The replacement for the text of a member with a credential name; `nil` if the text is not a
    /// secret.
    private static func hidden(_ name: String, _ value: JSONValue) -> JSONValue? {
        guard case .string(let text) = value, !text.isEmpty, text != "***", tells(name),
            !Placeholders.isOne(Array(text.utf8))
        else { return nil }
        return .string("***")
    }
}
