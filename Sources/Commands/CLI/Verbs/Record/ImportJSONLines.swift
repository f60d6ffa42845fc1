internal import ArgumentParser
internal import CommandEngine
internal import CommandExporters
internal import CommandPorts
internal import FoundationEssentials
internal import Ledger
internal import LedgerProof

/// `ledger import jsonl`
struct ImportJSONLinesVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "jsonl", abstract: "Import a whole ledger that was exported as JSON lines",
        discussion: """
            The import verifies the whole copy and its root before it writes. A ledger that \
            contains the first part of the copy gets the rest. A different ledger is refused.

            Example: ledger init --db copy/ledger.db; ledger import jsonl ledger.jsonl --db copy/ledger.db
            """)
    @Argument(help: "The copy's file.")
    var path: String
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        guard let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else {
            throw Refusal(.invalid, "\(path) cannot be read", hint: "name the copy's file")
        }
        var check = CopyCheck()
        try await each(data) { try check.add($0) }
        let head = try refusing(nil) { try check.end() }
        return try await wiring.recording { recorder in
            // All existing entries are compared before any entry is added.
            let before = try await recorder.store.head().sequence
            var batch = Batch(recorder: recorder)
            if before > 0 {
                try await each(data) { line in
                    guard case .entry(let entry) = line, entry.sequence <= before else { return }
                    try await batch.add(line)
                }
                try await batch.flush()
            }
            try await each(data) { line in
                if case .entry(let entry) = line, entry.sequence <= before { return }
                try await batch.add(line)
                wiring.console.progress("\(batch.entries) entries …")
            }
            try await batch.flush()
            wiring.console.progress("")
            let after = try await recorder.store.head()
            guard before > head.sequence || after == head else {
                throw Refusal(
                    .notPossible, "another program wrote to this ledger during the import",
                    cause:
                        "the ledger ends at entry \(after.sequence) with the root \(after.root), "
                        + "the copy at entry \(head.sequence) with the root \(head.root)",
                    hint: Hint("import into a new ledger", run: "ledger init --db NEW"))
            }
            return Answer(
                [
                    .line(
                        "\(head.sequence) entries with the root \(head.root); \(batch.new) are new")
                ],
                json: .object([
                    "entries": JSONValue(head.sequence), "new": JSONValue(batch.new),
                    "root": .string(head.root.description),
                ]))
        }
    }

    /// Passes each line of the file to `body`.
    private func each(
        _ data: Data, _ body: (CopyLine) async throws -> Void
    ) async throws {
        var number = 0
        for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        where !line.isEmpty {
            number += 1
            let parsed = try refusing(number) { try CopyLine(parsing: line) }
            do { try await body(parsed) } catch let problem as FieldProblem {
                throw refusal(number, problem)
            }
        }
    }

    private func refusing<T>(_ line: Int?, _ body: () throws -> T) throws -> T {
        do { return try body() } catch let problem as FieldProblem {
            throw refusal(line, problem)
        } catch let problem as JSONProblem {
            throw refusal(line, problem)
        }
    }

    private func refusal(_ line: Int?, _ problem: any Error) -> Refusal {
        Refusal(
            .invalid, "\(path)\(line.map { " line \($0)" } ?? "") is not a copy of a ledger",
            cause: "\(problem)",
            hint: Hint("nothing was written; make a copy", run: "ledger export jsonl")
        )
    }
}

extension ImportJSONLinesVerb {
    /// Collects entries and contents, and writes many in one append.
    private struct Batch {
        let recorder: Recorder
        private(set) var entries = 0
        private(set) var new = 0
        private var waiting: [Entry] = []
        private var contents: [Content] = []
        private var bytes = 0

        init(recorder: Recorder) { self.recorder = recorder }

        mutating func add(_ line: CopyLine) async throws {
            switch line {
            case .head: return
            case .content(let content):
                contents.append(content)
                bytes += content.bytes.count
            case .entry(let entry):
                waiting.append(entry)
                entries += 1
            }
            if waiting.count >= Limits.page || bytes >= Limits.contentBytes { try await flush() }
        }

        mutating func flush() async throws {
            new += try await recorder.copy(waiting, keeping: contents)
            (waiting, contents, bytes) = ([], [], 0)
        }
    }
}
