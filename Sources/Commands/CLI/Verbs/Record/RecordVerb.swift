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
        commandName: "record", abstract: "Record what happened",
        discussion: """
            The fields of the kind are given as flags (--service web --exit-code 0), as JSON with --data, \
            or as JSON lines on standard input with `ledger record -`: an object a line with `kind`, the \
            fields, and optionally `time`, `by`, `source` and `sourceID`. `--kinds` lists kinds and fields.

            What comes from outside carries --source and --source-id: the same pair again is the same \
            fact, and is not written twice.

            Within a job of GitHub Actions or GitLab CI it knows repository, commit, branch or tag, service and \
            source by itself; without a kind it records the push that began the run.

            Example: ledger record image.tagged --service web --tag v1.0.0 --digest sha256:…
            """)

    @Argument(help: "The kind of event, as image.tagged; - for JSON lines on standard input.")
    var kind: String?

    @Option(help: "The fields as JSON: @FILE, - for standard input, or the JSON itself.")
    var data: String?

    @Option(help: "When it happened (RFC 3339, @seconds, 2.hours.ago). Default: now.")
    var time: String?

    @Option(help: "Who told, if it comes from outside: github, jenkins.")
    var source: String?

    @Option(help: "What they call it: a delivery id, a run id and attempt.")
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
            throw ValidationError("--receipt goes with one fact; see ledger prove")
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        if kinds { return Self.list(kind) }
        try await proof.refuseUnsigned(wiring)
        let job = PipelineJob(
            variables: wiring.variables, payload: try Self.event(wiring.variables))
        guard let kind = kind ?? job?.pushKind?.rawValue else {
            throw Refusal(
                .invalid, "no kind of event was named",
                cause: job == nil ? nil : "no push began this run, which would be recorded",
                hint: "see them: ledger record --kinds")
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
                known ? "already recorded as entry \(entry.sequence)" : "entry \(entry.sequence)"
            let late = try await late(entry, recorder.projector)
            var answer = Answer(
                [.line([said, late].compactMap(\.self).joined(separator: ", "))], json: entry.json,
                reason: known ? "known" : nil)
            try await proof.keep(entry, recorder.store, in: &answer)
            return answer
        }
    }

    /// What runs instead, if the entry says that a release ran before that: it stands in the
    /// history, and changes nothing of the present.
    private func late(_ entry: Entry, _ projector: Projector) async throws -> String? {
        let ends = [EventKind.deployFinished.rawValue, EventKind.revertFinished.rawValue]
        guard ends.contains(entry.kind), let name = entry.subject.environment,
            let service = entry.subject.service,
            let state = try await projector.environment(name)[service], entry.time < state.time,
            let release = state.release
        else { return nil }
        return "filed as late: \(name) has run \(service) \(release.title) since \(state.time)"
    }

    /// A warning if the fact's environment is new, and looks like a known one mistyped. What has
    /// happened is recorded all the same.
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
        return "Warning: nobody has heard of the environment \(name) before; was \(near) meant?"
    }

    private func warning(
        ofServiceIn name: EnvironmentName, _ fact: Fact, _ wiring: Wiring, _ recorder: Recorder
    ) async throws -> String? {
        guard let text = fact.fields["service"]?.string else { return nil }
        let known = try await wiring.desk(recorder.projector).services(nil, in: name).map(
            \.rawValue)
        if known.isEmpty || known.contains(text) { return nil }
        return "Warning: \(name) had no service \(text) before; it has "
            + known.joined(separator: ", ")
    }

    // MARK: One fact

    /// The event that began the run of GitHub Actions in which this runs.
    private static func event(_ variables: [String: String]) throws -> JSONValue? {
        guard variables["GITHUB_ACTIONS"] == "true", let path = variables["GITHUB_EVENT_PATH"],
            let data = FileManager.default.contents(atPath: path)
        else { return nil }
        do { return try JSONValue(parsing: data) } catch {
            throw Refusal(
                .invalid, "the event that began this run cannot be read",
                cause: "\(path): \(error)", hint: "GITHUB_EVENT_PATH names it")
        }
    }

    private func fact(_ text: String, _ job: PipelineJob?, _ wiring: Wiring) throws -> Fact {
        let kind = Self.kind(text)
        var members: [String: JSONValue] = [:]
        if let data {
            let json = data.begins(with: "@") ? try read(String(data.dropFirst())) : Data(data.utf8)
            guard let object = try JSONValue(parsing: json).object else {
                throw FieldProblem(field: "--data", reason: "an object is wanted")
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
                .invalid, "--source and --source-id go together",
                hint: "together they are the fact's lasting name")
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
                hint: "check the path after --data @: a file; standard input is --data -")
        }
        return data
    }

    /// Whether a field is yes or no: then its flag alone says yes.
    private func isSwitch(_ flag: String) -> Bool {
        let fields = kind.map(Self.kind).flatMap(EventKind.init(rawValue:))?.fields ?? []
        return fields.contains { $0.isCalled(flag) && $0.type == "true or false" }
    }

    /// A kind by its first word, where only one begins with it: `migration`.
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
            /// Which line it was, and what is recorded nevertheless.
            func place(_ recorder: Recorder) -> String {
                let bad = facts.firstIndex { (try? recorder.check($0)) == nil } ?? 0
                let before = count == 0 ? "nothing is" : "the \(count) lines of batches before are"
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
                        cause: "\(problem.cause ?? "") (\(count) lines before are recorded)",
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
                        hint: "write it in UTF-8; the lines before it are recorded in batches")
                }
                if line.isBlank { continue }
                facts.append(try JSONLine.fact(line, number: number, kind: kind))
                lines.append(number)
                if facts.count == Limits.page { try await flush() }
            }
            try await flush()
            wiring.console.progress("")
            return Answer(
                [.line("\(written) recorded, \(count - written) already recorded before")],
                json: .object(["recorded": JSONValue(written), "known": JSONValue(count - written)])
            )
        }
    }

    /// The bytes of the next line, without its end. Throws `Refusal` if it has more than an entry
    /// can hold: what never ends is not gathered.
    private static func line(of file: UnsafeMutablePointer<FILE>?) throws(Refusal) -> [UInt8]? {
        guard let file else { return nil }
        var bytes: [UInt8] = []
        while true {
            let next = getc(file)
            if next == EOF { return bytes.isEmpty ? nil : bytes }
            if next == Int32(UInt8(ascii: "\n")) { return bytes }
            guard bytes.count < Limits.payloadBytes else {
                throw Refusal(
                    .invalid, "a line has more than \(Limits.payloadBytes >> 20) MiB",
                    hint: "write one fact on each line; large contents are named by their hash")
            }
            bytes.append(UInt8(truncatingIfNeeded: next))
        }
    }

    // MARK: What can be recorded

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
            [.grid(Answer.Grid(["kind", "field", "", "holds"], rows))],
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
    /// Whether a flag means it: `exit-code` is `exitCode`.
    fileprivate func isCalled(_ flag: String) -> Bool {
        name.lowercased() == flag.exchanging("-", for: "").lowercased()
    }
}
