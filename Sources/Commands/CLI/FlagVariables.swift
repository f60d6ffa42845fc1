internal import ArgumentParser
internal import LedgerText

/// Every flag can also be given as a variable: `--environment` as `LEDGER_ENVIRONMENT`.
enum FlagVariables {
    /// The arguments with the flags that variables stand for, as far as the verb knows them and the
    /// command line does not have them.
    static func adding(to arguments: [String], from variables: [String: String]) -> [String] {
        // Who acts is looked up where somebody acts; in a question `--by` asks about others.
        let others = ["LEDGER_BY", "LEDGER_VERSION", "LEDGER_HELP"]
        let own = variables.filter {
            $0.key.begins(with: "LEDGER_") && !$0.value.isEmpty && !others.contains($0.key)
        }
        // Inside a step these variables tell the step what it is about; they are no flags there.
        if own.isEmpty || own["LEDGER_STEP"] != nil || own["LEDGER_TOKEN"] != nil {
            return arguments
        }
        let (verb, depth) = verb(of: arguments)
        guard depth > 0 else { return arguments }
        // Only where options are listed: an example may show another verb's.
        let help = LedgerTool.helpMessage(for: verb, columns: 500).parts(separator: "\n")
            .filter { $0.drop { $0 == " " }.begins(with: "-") }.joined(separator: "\n")
        var flags: [String] = []
        for (name, value) in own.sorted(by: { $0.key < $1.key }) {
            let flag = "--" + name.dropFirst("LEDGER_".count).lowercased().exchanging("_", for: "-")
            let given = arguments.contains { $0 == flag || $0.begins(with: flag + "=") }
            if given || isShort(of: flag, in: help, arguments) { continue }
            if help.holds("\(flag) <") {
                flags.append("\(flag)=\(value)")
            } else if help.holds("\(flag) ") {
                switch value.lowercased() {
                case "1", "true", "yes", "on": flags.append(flag)
                case "0", "false", "no", "off": break
                // Neither yes nor no: the parser refuses it by name.
                default: flags.append("\(flag)=\(value)")
                }
            }
        }
        return Array(arguments.prefix(depth)) + flags + arguments.dropFirst(depth)
    }

    /// Whether the flag was given by its one-letter name.
    private static func isShort(of flag: String, in help: String, _ arguments: [String]) -> Bool {
        guard let place = help.range(of: ", \(flag) ") else { return false }
        let short = help[..<place.lowerBound].suffix(2)
        return short.begins(with: "-")
            && arguments.contains { $0.begins(with: short) && !$0.begins(with: "--") }
    }

    /// The verb that the arguments name, and how many words its name has.
    private static func verb(of arguments: [String]) -> (any ParsableCommand.Type, Int) {
        var verb: any ParsableCommand.Type = LedgerTool.self
        var depth = 0
        for word in arguments {
            let all = verb.configuration.subcommands
            guard let next = all.first(where: { $0._commandName == word }) else { break }
            verb = next
            depth += 1
        }
        if let usual = verb.configuration.defaultSubcommand, depth > 0 { verb = usual }
        return (verb, depth)
    }
}

extension String {
    /// Where a text first occurs.
    fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}
