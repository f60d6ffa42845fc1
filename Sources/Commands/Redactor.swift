public import Ledger
internal import LedgerText

/// Takes secrets out of whatever is about to be written down: once hashed, there is no taking back.
///
/// It knows the values of the secrets that the playbook names, the forms of well-known credentials,
/// and values that stand behind a telling name (`password=…`). What it takes out it replaces by
/// `***`.
public struct Redactor: Sendable {
    /// Shorter values would take ordinary words out of texts.
    public static let shortestSecret = 6
    /// The values of secrets that are known, the longest first.
    private let values: [[UInt8]]
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
        }.values.flatMap(Self.parts).sorted { $0.utf8.count > $1.utf8.count }
            .map { Array($0.utf8) }
    }

    /// A value, and its long lines if it has several: output comes line by line.
    private static func parts(of value: String) -> [String] {
        let lines = value.fullLines.map(String.init)
        return [value] + (lines.count > 1 ? lines.filter { $0.utf8.count >= longLine } : [])
    }

    /// Bytes from which on a line of a secret is one by itself: shorter ones are brackets and
    /// words.
    private static let longLine = 16

    /// The same, for these secrets too.
    public func knowing(_ names: [String]) -> Redactor {
        Redactor(variables: variables, secrets: secrets + names)
    }

    private static let harmless: Set<String> = ["false", "disabled", "enabled"]

    /// Whether the name of a variable says that it holds a secret.
    static func tells(_ name: String) -> Bool {
        // Of most names the last letter says enough.
        if let last = name.utf8.last, last < 128, !"dDtTnNyYsS".utf8.contains(last) {
            return false
        }
        let upper = name.uppercased()
        return telling.contains { upper.ends(with: $0) }
    }

    private static let telling = [
        "PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY",
        "CREDENTIALS",
    ]

    /// The text without secrets.
    public func redacted(_ text: String) -> String {
        var text = text
        // By bytes: what follows a value in the text may make another character of its last one.
        for value in values where text.utf8.contains(value) {
            text = Self.hiding(Self.places(of: value, in: Array(text.utf8)), in: text)
        }
        if !text.withUTF8(Credentials.mayBe) { return text }
        for look in [Credentials.found, Credentials.named] {
            let found = text.withUTF8 { look($0) }
            if !found.isEmpty { text = Self.hiding(found.map(\.range), in: text) }
        }
        return text
    }

    private static func places(of value: [UInt8], in bytes: [UInt8]) -> [Range<Int>] {
        var places: [Range<Int>] = []
        var rest = bytes[...]
        while let place = rest.firstRange(of: value) {
            places.append(place)
            rest = rest[place.upperBound...]
        }
        return places
    }

    private static func hiding(_ places: [Range<Int>], in text: String) -> String {
        let bytes = Array(text.utf8)
        var clean: [UInt8] = []
        var at = 0
        for place in places {
            clean += bytes[at..<place.lowerBound]
            clean += "***".utf8
            at = place.upperBound
        }
        clean += bytes[at...]
        return String(decoding: clean, as: UTF8.self)
    }

    /// Whether the bytes hold the value of a secret that is known, or a well-known form of
    /// credential.
    public func knowsSecret(in bytes: [UInt8]) -> Bool {
        if values.contains(where: { bytes.firstRange(of: $0) != nil }) { return true }
        return bytes.withUnsafeBufferPointer { bytes in
            Credentials.found(in: bytes).contains { found in
                switch found.form {
                case .own: true
                case .inAddress: !"${<".utf8.contains(bytes[found.range.lowerBound])
                case .bearer: bytes[found.range].contains { (48...57).contains($0) }
                case .named: false
                }
            }
        }
    }

    /// Whether a command line holds a secret: in a word, or in the word after a telling flag
    /// (`--password hunter22`). No shell puts a value in its place: what stands there is meant.
    func holdsSecret(_ command: [String]) -> Bool {
        func isMeant(_ first: UInt8?) -> Bool { !"-$<{%*".utf8.contains(first ?? 45) }
        let isInAWord = command.contains { word in
            let bytes = Array(word.utf8)
            return knowsSecret(in: bytes)
                || bytes.withUnsafeBufferPointer { bytes in
                    Credentials.named(in: bytes).contains {
                        isMeant(bytes[$0.range.lowerBound])
                    }
                }
        }
        return isInAWord
            || zip(command, command.dropFirst()).contains { flag, value in
                let name = flag.exchanging("-", for: "_")
                // What stands behind `--secret` is often a name.
                return flag.begins(with: "-") && Self.tells(name)
                    && !name.lowercased().ends(with: "secret") && value.utf8.count >= 4
                    && isMeant(value.utf8.first)
            }
    }

    /// All texts of a value without secrets; a member with a telling name loses its value whole.
    public func redacted(_ value: JSONValue) -> JSONValue { cleaned(value) ?? value }

    /// The value without its secrets; `nil` if it holds none, as most do.
    func cleaned(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .null, .bool, .number: return nil
        case .string(let text):
            let clean = redacted(text)
            return clean == text ? nil : .string(clean)
        case .array(let elements):
            var clean = elements
            var isClean = true
            for (place, element) in elements.enumerated() {
                guard let one = cleaned(element) else { continue }
                clean[place] = one
                isClean = false
            }
            return isClean ? nil : .array(clean)
        case .object(let members):
            var clean = members
            var isClean = true
            for (name, value) in members {
                guard let one = Self.hidden(name, value) ?? cleaned(value) else { continue }
                clean[name] = one
                isClean = false
            }
            return isClean ? nil : .object(clean)
        }
    }

    /// What stands for the text of a member whose name tells; `nil` if nothing is to be hidden.
    private static func hidden(_ name: String, _ value: JSONValue) -> JSONValue? {
        guard case .string(let text) = value, !text.isEmpty, text != "***", tells(name) else {
            return nil
        }
        return .string("***")
    }
}
