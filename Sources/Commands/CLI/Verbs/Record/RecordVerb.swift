internal import ArgumentParser
internal import CommandEngine
internal import CommandImporters
internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerHome
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger record`
struct RecordVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: RecordFact.documentation.summary,
        discussion: """
            Give the fields of the kind as flags (--service web --exit-code 0), or as JSON with \
            --data. `ledger record -` reads JSON lines from standard input: one object per line \
            with `kind`, the fields, and optionally `time`, `by`, `source` and `sourceID`. \
            `--kinds` lists kinds and fields.

            --source and --source-id identify a fact from outside. A fact with the same pair is \
            recorded only once.

            In a job of GitHub Actions or GitLab CI, it reads repository, commit, branch or tag, \
            service and source from the job. Without a kind, it records the push that started the \
            run.

            Example: ledger record image.tagged --service web --tag v1.0.0 --digest sha256:…
            """)

    @Argument(
        help: "The kind of event, such as image.tagged; - for JSON lines on standard input.",
        completion: .live(.kinds))
    var kind: String?

    @Option(help: "The fields as JSON: @FILE, - for standard input, or the JSON itself.")
    var data: String?

    @Option(help: FactInput.help("time"))
    var time: String?

    @Option(help: FactInput.help("source"))
    var source: String?

    @Option(help: FactInput.help("sourceID"))
    var sourceID: String?

    @Flag(help: "List the kinds and their fields, and record nothing.")
    var kinds = false

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("", visibility: .hidden))
    var fields: [String] = []

    @OptionGroup var proof: ReceiptOption
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if proof.receipt != nil, kind == "-" || data == "-" {
            throw ValidationError("--receipt requires a single fact; see ledger prove")
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        if kinds { return Self.list(kind) }
        try await proof.refuseUnsigned(wiring)
        let job = PipelineJob(
            variables: wiring.variables, payload: try Self.event(wiring.variables))
        guard let kind = kind ?? job?.pushKind?.rawValue else {
            throw Refusal(
                .invalid, "no kind of event was given",
                cause: job == nil ? nil : "no push started this run, so there is no default",
                hint: Hint("list the kinds", run: "ledger record --kinds"))
        }
        if kind == "-" { return try await FactLines(wiring: wiring, kind: nil).answer() }
        if data == "-" { return try await FactLines(wiring: wiring, kind: kind).answer() }
        let request = RecordFact(try fact(kind, job))
        if let remote = try wiring.remote() {
            if proof.receipt != nil { try wiring.refuseRemote() }
            let made = try await remote.answer(request)
            if let name = made.newName { wiring.console.error(RecordText.warning(name)) }
            return RecordText.answer(made)
        }
        return try await wiring.changing { desk in
            let made = try await request.answer(at: desk)
            if let name = made.newName { wiring.console.error(RecordText.warning(name)) }
            var answer = RecordText.answer(made)
            try await proof.keep(made.entry.entry, desk.recorder.store, in: &answer)
            return answer
        }
    }

    // MARK: One fact

    /// The event that started the current run of GitHub Actions.
    private static func event(_ variables: [String: String]) throws -> JSONValue? {
        guard variables["GITHUB_ACTIONS"] == "true", let path = variables["GITHUB_EVENT_PATH"],
            let data = FileManager.default.contents(atPath: path)
        else { return nil }
        do { return try JSONValue(parsing: data) } catch {
            throw Refusal(
                .invalid, "the event that started this run cannot be read",
                cause: "\(path): \(error)", hint: "check GITHUB_EVENT_PATH")
        }
    }

    private func fact(_ text: String, _ job: PipelineJob?) throws -> FactInput {
        let kind = Self.kind(text)
        var members: [String: JSONValue] = [:]
        if let data {
            let json = data.begins(with: "@") ? try read(String(data.dropFirst())) : Data(data.utf8)
            guard let object = try JSONValue(parsing: json).object else {
                throw FieldProblem(field: "--data", reason: "it must be a JSON object")
            }
            members = object
        }
        let known = EventKind(rawValue: kind)?.fields ?? []
        for (name, text) in try pairs() {
            let field = known.first { $0.isCalled(name) }
            members[field?.name ?? name] = try field?.value(of: text) ?? .string(text)
        }
        var told: Source?
        if let job, let kind = EventKind(rawValue: kind) {
            members = job.completing(members, of: kind)
            told = job.source(of: kind, members)
        }
        var fact = FactInput(kind, .object(members), time: time, source: told)
        // Half of a named source is refused, and not completed from the job.
        if source != nil || sourceID != nil { (fact.source, fact.sourceID) = (source, sourceID) }
        return fact
    }

    private func read(_ path: String) throws -> Data {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Refusal(
                .invalid, "\(path) cannot be read",
                hint: "name a file after --data @, or use --data - for standard input")
        }
        return data
    }

    /// Whether a field is a Boolean: its flag without a value means true.
    private func isSwitch(_ flag: String) -> Bool {
        let fields = kind.map(Self.kind).flatMap(EventKind.init(rawValue:))?.fields ?? []
        return fields.contains { $0.isCalled(flag) && $0.type == "true or false" }
    }

    /// Completes a kind from its first word if only one kind begins with it: `migration`.
    private static func kind(_ text: String) -> String {
        let kinds = EventKind.allCases.map(\.rawValue).filter { $0.begins(with: text + ".") }
        return kinds.count == 1 ? kinds[0] : text
    }

    /// `--name value`, `--name=value`, in their order.
    private func pairs() throws -> [(String, String)] {
        var pairs: [(String, String)] = []
        var rest = fields[...]
        while let word = rest.popFirst() {
            guard word.begins(with: "-"), word.count > 1 else {
                throw ValidationError(
                    "Unexpected argument '\(word)': fields are given as --name value")
            }
            let flag = ["-e": "--environment"][word] ?? word
            let parts = flag.drop { $0 == "-" }.parts(separator: "=", maxSplits: 1)
            if parts.count == 2 {
                pairs.append((String(parts[0]), String(parts[1])))
            } else if rest.first?.begins(with: "-") ?? true, isSwitch(String(parts.first ?? "")) {
                pairs.append((String(parts[0]), "true"))
            } else if let value = rest.popFirst() {
                pairs.append((String(parts.first ?? ""), value))
            } else {
                throw ValidationError("Missing value for '\(word)'")
            }
        }
        return pairs
    }

    // MARK: Kinds

    private static func list(_ kind: String?) -> Answer {
        let kinds = EventKind.allCases.filter {
            kind == nil || $0.rawValue.begins(with: kind ?? "")
        }
        let rows = kinds.flatMap { kind in
            kind.fields.map {
                [kind.rawValue, $0.name, $0.required ? "required" : "", $0.type]
            }
        }
        return Answer(
            [.grid(Answer.Grid(["kind", "field", "required", Column("holds", .wraps)], rows))],
            json: .array(
                rows.map { row in
                    .object([
                        "kind": .string(row[0]), "field": .string(row[1]),
                        "required": .bool(!row[2].isEmpty), "holds": .string(row[3]),
                    ])
                }))
    }
}

extension RecordVerb: ScannedVerb {
    static var blank: Self {
        var blank = Self()
        (blank.kind, blank.data, blank.time) = (nil, nil, nil)
        (blank.source, blank.sourceID) = (nil, nil)
        (blank.kinds, blank.fields) = (false, [])
        (blank.proof, blank.author, blank.shared) = (.blank, .blank, .blank)
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "" where scan.arguments == 0: scan.readArgument(&kind)
        case "": return false
        case "--data": scan.read(&data)
        case "--time": scan.read(&time)
        case "--source": scan.read(&source)
        case "--source-id": scan.read(&sourceID)
        case "--kinds": scan.read(&kinds)
        case "--receipt": scan.read(&proof.receipt)
        case "--by": scan.read(&author.by)
        default: if !shared.take(&scan) { scan.readField(&fields) }
        }
        return true
    }

    mutating func validateAll() throws {
        try shared.validateAll()
        try validate()
    }
}

extension EventKind.Field {
    /// Whether a flag names this field: `exit-code` names `exitCode`.
    fileprivate func isCalled(_ flag: String) -> Bool {
        name.lowercased() == flag.exchanging("-", for: "").lowercased()
    }
}
