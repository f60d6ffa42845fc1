internal import Ledger
internal import LedgerText

/// A Dockerfile, read as its reference describes it (docs.docker.com/reference/dockerfile):
/// continued lines, comments within them, here-documents, flags, JSON forms and build arguments.
public struct Dockerfile: Sendable {
    /// One instruction, with all its lines.
    public struct Instruction: Hashable, Sendable {
        /// In upper case: `RUN`.
        public let keyword: String
        /// Flags such as `--from=build`, in order.
        public let flags: [Flag]
        /// The text after the flags, on one line.
        public let text: String
        /// The words of a JSON form (`["a", "b"]`); `nil` for the shell form.
        public let words: [String]?
        public let documents: [HereDocument]
        /// Counted from 1.
        public let line: Int

        /// The value of a flag.
        public func flag(_ name: String) -> String? { flags.first { $0.name == name }?.value }
        /// The complete text for a shell or a program.
        public var whole: String {
            ([words?.joined(separator: " ") ?? text] + documents.map(\.body)).joined(
                separator: "\n")
        }
    }

    /// A flag of an instruction.
    public struct Flag: Hashable, Sendable {
        public let name: String
        public let value: String
    }

    /// A here-document (`<<EOF`).
    public struct HereDocument: Hashable, Sendable {
        public let name: String
        /// Whether variables in it are replaced: not if its name is quoted.
        public let expands: Bool
        public let body: String
        /// The line after the instruction's, counted from 1.
        public let line: Int
    }

    /// One stage: everything from one `FROM` to the next.
    public struct Stage: Sendable {
        /// In lower case, for comparison.
        public let name: String?
        /// With build arguments at their defaults; empty if one is unknown.
        public let image: String
        /// The earlier stage that it is based on.
        public let base: Int?
        public let from: Instruction
        public internal(set) var instructions: [Instruction] = []
    }

    /// Why the Dockerfile cannot be built, and where.
    public struct Problem: Error, Hashable, Sendable {
        public let line: Int
        public let what: String
    }

    public let stages: [Stage]
    /// The last stage of each name.
    private let places: [String: Int]
    /// `ARG` before the first `FROM`, with their defaults.
    public let arguments: [String: String]

    /// Reads a Dockerfile; throws `Problem`.
    public init(_ text: String) throws(Problem) {
        var stages: [Stage] = []
        var places: [String: Int] = [:]
        var arguments: [String: String] = [:]
        for instruction in try DockerfileReader.instructions(of: text) {
            switch instruction.keyword {
            case "FROM":
                guard stages.count < Limits.dockerStages else {
                    throw Problem(
                        line: instruction.line,
                        what: "the Dockerfile has more than \(Limits.dockerStages) stages")
                }
                let stage = try Self.stage(instruction, after: stages, places, arguments)
                if let name = stage.name { places[name] = stages.count }
                stages.append(stage)
            case "ARG" where stages.isEmpty:
                guard arguments.count < Limits.dockerVariables else { continue }
                for (name, value) in Self.pairs(instruction) {
                    arguments[name] = value.map { Self.expanded($0, arguments) }
                }
            default:
                guard !stages.isEmpty else {
                    throw Problem(
                        line: instruction.line,
                        what: "\(instruction.keyword) comes before the first FROM")
                }
                stages[stages.count - 1].instructions.append(instruction)
            }
        }
        guard !stages.isEmpty else { throw Problem(line: 1, what: "there is no FROM") }
        self.stages = stages
        self.places = places
        self.arguments = arguments
    }

    private static func stage(
        _ from: Instruction, after stages: [Stage], _ places: [String: Int],
        _ arguments: [String: String]
    ) throws(Problem) -> Stage {
        let words = from.text.words.map(String.init)
        let named = words.count == 3 && words[1].lowercased() == "as"
        guard words.count == 1 || named else {
            throw Problem(line: from.line, what: "FROM requires: IMAGE, or IMAGE AS NAME")
        }
        let word = DockerVariables.words(words[0]).first ?? ""
        let name = named ? words[2].lowercased() : nil
        // A value that only the builder knows (TARGETARCH, an argument without a default) may be
        // anything.
        let open = "\u{0}"
        let pattern = DockerVariables.expand(word, unknown: open) { arguments[$0] }
        guard pattern.holds(open) else {
            return Stage(
                name: name, image: pattern,
                base: places[pattern.lowercased()], from: from)
        }
        let wanted = pattern.lowercased().exchanging(open, for: "*")
        return Stage(
            name: name, image: "",
            base: stages.lastIndex { $0.name.map { Wildcard.fits($0, [wanted]) } ?? false },
            from: from)
    }

    /// The names and values of `ARG`, `ENV` and `LABEL`: `nil` where no value is given.
    public static func pairs(_ instruction: Instruction) -> [(name: String, value: String?)] {
        let words = DockerVariables.words(instruction.text)
        guard let first = words.first else { return [] }
        // The old form: `ENV NAME` and the rest of the line.
        if instruction.keyword != "ARG", !first.holds("=") {
            let rest = instruction.text.afterWord.trimmedStart
            return [(first, rest.isEmpty ? nil : String(rest))]
        }
        return words.map { word in
            guard let at = word.first(byte: "=") else { return (word, nil) }
            return (String(word[..<at]), String(word[word.index(after: at)...]))
        }
    }

    /// The stages that a stage is based on, from the first base onwards, and the stage itself last.
    public func line(of stage: Int) -> [Stage] {
        var line = [stages[stage]]
        while let base = line.last?.base { line.append(stages[base]) }
        return line.reversed()
    }

    /// The index of a stage, by name or number; the last if none is named.
    public func stage(_ target: String?) -> Int? {
        guard let target else { return stages.count - 1 }
        if let number = Int(target), stages.indices.contains(number) { return number }
        return places[target.lowercased()]
    }

    private static func expanded(_ text: String, _ known: [String: String]) -> String {
        DockerVariables.expand(text) { known[$0] }
    }

    /// The values of all known variables after the last instruction of a stage.
    public func variables(in stage: Int) -> [String: String] {
        var variables: [String: String] = [:]
        for part in line(of: stage) {
            for instruction in part.instructions {
                guard variables.count < Limits.dockerVariables else { return variables }
                switch instruction.keyword {
                case "ARG":
                    for (name, value) in Self.pairs(instruction) where variables[name] == nil {
                        variables[name] =
                            value.map { Self.expanded($0, variables) } ?? arguments[name]
                    }
                case "ENV":
                    for (name, value) in Self.pairs(instruction) {
                        variables[name] = Self.expanded(value ?? "", variables)
                    }
                default: break
                }
            }
        }
        return variables
    }
}
