internal import Ledger
internal import LedgerText
internal import Projections

/// One cell of a table: exact for programs, short for people.
enum Cell: Hashable, Sendable, ExpressibleByStringLiteral {
    case text(String, Style = .plain)
    case time(Timestamp)
    /// A duration in seconds.
    case seconds(Double)
    /// A digest or a revision: its first digits are enough for people.
    case hash(String)

    init(stringLiteral text: String) { self = .text(text) }

    init(_ text: String?) { self = .text(text ?? "") }
    init(_ number: Int?) { self = .text(number.map(String.init) ?? "") }
    init(_ time: Timestamp?) { self = time.map { .time($0) } ?? "" }

    /// What identifies the contents of a release: the digest of its image, otherwise its commit.
    init(contentsOf release: Release?) {
        self = (release?.digest?.rawValue ?? release?.revision?.rawValue).map { .hash($0) } ?? ""
    }

    /// The exact text, for programs.
    var exact: String {
        switch self {
        case .text(let text, _), .hash(let text): text
        case .time(let time): time.description
        case .seconds(let seconds): String(Int(seconds))
        }
    }
}

/// A column of a table.
struct Column: Hashable, Sendable, ExpressibleByStringLiteral {
    /// What happens to it on a narrow terminal.
    enum Fit: Hashable, Sendable {
        /// It keeps its width as long as others can shrink.
        case whole
        /// Its text is broken at blanks.
        case wraps
        /// It disappears; columns with smaller numbers first.
        case leaves(Int)
        /// It separates two columns for people. CSV omits it.
        case sign
    }
    let name: String
    let fit: Fit

    init(_ name: String, _ fit: Fit = .whole) { (self.name, self.fit) = (name, fit) }
    init(stringLiteral name: String) { self.init(name) }

    /// The name in CSV: one word.
    var key: String { name.exchanging(" ", for: "_") }
}
