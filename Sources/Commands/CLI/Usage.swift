internal import ArgumentParser
internal import Glibc
internal import Ledger
internal import LedgerText

/// Explains command lines that cannot be read, and guesses the intended ones from the parser's
/// description.
enum Usage {
    /// Options that may stand before the verb, since every verb has them.
    private static let everywhere = ["--db", "--playbook", "--output", "-o"]
    private static let flags = ["--wide", "--utc"]

    /// The arguments with options that stand before the verb moved behind it.
    static func verbFirst(_ arguments: [String]) -> [String] {
        var front: [String] = []
        var rest = arguments[...]
        while let word = rest.first, word.begins(with: "-") {
            let name = word.parts(separator: "=").first.map(String.init) ?? word
            guard everywhere.contains(name) || flags.contains(name) else { break }
            rest = rest.dropFirst()
            front.append(word)
            if everywhere.contains(name), name == word, let value = rest.popFirst() {
                front.append(value)
            }
        }
        let words = completed(Array(rest))
        if words.isEmpty { return arguments }
        let depth = FlagVariables.verb(of: words).depth
        return Array(words.prefix(depth)) + front + words.dropFirst(depth)
    }

    /// The arguments with the beginning of a verb completed, if only one verb begins so and it only
    /// reads: `ledger stat`. Verbs that act are written out.
    private static func completed(_ arguments: [String]) -> [String] {
        guard let word = arguments.first, !word.isEmpty, !word.begins(with: "-") else {
            return arguments
        }
        let all = LedgerTool.configuration.subcommands
        let names = all.flatMap { [$0._commandName] + $0.configuration.aliases }
        let meant = names.filter { $0.begins(with: word) }
        guard !names.contains(word), meant.count == 1,
            LedgerTool.reading.contains(where: { $0._commandName == meant[0] })
        else { return arguments }
        return meant + arguments.dropFirst()
    }

    /// Ends the program if help is asked for a command that does not exist: the parser would print
    /// the help of the whole program.
    static func refuseUnknownTopic(_ arguments: [String]) {
        guard arguments.first == "help", arguments.count > 1,
            FlagVariables.verb(of: Array(arguments.dropFirst())).depth == 0,
            let hint = hint(for: arguments)
        else { return }
        Console.say("Error: \(hint.problem)", .failed)
        Console.hint(hint.hint)
        Glibc.exit(ExitStatus.usage.rawValue)
    }

    /// Ends the program: with our own words for an unknown verb or flag, else with the parser's.
    static func exit(with error: any Error, arguments: [String]) -> Never {
        let code = LedgerTool.exitCode(for: error)
        if code.isSuccess {
            // Help that was asked for.
            print(fitting(LedgerTool.fullMessage(for: error), STDOUT_FILENO))
            LedgerTool.exit(withError: ExitCode.success)
        }
        if let hint = hint(for: arguments) {
            Console.say("Error: \(hint.problem)", .failed)
            Console.hint(hint.hint)
            if Failure.wantsJSON(arguments) { tell(hint.problem, hint.hint) }
            Glibc.exit(ExitStatus.usage.rawValue)
        }
        if Failure.wantsJSON(arguments) { tell(LedgerTool.message(for: error), nil) }
        Console.complain(fitting(LedgerTool.fullMessage(for: error), STDERR_FILENO) + "\n")
        Glibc.exit(code.rawValue)
    }

    /// The parser's text on a terminal: its line of options is one long line.
    private static func fitting(_ text: String, _ descriptor: Int32) -> String {
        guard isatty(descriptor) == 1 else { return text }
        let columns = Console.size(of: descriptor).columns
        return text.parts(separator: "\n", omittingEmptySubsequences: false).flatMap {
            TextWidth.wrapped(String($0), columns, hanging: 7)
        }.joined(separator: "\n")
    }

    private static func tell(_ message: String, _ hint: Hint?) {
        var json: [String: JSONValue] = [
            "outcome": "refused", "reason": "usage", "message": .string(message),
        ]
        hint?.add(to: &json)
        print(Canonical.text(.object(json)))
        fflush(nil)
    }

    /// The first word that no verb has, and what was meant.
    private static func hint(for arguments: [String]) -> (problem: String, hint: Hint)? {
        let isHelp = arguments.first == "help"
        let words = isHelp ? Array(arguments.dropFirst()) : arguments
        if let unknown = unknownCommand(in: words) { return unknown }
        let (verb, depth) = FlagVariables.verb(of: words)
        // A verb that takes any field as a flag knows best what is wrong with it.
        guard depth > 0, !FlagVariables.takesAnyFlag(verb) else { return nil }
        let options = FlagVariables.options(of: verb)
        for word in words.dropFirst(depth).prefix(while: { $0 != "--" })
        where word.begins(with: "--") {
            let name = String(word.dropFirst(2)).parts(separator: "=").first.map(String.init) ?? ""
            if options[name] != nil || name == "help" || name == "version" { continue }
            return (
                "\((["ledger"] + words.prefix(depth)).joined(separator: " ")) has no flag "
                    + "\"--\(Quote.line(name))\"",
                nearest(to: name, among: options.keys.sorted(), alone: true).map {
                    "did you mean: --\($0)"
                }
                    ?? Hint(
                        "see them",
                        run: "ledger help \(words.prefix(depth).joined(separator: " "))")
            )
        }
        return nil
    }

    /// The first unknown subcommand.
    private static func unknownCommand(
        in words: [String]
    ) -> (problem: String, hint: Hint)? {
        var group: any ParsableCommand.Type = LedgerTool.self
        for (place, word) in words.enumerated() {
            let all = group.configuration.subcommands
            if all.isEmpty || word.begins(with: "-") { return nil }
            if let next = all.first(where: {
                $0._commandName == word || $0.configuration.aliases.contains(word)
            }) {
                group = next
                continue
            }
            let known = all.flatMap { [$0._commandName] + $0.configuration.aliases }
            let near = nearest(to: word, among: known, alone: true)
            // Where a command is assumed, the word may be an argument of it.
            if let usual = group.configuration.defaultSubcommand, near == nil,
                FlagVariables.takesArguments(usual)
            {
                return nil
            }
            let path = (["ledger"] + words.prefix(place)).joined(separator: " ")
            return (
                "\(path) has no command \"\(Quote.line(word))\"",
                near.map { Hint("did you mean", run: "\(path) \($0)") }
                    ?? Hint(
                        "see them",
                        run: (["ledger", "help"] + words.prefix(place)).joined(separator: " "))
            )
        }
        return nil
    }
}
