internal import LedgerText

/// What a person can do about a problem: a sentence, and the command that does it.
///
/// The command is a value of its own, so that each door shows it in its own way. A literal is a
/// hint without a command.
public struct Hint: Codable, Hashable, Sendable {
    /// The sentence, without a full stop and without the command.
    public let text: String
    /// A command line that can be pasted; a person replaces `…` and words in capitals.
    public let command: String?

    public init(_ text: String, run command: String? = nil) {
        self.text = text
        self.command = command
    }

    /// The parts of a hint that is written on several lines.
    public static func + (first: Hint, second: Hint) -> Hint {
        Hint(first.text + second.text, run: second.command ?? first.command)
    }
}

extension Hint: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self.init(value) }
}

extension Hint: CustomStringConvertible {
    /// The hint on one line.
    public var description: String { command.map { "\(text): \($0)" } ?? text }
}
