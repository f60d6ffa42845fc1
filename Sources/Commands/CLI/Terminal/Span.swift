/// The meaning of a text, which a terminal shows in colour. The text itself always says it too.
enum Style: Hashable, Sendable {
    case plain, heading, well, attention, failed

    /// The SGR parameter (ECMA-48 §8.3.117); `nil` without one.
    fileprivate var parameter: String? {
        switch self {
        case .plain: nil
        case .heading: "1"
        case .well: "32"
        case .attention: "33"
        case .failed: "31"
        }
    }
}

/// A piece of a line with its meaning.
struct Span: Hashable, Sendable, ExpressibleByStringLiteral {
    var text: String
    var style = Style.plain

    init(_ text: String, _ style: Style = .plain) { (self.text, self.style) = (text, style) }
    init(stringLiteral text: String) { self.init(text) }

    /// The text for a terminal: without control characters of its own.
    func shown(_ colour: Colour) -> String {
        let text = Console.harmless(text)
        guard colour == .allowed, !text.isEmpty, let parameter = style.parameter else {
            return text
        }
        return "\u{1B}[\(parameter)m\(text)\u{1B}[0m"
    }
}

/// Whether lines may contain colour.
enum Colour: Sendable { case allowed, never }
