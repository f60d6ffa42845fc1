internal import ArgumentParser
internal import CommandImporters
internal import Commands
internal import Foundation
internal import Ledger
internal import LedgerText

/// A sender as a type: each has a verb of its own.
protocol SenderVerb: Sendable {
    static var sender: Sender { get }
    /// What the help calls it.
    static var title: String { get }
    static var example: String { get }
}

enum FromGitHub: SenderVerb {
    static let sender = Sender.github
    static let title = "GitHub"
    static let example = "ledger import github push.json --header 'X-GitHub-Event: push'"
}
enum FromGitLab: SenderVerb {
    static let sender = Sender.gitlab
    static let title = "GitLab"
    static let example = "ledger import gitlab deliveries.jsonl"
}
enum FromGitea: SenderVerb {
    static let sender = Sender.gitea
    static let title = "Gitea or Forgejo"
    static let example = "ledger import gitea --secret-file hook.secret request.http"
}
enum FromBitbucket: SenderVerb {
    static let sender = Sender.bitbucket
    static let title = "Bitbucket Cloud"
    static let example = "ledger import bitbucket push.json --header 'X-Event-Key: repo:push'"
}
enum FromRegistry: SenderVerb {
    static let sender = Sender.registry
    static let title = "a container registry (CNCF Distribution)"
    static let example = "ledger import registry notifications/"
}
enum FromDockerHub: SenderVerb {
    static let sender = Sender.dockerhub
    static let title = "Docker Hub"
    static let example = "ledger import dockerhub push.json"
}
enum FromHarbor: SenderVerb {
    static let sender = Sender.harbor
    static let title = "Harbor"
    static let example = "ledger import harbor push.json"
}
enum FromAlertmanager: SenderVerb {
    static let sender = Sender.alertmanager
    static let title = "Alertmanager"
    static let example = "ledger import alertmanager alert.json"
}
enum FromCDEvents: SenderVerb {
    static let sender = Sender.cdevents
    static let title = "a sender of CDEvents (0.3 to 0.5)"
    static let example = "ledger import cdevents events.jsonl"
}
enum FromCloudEvents: SenderVerb {
    static let sender = Sender.cloudevents
    static let title = "a sender of CloudEvents (1.0)"
    static let example = "ledger import cloudevents event.json"
}

/// `ledger import github`, and the others: deliveries as they come over the wire.
struct ImportDeliveriesVerb<From: SenderVerb>: WritingVerb {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: From.sender.rawValue,
            abstract: "Take over deliveries of \(From.title)",
            discussion: """
                A file holds one body, a whole HTTP request with its headers, a list of bodies, or one \
                body a line; of a folder its .json, .jsonl and .http files are read. Every delivery is kept \
                as it came (without secrets), also one that tells of nothing; what was read before adds nothing.

                Example: \(From.example)
                """)
    }

    @Argument(help: "Files or folders; - for standard input.")
    var paths: [String]

    @Option(
        name: .customLong("header"),
        help: "A header that came with them, 'Name: value' (may be repeated).")
    var headers: [String] = []

    @Option(
        name: .customLong("headers"),
        help: ArgumentHelp("A file of the headers that came with them.", valueName: "file"))
    var headersFile: String?

    @Option(
        help: ArgumentHelp(
            "The file of the webhook's secret: only deliveries that prove to know it are taken.",
            valueName: "file"))
    var secretFile: String?

    @Option(
        help:
            "The service that they are about. Default: from the playbook's images, or the repository's name."
    )
    var service: String?

    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        var context = DeliveryContext(
            now: wiring.now, services: Self.services(try? wiring.playbook()))
        context.service = try service.map { try ServiceName($0) }
        let secret = try secretFile.map {
            try DeliverySecret(file: DeliveryFiles.read($0, "--secret-file"))
        }
        let given = try headersFile.map {
            DeliveryReading.headers(
                String(decoding: try DeliveryFiles.read($0, "--headers"), as: UTF8.self))
        }
        let headers = (given ?? [:]).merging(
            DeliveryReading.headers(headers.joined(separator: "\n"))
        ) { _, flag in flag }
        let files = try paths.flatMap(DeliveryFiles.list)
        return try await wiring.recording { recorder in
            var batches = DeliveryBatches(recorder: recorder) {
                wiring.console.progress("\($0) deliveries …")
            }
            for file in files {
                let bytes = try DeliveryFiles.read(file, "the deliveries")
                try await DeliveryReading.each(
                    bytes, place: file == "-" ? "standard input" : file, headers: headers
                ) { raw in
                    do {
                        try secret?.prove(raw, from: From.sender)
                        let mapped = try From.sender.map(raw, context)
                        try await batches.add(
                            raw, mapped, from: From.sender, isProven: secret != nil)
                    } catch let problem as DeliveryProblem {
                        batches.refuse(raw.place, problem)
                    }
                }
            }
            let tally = try await batches.end()
            wiring.console.progress("")
            return try tally.answer()
        }
    }

    /// The services that the playbook starts, by the repositories of their images, with and without
    /// the registry's name.
    private static func services(_ playbook: Playbook?) -> [String: ServiceName] {
        var names: [String: ServiceName] = [:]
        for (name, service) in playbook?.services ?? [:] {
            guard let image = service.container?.image else { continue }
            names[image] = name
            let parts = image.parts(separator: "/")
            guard parts.count > 1, parts[0].contains(where: { ".:".contains($0) }) else { continue }
            names[parts.dropFirst().joined(separator: "/")] = name
        }
        return names
    }
}

/// The files of deliveries.
enum DeliveryFiles {
    private static let endings = [".json", ".jsonl", ".ndjson", ".http"]

    /// The files that a path names: itself, or those of the folder that it is.
    static func list(_ path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        if path == "-" { return [path] }
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Refusal(
                .invalid, "\(path) is not there", hint: "name files of deliveries, a folder, or -")
        }
        if !isFolder.boolValue { return [path] }
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        let files = names.filter { name in endings.contains { name.ends(with: $0) } }.sorted()
        guard !files.isEmpty else {
            throw Refusal(
                .invalid, "\(path) holds no deliveries",
                cause: "of a folder the files \(endings.joined(separator: ", ")) are read")
        }
        return files.map { "\(path.ends(with: "/") ? String(path.dropLast()) : path)/\($0)" }
    }

    static func read(_ path: String, _ what: String) throws -> Data {
        if path == "-" { return FileHandle.standardInput.readDataToEndOfFile() }
        do { return try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) } catch {
            throw Refusal(
                .invalid, "\(path) cannot be read",
                hint: "check the path of \(what), and who may read it")
        }
    }
}

/// Deliveries on their way into the ledger: many in one append, and while these are written the
/// next ones are read.
struct DeliveryBatches {
    /// What one append takes.
    private struct Batch: Sendable {
        var deliveries: [ReadDelivery] = []
        var places: [String] = []
        var bytes = 0
    }

    private let recorder: Recorder
    private var tally = DeliveryTally()
    private var batch = Batch()
    private var writing: Task<DeliveryTally, any Error>?

    private let progress: (Int) -> Void

    /// `progress` hears how many are written.
    init(recorder: Recorder, progress: @escaping (Int) -> Void) {
        self.recorder = recorder
        self.progress = progress
    }

    mutating func add(
        _ raw: RawDelivery, _ mapped: MappedDelivery, from sender: Sender, isProven: Bool
    ) async throws {
        batch.deliveries.append(
            ReadDelivery(
                from: sender.rawValue, name: mapped.name, id: mapped.id, body: raw.body,
                json: mapped.json, facts: mapped.facts, reason: mapped.reason, isProven: isProven))
        batch.places.append(raw.place)
        batch.bytes += raw.body.count
        // Entries and bodies of one transaction must fit in memory.
        if batch.deliveries.count >= Limits.page || batch.bytes >= Limits.contentBytes {
            try await flush()
        }
    }

    mutating func refuse(_ place: String, _ problem: DeliveryProblem) {
        tally.refuse(place, problem.reason, problem.hint)
    }

    /// What became of them all.
    mutating func end() async throws -> DeliveryTally {
        try await flush()
        try await settle()
        return tally
    }

    /// Waits for what is being written.
    private mutating func settle() async throws {
        guard let writing else { return }
        tally.add(try await writing.value)
        progress(tally.deliveries)
        self.writing = nil
    }

    /// Begins to write the batch, when the one before is written: their order is that of the files.
    private mutating func flush() async throws {
        if batch.deliveries.isEmpty { return try await settle() }
        let (batch, recorder) = (batch, recorder)
        self.batch = Batch()
        let prepared = Result { try recorder.prepare(batch.deliveries) }
        try await settle()
        writing = Task { try await Self.write(batch, prepared, recorder) }
    }

    private static func write(
        _ batch: Batch, _ prepared: Result<PreparedDeliveries, any Error>, _ recorder: Recorder
    ) async throws -> DeliveryTally {
        var tally = DeliveryTally()
        do {
            let results = try await recorder.record(prepared.get())
            for (read, result) in zip(batch.deliveries, results) { tally.count(read, result) }
            return tally
        } catch let problem as StoreProblem {
            guard case .contradiction = problem.kind else { throw problem }
        } catch is Refusal {
        } catch is FieldProblem {}
        // One of them cannot be taken: the others are not lost for it.
        for (read, place) in zip(batch.deliveries, batch.places) {
            do { tally.count(read, try await recorder.record([read])[0]) } catch {
                guard let failure = Failure(error), failure.exit == .refused else { throw error }
                tally.refuse(place, failure.message, failure.hint)
            }
        }
        return tally
    }
}

/// What became of many deliveries.
struct DeliveryTally: Sendable {
    private struct Line {
        var deliveries = 0
        var facts = 0
        var reasons: [String: Int] = [:]

        mutating func add(_ other: Line) {
            deliveries += other.deliveries
            facts += other.facts
            reasons.merge(other.reasons) { $0 + $1 }
        }
    }
    private(set) var deliveries = 0
    private var known = 0
    private var facts = 0
    private var lines: [String: Line] = [:]
    private var refused: [(place: String, reason: String, hint: String?)] = []

    mutating func count(_ read: ReadDelivery, _ result: DeliveryResult) {
        deliveries += 1
        known += result.isKnown ? 1 : 0
        facts += result.facts
        lines[read.name, default: Line()].deliveries += 1
        lines[read.name, default: Line()].facts += result.facts
        if let reason = read.reason {
            lines[read.name, default: Line()].reasons[reason, default: 0] += 1
        }
    }

    mutating func add(_ other: DeliveryTally) {
        deliveries += other.deliveries
        known += other.known
        facts += other.facts
        for (name, line) in other.lines { lines[name, default: Line()].add(line) }
        refused += other.refused
    }

    mutating func refuse(_ place: String, _ reason: String, _ hint: String?) {
        refused.append((place, reason, hint))
    }

    /// Throws `Refusal` if nothing at all could be taken.
    func answer() throws -> Answer {
        if deliveries == 0, let first = refused.first {
            let others = refused.count - 1
            throw Refusal(
                .invalid, "\(first.place) was not taken: \(first.reason)",
                cause: others > 0 ? "nor \(Self.words(others, "other", "others"))" : nil,
                hint: first.hint)
        }
        var blocks: [Answer.Block] = [
            .line(
                "\(Self.words(deliveries, "delivery", "deliveries")), \(known) of them known already; "
                    + "\(Self.words(facts, "fact is", "facts are")) new")
        ]
        let rows = lines.sorted { $0.key < $1.key }.map { name, line in
            [name, "\(line.deliveries)", "\(line.facts)", Self.words(line.reasons)]
        }
        if !rows.isEmpty {
            blocks.append(
                .grid(Answer.Grid(["event", "deliveries", "new facts", "no fact, because"], rows)))
        }
        blocks += refused.map { .line("not taken: \($0.place): \($0.reason)") }
        if let hint = refused.first?.hint { blocks.append(.hint(hint)) }
        return Answer(
            blocks, json: json, exit: refused.isEmpty ? .done : .failed,
            outcome: refused.isEmpty ? "done" : "failed",
            reason: refused.isEmpty ? nil : "notTaken")
    }

    private static func words(_ count: Int, _ one: String, _ many: String) -> String {
        "\(count) \(count == 1 ? one : many)"
    }

    private static func words(_ reasons: [String: Int]) -> String {
        let sorted = reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard let first = sorted.first else { return "" }
        return first.key + (sorted.count > 1 ? " (and \(sorted.count - 1) more)" : "")
    }

    private var json: JSONValue {
        .object([
            "deliveries": JSONValue(deliveries), "known": JSONValue(known),
            "facts": JSONValue(facts),
            "events": .array(
                lines.sorted { $0.key < $1.key }.map { name, line in
                    .object([
                        "event": .string(name), "deliveries": JSONValue(line.deliveries),
                        "facts": JSONValue(line.facts),
                        "reasons": .object(line.reasons.mapValues { JSONValue($0) }),
                    ])
                }),
            "refused": .array(
                refused.map { ["place": .string($0.place), "reason": .string($0.reason)] }),
        ])
    }
}
