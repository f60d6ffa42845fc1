internal import ArgumentParser
internal import LedgerText

/// The words of a command line, one after another: reads what frequent verbs are given without the
/// parser, which alone takes more time than their answers.
///
/// It reads only what needs no judgement. Any other word makes the whole line `isDoubtful`; then
/// the parser reads it, and says what is wrong.
struct LineScan {
    private var rest: ArraySlice<String>
    /// The present word: the name of a flag with its dashes; empty for an argument.
    private(set) var name = ""
    /// An argument, or the value that is attached to a flag (`--at=118`).
    private var text: String?
    private(set) var isDoubtful = false
    /// The number of arguments before the present word.
    private(set) var arguments = 0

    init(_ words: ArraySlice<String>) { rest = words }

    /// The parser's own flags.
    private static let ofParser: Set<String> = [
        "--experimental-dump-help", "--generate-completion-script", "--help", "--help-hidden",
        "--version", "-h",
    ]

    /// Moves to the next word; `false` after the last, or if the line is doubtful.
    mutating func next() -> Bool {
        guard !isDoubtful, let word = rest.popFirst() else { return false }
        (name, text) = (word, nil)
        if !word.begins(with: "-") {
            (name, text) = ("", word)
        } else if word.begins(with: "--"), let sign = word.utf8.firstIndex(of: UInt8(ascii: "=")) {
            name = String(word[..<sign])
            text = String(word[word.utf8.index(after: sign)...])
            // The parser takes a sign with a combining mark for another character.
            if text?.utf8.first.map({ $0 >= 0x80 }) == true { isDoubtful = true }
        }
        if text?.isEmpty == true || Self.ofParser.contains(name) { isDoubtful = true }
        return !isDoubtful
    }

    /// Reads a flag without a value.
    mutating func read(_ flag: inout Bool) {
        if text != nil { isDoubtful = true }
        flag = true
    }

    mutating func read(_ option: inout String?) { option = value { $0 } ?? option }
    mutating func read(_ option: inout Int?) { option = value { Int($0) } ?? option }
    mutating func read<C: RawRepresentable<String>>(_ option: inout C) {
        option = value { C(rawValue: $0) } ?? option
    }

    /// Reads one value of an option that can be given several times.
    mutating func read(_ options: inout [String]) {
        if let value = value({ $0 }) { options.append(value) }
    }

    /// The value of the present option; one that looks like a flag is doubtful.
    private mutating func value<T>(_ parse: (String) -> T?) -> T? {
        let value = text ?? rest.popFirst()
        if let value, !value.isEmpty, text != nil || !value.begins(with: "-"),
            let parsed = parse(value)
        {
            return parsed
        }
        isDoubtful = true
        return nil
    }

    /// Reads a flag that the verb does not list, with its value: a field of an event.
    mutating func readField(_ fields: inout [String]) {
        // The parser takes the first unknown flag before the kind for a mistake.
        guard name.begins(with: "--"), !name.begins(with: "---"), name.utf8.count > 2, arguments > 0
        else { return isDoubtful = true }
        if let text { return fields.append("\(name)=\(text)") }
        let flag = name
        if let value = value({ $0 }) { fields += [flag, value] }
    }

    /// Reads the present word as an argument.
    mutating func readArgument(_ argument: inout String) {
        if let text { argument = text }
        arguments += 1
    }

    mutating func readArgument(_ argument: inout String?) {
        argument = text
        arguments += 1
    }

    mutating func readArgument<C: RawRepresentable<String>>(_ argument: inout C) {
        if let value = text.flatMap(C.init(rawValue:)) {
            argument = value
        } else {
            isDoubtful = true
        }
        arguments += 1
    }
}

/// Options that a `LineScan` can read.
protocol ScannedOptions: ParsableArguments {
    /// Every option with its default.
    static var blank: Self { get }
    /// Reads the present word; `false` if it is no option or argument of this type.
    mutating func take(_ scan: inout LineScan) -> Bool
    /// Throws what the parser would throw about the values.
    mutating func validateAll() throws
}

extension ScannedOptions {
    mutating func validateAll() throws { try validate() }
}

/// A verb whose command line a `LineScan` can read.
protocol ScannedVerb: ScannedOptions, AsyncParsableCommand {
    /// The number of arguments that it needs.
    static var needed: Int { get }
}

extension ScannedVerb {
    static var needed: Int { 0 }

    /// The verb with these words behind its name; `nil` if only the parser can judge them.
    static func scanned(_ words: ArraySlice<String>) -> Self? {
        var verb = blank
        var scan = LineScan(words)
        while scan.next() {
            guard verb.take(&scan) else { return nil }
        }
        guard !scan.isDoubtful, scan.arguments >= needed else { return nil }
        do { try verb.validateAll() } catch { return nil }
        return verb
    }
}
