internal import ArgumentParser
internal import Ledger
internal import LedgerText

/// Every flag can also be given as a variable: `--environment` as `LEDGER_ENVIRONMENT`.
enum FlagVariables {
    /// The arguments plus the flags from variables. A flag is added if the verb has it and the
    /// command line does not give it.
    static func adding(to arguments: [String], from variables: [String: String]) -> [String] {
        let own = variables.filter { isFlag($0.key) && !$0.value.isEmpty }
        // Inside a step these variables describe the step; they are not flags there.
        if own.isEmpty || own["LEDGER_STEP"] != nil || own["LEDGER_TOKEN"] != nil {
            return arguments
        }
        let (verb, depth) = verb(of: arguments)
        guard depth > 0 else { return arguments }
        let options = Self.options(of: verb)
        var flags: [String] = []
        for (name, value) in own.sorted(by: { $0.key < $1.key }) {
            let long = name.dropFirst("LEDGER_".count).lowercased().exchanging("_", for: "-")
            guard let option = options[long], !option.isGiven(in: arguments) else { continue }
            if option.takesValue {
                flags.append("--\(long)=\(value)")
                continue
            }
            switch value.lowercased() {
            case "1", "true", "yes", "on": flags.append("--\(long)")
            case "0", "false", "no", "off": break
            // Neither true nor false: the parser refuses it by name.
            default: flags.append("--\(long)=\(value)")
            }
        }
        return Array(arguments.prefix(depth)) + flags + arguments.dropFirst(depth)
    }

    /// Whether any variable may be a flag.
    static func areSet(in variables: [String: String]) -> Bool {
        variables.contains { isFlag($0.key) && !$0.value.isEmpty }
    }

    /// Some variables are not for the parser: the ledger, its server and the author are found where
    /// they are needed (in a query, `--by` filters by others), the pager has no flag.
    private static let others: Set<String> = [
        "LEDGER_BY", "LEDGER_DB", "LEDGER_HELP", "LEDGER_PAGER", "LEDGER_SERVER",
        "LEDGER_SESSION", "LEDGER_VERSION",
    ]

    private static func isFlag(_ name: String) -> Bool {
        name.begins(with: "LEDGER_") && !others.contains(name)
    }

    /// A flag of a verb, as the parser describes it.
    struct Option {
        let names: [String]
        let takesValue: Bool

        /// Whether the arguments contain it, by any of its names.
        func isGiven(in arguments: [String]) -> Bool {
            names.contains { name in
                name.begins(with: "--")
                    ? arguments.contains { $0 == name || $0.begins(with: name + "=") }
                    : arguments.contains { $0.begins(with: name) && !$0.begins(with: "--") }
            }
        }
    }

    /// The flags of a verb by their long names (the parser's own description, as JSON).
    static func options(of verb: any ParsableCommand.Type) -> [String: Option] {
        let tool = try? JSONValue(parsing: Array(verb._dumpHelp().utf8))
        var options: [String: Option] = [:]
        for argument in tool?["command"]?["arguments"]?.array ?? [] {
            let kind = argument["kind"]?.string
            guard kind == "option" || kind == "flag" else { continue }
            let names = (argument["names"]?.array ?? []).compactMap { name in
                name["name"]?.string.map { (name["kind"]?.string == "long" ? "--" : "-") + $0 }
            }
            let option = Option(names: names, takesValue: kind == "option")
            for name in names where name.begins(with: "--") {
                options[String(name.dropFirst(2))] = option
            }
        }
        return options
    }

    /// Whether a verb takes arguments beside its flags.
    static func takesArguments(_ verb: any ParsableCommand.Type) -> Bool {
        let tool = try? JSONValue(parsing: Array(verb._dumpHelp().utf8))
        return (tool?["command"]?["arguments"]?.array ?? []).contains {
            $0["kind"]?.string == "positional"
        }
    }

    /// Whether a verb takes flags that its description does not list: the fields of an event.
    static func takesAnyFlag(_ verb: any ParsableCommand.Type) -> Bool {
        let tool = try? JSONValue(parsing: Array(verb._dumpHelp().utf8))
        return (tool?["command"]?["arguments"]?.array ?? []).contains {
            $0["parsingStrategy"]?.string == "allUnrecognized"
        }
    }

    /// The verb that the arguments name, and the number of words in its name.
    static func verb(
        of arguments: [String]
    ) -> (type: any ParsableCommand.Type, depth: Int) {
        var verb: any ParsableCommand.Type = LedgerTool.self
        var depth = 0
        for word in arguments {
            let all = verb.configuration.subcommands
            guard
                let next = all.first(where: {
                    $0._commandName == word || $0.configuration.aliases.contains(word)
                })
            else { break }
            verb = next
            depth += 1
        }
        if let usual = verb.configuration.defaultSubcommand, depth > 0 { verb = usual }
        return (verb, depth)
    }
}
