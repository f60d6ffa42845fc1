public import Ledger
internal import LedgerText

/// A reference to a point in history: `118`, `v0.9.9`, `production`, `production~2`,
/// `production#42`, `production@{2026-11-20T12:00:00Z}`, `production@{2.hours.ago}`, a time, a
/// short revision or digest.
public enum Reference: Hashable, Sendable {
    /// A sequence in the ledger.
    case sequence(Int)
    case time(Timestamp)
    /// An environment, as it is now.
    case environment(EnvironmentName)
    /// A number of deploys ago; 0 is the current one.
    case ago(EnvironmentName, Int)
    /// The deploy with this number.
    case deployment(EnvironmentName, Int)
    /// What the environment ran at a moment.
    case moment(EnvironmentName, Timestamp)
    /// A tag, a revision or a digest (the last two with at least `Limits.shortest` digits); the
    /// ledger resolves which.
    case release(String)

    /// Parses a reference. `now` is the base of relative times; `environments` distinguishes tags
    /// from environments. Throws `ReferenceProblem`.
    public init(
        _ text: String, now: Timestamp, environments: [EnvironmentName]
    ) throws(ReferenceProblem) {
        if let number = Int(text), number >= 0, text.utf8.count < Limits.shortest + 5 {
            self = .sequence(number)
            return
        }
        if let (name, operation) = Self.split(text, environments) {
            self = try Self.operation(operation, on: name, text, now: now)
            return
        }
        if let time = SpokenTime.time(text, now: now) {
            self = .time(time)
            return
        }
        guard ReleaseTag.problem(in: text.exchanging(":", for: "")) == nil else {
            throw ReferenceProblem(
                "\"\(text)\" is not a reference",
                hint: "write a tag (v0.9.9), a sequence (118), a time (2026-11-20T12:00:00Z), or "
                    + "an environment with ~2, #42 or @{2.hours.ago} after it")
        }
        self = .release(text)
    }

    /// The environment whose history it refers to; `nil` if it names none.
    public var environment: EnvironmentName? {
        switch self {
        case .environment(let name), .ago(let name, _), .deployment(let name, _),
            .moment(let name, _):
            name
        case .sequence, .time, .release: nil
        }
    }

    /// Whether it names one deploy of an environment.
    public var isOfDeploy: Bool {
        switch self {
        case .ago, .deployment: true
        default: false
        }
    }

    /// Splits a text into its leading environment name and the rest.
    private static func split(
        _ text: String, _ environments: [EnvironmentName]
    ) -> (EnvironmentName, Substring)? {
        for name in environments.sorted(by: { $0.rawValue.count > $1.rawValue.count })
        where text.begins(with: name.rawValue) {
            let rest = text.dropFirst(name.rawValue.count)
            if rest.isEmpty || "~#@".contains(rest.first ?? " ") { return (name, rest) }
        }
        guard let cut = text.firstIndex(where: { "~#@".contains($0) }),
            text[cut...].begins(with: "~") || text[cut...].begins(with: "@{"),
            let name = EnvironmentName(rawValue: String(text[..<cut]))
        else { return nil }
        return (name, text[cut...])
    }

    private static func operation(
        _ rest: Substring, on name: EnvironmentName, _ text: String, now: Timestamp
    ) throws(ReferenceProblem) -> Reference {
        if rest.isEmpty { return .environment(name) }
        let argument = rest.dropFirst()
        switch rest.first {
        case "~":
            if argument.isEmpty { return .ago(name, 1) }
            if let count = Int(argument), count >= 0 { return .ago(name, count) }
        case "#":
            if let number = Int(argument), number >= 1 { return .deployment(name, number) }
        default:
            if argument.begins(with: "{"), argument.ends(with: "}"),
                let time = SpokenTime.time(String(argument.dropFirst().dropLast()), now: now)
            {
                return .moment(name, time)
            }
        }
        throw ReferenceProblem(
            "\"\(text)\" is not a reference: \"\(rest)\" is not valid after an environment",
            hint: "write \(name)~2 (two deploys ago), \(name)#42 (its 42nd deploy), "
                + "\(name)@{2026-11-20T12:00:00Z} or \(name)@{2.hours.ago}")
    }
}

/// A reference that cannot be parsed or resolved.
public struct ReferenceProblem: Error, Equatable, CustomStringConvertible {
    public let message: String
    public let hint: Hint?

    public init(_ message: String, hint: Hint? = nil) {
        self.message = message
        self.hint = hint
    }
    public var description: String { message }
}
