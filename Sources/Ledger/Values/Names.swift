internal import LedgerText

/// A string that names one kind of thing; it exists only if it is well formed.
///
/// Each name has its own type, so a service cannot be used where an environment is required.
public protocol Name: RawRepresentable<String>, Codable, Hashable, Comparable, Sendable,
    CustomStringConvertible
{
    /// The type's name in messages, with its article: `an environment name`.
    static var title: String { get }
    /// The problem with a spelling; `nil` if it is valid.
    static func problem(in text: String) -> String?
    /// A well-formed spelling, for help texts.
    static var example: String { get }
    /// Assumes that the spelling is valid; use `init(_:)` for external input.
    init(unchecked text: String)
}

/// A spelling that a `Name` refuses: which name, which text, and why.
public struct InvalidName: Error, Equatable, CustomStringConvertible {
    public let title: String
    public let text: String
    public let problem: String
    public var description: String { "\"\(text.prefix(80))\" is not \(title): \(problem)" }
}

extension Name {
    /// The name, or `InvalidName` with what is wrong with the spelling.
    public init(_ text: String) throws(InvalidName) {
        if let problem = Self.problem(in: text) {
            throw InvalidName(title: Self.title, text: text, problem: problem)
        }
        self.init(unchecked: text)
    }

    public init?(rawValue: String) {
        guard Self.problem(in: rawValue) == nil else { return nil }
        self.init(unchecked: rawValue)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do { try self.init(text) } catch {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: error.description)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public var description: String { rawValue }
    /// Compares bytes: names that look alike may differ.
    public static func == (left: Self, right: Self) -> Bool {
        ExactText(left.rawValue) == ExactText(right.rawValue)
    }
    public static func < (left: Self, right: Self) -> Bool {
        ExactText(left.rawValue) < ExactText(right.rawValue)
    }
}

/// Rules that several names share.
enum Spelling {
    /// Letters, digits and `extra`, starting with a letter or digit.
    static func plain(_ text: String, extra: String, longest: Int) -> String? {
        if text.isEmpty { return "it is empty" }
        if text.utf8.count > longest { return "it is longer than \(longest) bytes" }
        for (index, unit) in text.unicodeScalars.enumerated() {
            let alphanumeric = unit.isASCII && (unit.properties.isAlphabetic || isDigit(unit))
            if alphanumeric || (index > 0 && extra.unicodeScalars.contains(unit)) { continue }
            return index == 0
                ? "it must start with a letter or a digit"
                : "\"\(unit.escaped(asASCII: false))\" is not a letter, a digit or one of \(extra)"
        }
        return nil
    }

    /// Any visible characters except spaces and those with a meaning in references and shells.
    static func loose(_ text: String, longest: Int) -> String? {
        if text.unicodeScalars.contains(where: \.properties.isWhitespace) {
            return "it contains a space or a control character"
        }
        return visible(text, longest: longest, without: "~^:?*[\\")
    }

    /// Any visible characters with single spaces between them, except `refused`.
    static func visible(_ text: String, longest: Int, without refused: String) -> String? {
        if text.isEmpty { return "it is empty" }
        if text.utf8.count > longest { return "it is longer than \(longest) bytes" }
        if text.begins(with: "-") { return "it must not start with a hyphen" }
        if text.begins(with: " ") || text.ends(with: " ") { return "it has a space at an end" }
        if let problem = Visible.problem(in: text) { return problem }
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            // Controls are refused above: the only white space left is the space.
            let found = text.utf8.first { refused.utf8.contains($0) }
            return found.map { "it contains \"\(Unicode.Scalar($0))\"" }
        }
        for unit in text.unicodeScalars {
            if unit != " ", unit.properties.isWhitespace {
                return "it contains white space that is not a space"
            }
            if refused.unicodeScalars.contains(unit) { return "it contains \"\(unit)\"" }
            // Two different undecodable names would become equal.
            if unit == "\u{FFFD}" { return "it contains bytes that are not valid UTF-8" }
        }
        return nil
    }

    static func hexadecimal(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    private static func isDigit(_ unit: Unicode.Scalar) -> Bool { (48...57).contains(unit.value) }
}

/// The hosts that serve one purpose: `production`.
public struct EnvironmentName: Name {
    public let rawValue: String
    public init(unchecked text: String) { rawValue = text }
    public static let title = "an environment name"
    public static let example = "production"
    /// Allows the environment names of forges (`production/eu`, `Production EU`), except characters
    /// with a meaning in references.
    public static func problem(in text: String) -> String? {
        Spelling.visible(text, longest: Limits.nameBytes, without: "~^#@:?*[\\\"'`")
    }
}

/// What is deployed: `api`.
public struct ServiceName: Name {
    public let rawValue: String
    public init(unchecked text: String) { rawValue = text }
    public static let title = "a service name"
    public static let example = "api"
    public static func problem(in text: String) -> String? {
        Spelling.plain(text, extra: "._-/", longest: Limits.nameBytes)
    }
}

/// Where one copy of a service runs: `web-1.example.org`.
public struct HostName: Name {
    public let rawValue: String
    public init(unchecked text: String) { rawValue = text }
    public static let title = "a host name"
    public static let example = "localhost"
    public static func problem(in text: String) -> String? {
        Spelling.plain(text, extra: "._-:@", longest: Limits.nameBytes)
    }
}

/// A source repository: `acme/shop`.
public struct RepositoryName: Name {
    public let rawValue: String
    public init(unchecked text: String) { rawValue = text }
    public static let title = "a repository name"
    public static let example = "acme/shop"
    public static func problem(in text: String) -> String? {
        Spelling.loose(text, longest: Limits.nameBytes)
    }
}

/// What a release is called: `v1.0.0`. A git tag or an image tag.
public struct ReleaseTag: Name {
    public let rawValue: String
    public init(unchecked text: String) { rawValue = text }
    public static let title = "a tag"
    public static let example = "v1.0.0"
    public static func problem(in text: String) -> String? {
        Spelling.loose(text, longest: Limits.tagBytes)
    }

    /// Whether it names a referrer of an image instead of an image: a signature, an attestation, or
    /// a list of them (OCI distribution specification, "Referrers Tag Schema": `sha256-` and the
    /// digits of the image's digest; cosign adds `.sig`, `.att`, `.sbom`).
    public var isOfAReferrer: Bool {
        for (algorithm, digits) in [("sha256-", 64), ("sha512-", 128)]
        where rawValue.begins(with: algorithm) {
            let rest = rawValue.utf8.dropFirst(algorithm.utf8.count)
            let end = rest.dropFirst(digits).first
            let hash = Substring(rest.prefix(digits))
            return hash.utf8.count == digits && Spelling.hexadecimal(hash)
                && (end == nil || end == UInt8(ascii: ".") || end == UInt8(ascii: "-"))
        }
        return false
    }
}

/// The content address of an image: `sha256:` and 64 hexadecimal digits (OCI image specification).
public struct ImageDigest: Name {
    public let rawValue: String
    public init(unchecked text: String) { rawValue = text }
    public static let title = "an image digest"
    public static let example = "sha256:" + String(repeating: "4e", count: 32)
    public static func problem(in text: String) -> String? {
        for (algorithm, digits) in [("sha256:", 64), ("sha512:", 128)]
        where text.begins(with: algorithm) {
            let rest = text.dropFirst(algorithm.count)
            return rest.utf8.count == digits && Spelling.hexadecimal(rest)
                ? nil : "\(algorithm) requires \(digits) lower-case hexadecimal digits after it"
        }
        return "it must start with sha256: or sha512:"
    }
}

/// A commit: 7 to 64 lower-case hexadecimal digits; all 40 (or 64) where they are known.
public struct Revision: Name {
    public let rawValue: String
    public init(unchecked text: String) { rawValue = text }
    public static let title = "a revision"
    public static let example = "0a4d55a8d778e5022fab701977c5d840bbc486d0"
    public static func problem(in text: String) -> String? {
        (7...64).contains(text.utf8.count) && Spelling.hexadecimal(text)
            ? nil : "it must be 7 to 64 lower-case hexadecimal digits"
    }
    /// The first digits, for display.
    public var short: String { String(rawValue.prefix(10)) }
    /// Whether it has all digits (git: 40 of SHA-1, 64 of SHA-256), and not only the first.
    public var isWhole: Bool { [40, 64].contains(rawValue.utf8.count) }
}

/// SHA-256 of content that the ledger stores besides its entries, in hexadecimal.
public struct ContentHash: Name {
    public let rawValue: String
    public init(unchecked text: String) { rawValue = text }
    public static let title = "a content hash"
    public static let example = String(repeating: "c0", count: 32)
    public static func problem(in text: String) -> String? {
        text.utf8.count == 64 && Spelling.hexadecimal(text)
            ? nil : "it must be 64 lower-case hexadecimal digits"
    }
}

/// Entries that must not race each other: `environment/production`, `repository/acme/shop`.
public struct StreamName: Name {
    public let rawValue: String
    public init(unchecked text: String) { rawValue = text }
    public static let title = "a stream name"
    public static let example = "environment/production"
    public static func problem(in text: String) -> String? {
        Spelling.loose(text, longest: 2 * Limits.nameBytes)
    }
    /// The stream of one environment's events.
    public static func environment(_ name: EnvironmentName) -> StreamName {
        StreamName(unchecked: "environment/\(name)")
    }
    /// The prefix of the streams of source repositories.
    public static let repositories = "repository/"
    /// The stream of one source repository's events.
    public static func repository(_ name: RepositoryName) -> StreamName {
        StreamName(unchecked: "\(repositories)\(name)")
    }
    /// The stream of a service's builds and images.
    public static func service(_ name: ServiceName) -> StreamName {
        StreamName(unchecked: "service/\(name)")
    }
    /// The stream of events without an environment, service or repository.
    public static let general = StreamName(unchecked: "general")
}
