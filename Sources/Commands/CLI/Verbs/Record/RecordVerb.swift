internal import ArgumentParser
internal import CommandEngine
internal import CommandImporters
internal import CommandPorts
internal import Foundation
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger record`
struct RecordVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Record an event",
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

    @Option(help: "When it happened (RFC 3339, @seconds, 2.hours.ago). Default: now.")
    var time: String?

    @Option(help: "The system that reported the fact: github, jenkins.")
    var source: String?

    @Option(help: "The fact's id in that system: a delivery id, a run id and attempt.")
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
                hint: "list the kinds: ledger record --kinds")
        }
        if kind == "-" { return try await bulk(nil, wiring) }
        if data == "-" { return try await bulk(kind, wiring) }
        let fact = try fact(kind, job, wiring)
        return try await wiring.recording { recorder in
            let warning = try await warning(fact, wiring, recorder)
            let (entries, new) = try await recorder.recordCounting([fact])
            let entry = entries[0]
            if let warning { wiring.console.error(warning) }
            let known = new == 0
            let said =
                known
                ? "already recorded as entry \(entry.sequence)"
                : "entry \(entry.sequence): \(EntryText.summary(entry))"
            let late = try await late(entry, recorder.projector)
            var answer = Answer(
                [.line([said, late].compactMap(\.self).joined(separator: ", "))], json: entry.json,
                reason: known ? "known" : nil)
            try await proof.keep(entry, recorder.store, in: &answer)
            return answer
        }
    }

    /// Names the current release if the entry's deploy happened before it: the entry then changes
    /// only the history.
    private func late(_ entry: Entry, _ projector: Projector) async throws -> String? {
        let ends = [EventKind.deployFinished.rawValue, EventKind.revertFinished.rawValue]
        guard ends.contains(entry.kind), let name = entry.subject.environment,
            let service = entry.subject.service,
            let state = try await projector.environment(name)[service], entry.time < state.time,
            let release = state.release
        else { return nil }
        return "recorded late: \(name) has run \(service) \(release.title) since \(state.time)"
    }

    /// A warning if the fact's environment is new and similar to a known name. The fact is recorded
    /// in both cases.
    private func warning(
        _ fact: Fact, _ wiring: Wiring, _ recorder: Recorder
    ) async throws -> String? {
        guard let name = fact.fields["environment"]?.string.flatMap(EnvironmentName.init(rawValue:))
        else { return nil }
        let known = try await wiring.desk(recorder.projector).environments()
        var filter = EntryFilter()
        filter.environments = [name]
        guard !known.contains(name),
            let near = nearest(to: name.rawValue, among: known.map(\.rawValue)),
            try await recorder.store.page(filter, .newestFirst, after: nil, limit: 1).isEmpty
        else { return try await warning(ofServiceIn: name, fact, wiring, recorder) }
        return "Warning: the environment \"\(name)\" is new; did you mean \(near)?"
    }

    private func warning(
        ofServiceIn name: EnvironmentName, _ fact: Fact, _ wiring: Wiring, _ recorder: Recorder
    ) async throws -> String? {
        guard let text = fact.fields["service"]?.string else { return nil }
        let known = try await wiring.desk(recorder.projector).services(nil, in: name).map(
            \.rawValue)
        if known.isEmpty || known.contains(text) { return nil }
        return "Warning: the service \"\(text)\" is new in \(name); known services: "
            + known.joined(separator: ", ")
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

    private func fact(_ text: String, _ job: PipelineJob?, _ wiring: Wiring) throws -> Fact {
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
        guard (source == nil) == (sourceID == nil) else {
            throw Refusal(
                .invalid, "only one of --source and --source-id is given",
                hint: "give both; together they identify the fact")
        }
        var told = source.flatMap { name in sourceID.map { Source(name: name, id: $0) } }
        if let job, let kind = EventKind(rawValue: kind) {
            members = job.completing(members, of: kind)
            told = told ?? job.source(of: kind, members)
        }
        return Fact(
            kind: kind, fields: .object(members),
            time: try time.map { try Desk.time($0, now: wiring.now) }, source: told)
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

    // MARK: Many facts

    private func bulk(_ kind: String?, _ wiring: Wiring) async throws -> Answer {
        try await wiring.recording { recorder in
            let input = fdopen(STDIN_FILENO, "r")
            var facts: [Fact] = []
            var lines: [Int] = []
            var number = 0
            var count = 0
            var written = 0
            /// Names the bad line and the number of lines that are already recorded.
            func place(_ recorder: Recorder) -> String {
                let bad = facts.firstIndex { (try? recorder.check($0)) == nil } ?? 0
                let before = count == 0 ? "nothing was" : "\(count) lines before it were"
                return " (line \(lines[bad]); \(before) recorded)"
            }
            func flush() async throws {
                do {
                    written += try await recorder.recordCounting(facts).new
                    count += facts.count
                } catch let problem as FieldProblem {
                    throw FieldProblem(
                        field: problem.field, reason: problem.reason + place(recorder))
                } catch let refusal as Refusal {
                    throw Refusal(
                        refusal.reason, refusal.message + place(recorder), cause: refusal.cause,
                        hint: refusal.hint)
                } catch let problem as StoreProblem {
                    throw StoreProblem(
                        problem.kind, problem.message,
                        cause: "\(problem.cause ?? "") (\(count) lines before it were recorded)",
                        hint: problem.hint)
                }
                (facts, lines) = ([], [])
                wiring.console.progress("\(count) recorded")
            }
            while let bytes = try Self.line(of: input) {
                number += 1
                guard let line = String(validating: bytes, as: UTF8.self) else {
                    throw Refusal(
                        .invalid, "line \(number) is not UTF-8",
                        hint: "write it in UTF-8; full batches of lines before it are recorded")
                }
                if line.isBlank { continue }
                facts.append(try JSONLine.fact(line, number: number, kind: kind))
                lines.append(number)
                if facts.count == Limits.page { try await flush() }
            }
            try await flush()
            wiring.console.progress("")
            return Answer(
                [.line("\(written) recorded, \(count - written) already recorded")],
                json: .object(["recorded": JSONValue(written), "known": JSONValue(count - written)])
            )
        }
    }

    /// The bytes of the next line, without its line end. Throws `Refusal` if the line is larger
    /// than an entry can be, so that memory stays bounded.
    private static func line(of file: UnsafeMutablePointer<FILE>?) throws(Refusal) -> [UInt8]? {
        guard let file else { return nil }
        var bytes: [UInt8] = []
        while true {
            let next = getc(file)
            if next == EOF { return bytes.isEmpty ? nil : bytes }
            if next == Int32(UInt8(ascii: "\n")) { return bytes }
            guard bytes.count < Limits.payloadBytes else {
                throw Refusal(
                    .invalid, "a line is larger than \(Limits.payloadBytes >> 20) MiB",
                    hint: "write one fact per line; refer to large contents by their hash")
            }
            bytes.append(UInt8(truncatingIfNeeded: next))
        }
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

extension EventKind.Field {
    /// Whether a flag names this field: `exit-code` names `exitCode`.
    fileprivate func isCalled(_ flag: String) -> Bool {
        name.lowercased() == flag.exchanging("-", for: "").lowercased()
    }
}
