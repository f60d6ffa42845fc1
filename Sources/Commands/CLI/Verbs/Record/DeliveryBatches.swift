internal import ArgumentParser
internal import CommandEngine
internal import CommandImporters
internal import CommandPorts
internal import Foundation
internal import Ledger
internal import LedgerText

/// The files of deliveries.
enum DeliveryFiles {
    private static let endings = [".json", ".jsonl", ".ndjson", ".http"]

    /// The files at a path: the file itself, or the delivery files in the folder.
    static func list(_ path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        if path == "-" { return [path] }
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Refusal(
                .invalid, "\(path) does not exist", hint: "name delivery files, a folder, or -")
        }
        if !isFolder.boolValue { return [path] }
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        let files = names.filter { name in endings.contains { name.ends(with: $0) } }.sorted()
        guard !files.isEmpty else {
            throw Refusal(
                .invalid, "\(path) contains no deliveries",
                cause: "a folder is searched for these files: \(endings.joined(separator: ", "))")
        }
        return files.map { "\(path.ends(with: "/") ? String(path.dropLast()) : path)/\($0)" }
    }

    static func read(_ path: String, _ what: String) throws -> Data {
        if path == "-" { return FileHandle.standardInput.readDataToEndOfFile() }
        do { return try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) } catch {
            throw Refusal(
                .invalid, "\(path) cannot be read",
                hint: "check the path of \(what) and its permissions")
        }
    }
}

/// Writes deliveries in batches: one append writes many. The next batch is read at the same time.
struct DeliveryBatches {
    /// The deliveries of one append.
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

    /// `progress` receives the number of written deliveries.
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

    /// Writes the last batch and returns the results of all deliveries.
    mutating func end() async throws -> DeliveryTally {
        try await flush()
        try await settle()
        return tally
    }

    /// Waits until the current batch is written.
    private mutating func settle() async throws {
        guard let writing else { return }
        tally.add(try await writing.value)
        progress(tally.deliveries)
        self.writing = nil
    }

    /// Starts to write the batch after the previous one is written, to keep the order of the files.
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
        // One delivery was refused: record the others one by one.
        for (read, place) in zip(batch.deliveries, batch.places) {
            do { tally.count(read, try await recorder.record([read])[0]) } catch {
                guard let failure = Failure(error), failure.exit == .refused else { throw error }
                tally.refuse(place, failure.message, failure.hint)
            }
        }
        return tally
    }
}

/// The results of many deliveries.
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

    /// Throws `Refusal` if every delivery was refused.
    func answer() throws -> Answer {
        if deliveries == 0, let first = refused.first {
            let others = refused.count - 1
            throw Refusal(
                .invalid, "\(first.place) was refused: \(first.reason)",
                cause: others > 0
                    ? "\(Self.words(others, "more delivery was", "more deliveries were")) refused"
                    : nil,
                hint: first.hint)
        }
        var blocks: [Answer.Block] = [
            .line(
                "\(Self.words(deliveries, "delivery", "deliveries")), \(known) already recorded; "
                    + "\(Self.words(facts, "new fact", "new facts"))")
        ]
        let rows = lines.sorted { $0.key < $1.key }.map { name, line in
            [name, "\(line.deliveries)", "\(line.facts)", Self.words(line.reasons)]
        }
        if !rows.isEmpty {
            blocks.append(
                .grid(
                    Answer.Grid(
                        [
                            "event", "deliveries", "new facts",
                            Column("no fact because", .wraps),
                        ], rows)))
        }
        blocks += refused.map { .line("refused: \($0.place): \($0.reason)") }
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
