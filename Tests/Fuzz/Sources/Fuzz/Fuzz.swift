import CommandEngine
import CommandFiles
import CommandGuard
import CommandPorts
import Commands
import CommandSecrets
import Foundation
import Ledger
import LedgerOperations
import LedgerProof
import LedgerSQLite
import Projections
@testable import CommandImporters

/// What libFuzzer calls with each input that it makes up; FUZZ names the parser that reads it.
@c(LLVMFuzzerTestOneInput)
public func readOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    parser(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// What libFuzzer calls before all else: with GROWTH, a folder of inputs, only their growth is
/// looked at.
@c(LLVMFuzzerInitialize)
public func begin(
    _ count: UnsafeMutablePointer<CInt>?,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
    guard let folder = ProcessInfo.processInfo.environment["GROWTH"] else { return 0 }
    exit(Growth.check(folder, parser) ? 0 : 1)
}

/// Chosen once: the corpus is of one parser.
private let parser: Parser = {
    let name = ProcessInfo.processInfo.environment["FUZZ"] ?? ""
    guard let parser = Parsers.all[name] else {
        let known = Parsers.all.keys.sorted().joined(separator: " ")
        print("there is no parser \(name): set FUZZ to one of \(known)")
        exit(64)
    }
    return parser
}()

private typealias Parser = @Sendable ([UInt8]) -> Void

/// Everything that reads what others wrote. A parser may refuse its input; it must not trap, hang
/// or eat the memory, and what it took must mean the same when it is read again.
private enum Parsers {
    static let all: [String: Parser] = [
        "dockerfile": { judge(["Dockerfile": text($0)]) },
        "dockerignore": {
            judge(
                [".dockerignore": text($0), "Dockerfile": "FROM scratch\nCOPY . .\n"],
                holding: ["data/voice.onnx", "a/b/.env", "static/tts/1.wav", ".git/HEAD"])
        },
        "compose": { judge(["compose.yaml": text($0)]) },
        "workflow": { judge([".github/workflows/ci.yml": text($0)]) },
        "playbook": { bytes in
            guard let playbook = try? Playbook(yaml: text(bytes), file: "ledger.yaml") else {
                return
            }
            _ = playbook.environments
        },
        "json": { canonical($0) },
        "quote": { Quoting.check(text($0)) },
        "secret": { secrets($0) },
        "delivery": { deliver($0) },
        "note": { bytes in
            same(bytes) { try SignedNote($0).description }
            _ = try? Checkpoint.opened(SignedNote(bytes), trusting: keys)
        },
        "checkpoint": { bytes in
            guard String(validating: bytes, as: UTF8.self) != nil else { return }
            same(bytes) { try Checkpoint(text($0)).description }
        },
        "proof": { bytes in
            same(bytes) { try Receipt($0).description }
            same(bytes) { try Consistency($0).description }
            _ = try? Receipt(bytes).proved(trusting: keys)
        },
        "journal": { _ = try? Journal(text($0)) },
        "record": { record($0) },
        "reference": { bytes in
            let places = [EnvironmentName(unchecked: "production")]
            _ = try? Reference(text(bytes), now: today, environments: places)
        },
        "filter": { filter($0) },
        "tiles": { tiles($0) },
        "git": { git($0) },
        "witness": { _ = try? CheckpointSearch.all(in: $0, trusting: keys) },
        "pointer": { bytes in
            let value: JSONValue = ["a": ["b": "c", "~/": ["d", 1, [.null]]], "e": "f"]
            let fields = text(bytes).split(separator: "\n").map(String.init)
            guard let rest = try? Redaction.rest(of: value, without: fields) else { return }
            precondition((try? JSONValue(parsing: rest.payload)) != nil, "the rest is no JSON")
        },
    ]

    /// What comes in pieces is read as the whole, and what is clean stays so.
    private static func secrets(_ bytes: [UInt8]) {
        guard let size = bytes.first, String(validating: bytes, as: UTF8.self) != nil else {
            return
        }
        let input = Array(bytes.dropFirst()) + Array("\n".utf8)
        let whole = filtering.redacted(text(input))
        precondition(!Array(whole.utf8).contains(sequence: "hunter2hunter2"), "a known value stays")
        var stream = SecretStream(filtering)
        var pieces: [UInt8] = []
        for start in stride(from: 0, to: input.count, by: Int(size % 64) + 1) {
            pieces += stream.add(input[start..<min(input.count, start + Int(size % 64) + 1)])
        }
        pieces += stream.finish()
        precondition(
            !pieces.contains(sequence: "hunter2hunter2"), "a known value stays in a stream")
    }

    private static let filtering = SecretFilter(
        variables: ["DB_PASSWORD": "hunter2hunter2"], secrets: [])

    private static let today = Timestamp(seconds: 1_767_225_600)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func judge(_ texts: [String: String], holding others: [String] = []) {
        let sizes = Dictionary(uniqueKeysWithValues: others.map { ($0, 1) })
        _ = Guard(SourceTree(texts: texts, sizes: sizes), today: today)
            .judge()
    }

    /// That of a published example (c2sp.org/signed-note).
    private static let keys = [
        try? VerifierKey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    ].compactMap(\.self)

    /// What is read is written as the same bytes: proofs have one form each.
    private static func same(_ bytes: [UInt8], _ write: ([UInt8]) throws -> String) {
        guard let text = try? write(bytes) else { return }
        precondition(Array(text.utf8) == bytes, "it is written otherwise")
    }

    private static func canonical(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes) else { return }
        let text = Canonical.text(value)
        guard let again = try? JSONValue(parsing: text), Canonical.text(again) == text else {
            preconditionFailure("the canonical form is not read as itself: \(text)")
        }
    }

    /// The first byte, a digit, says who sends; the rest is a file of deliveries.
    private static func deliver(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let sender = Sender.allCases[Int(first &- UInt8(ascii: "0")) % Sender.allCases.count]
        let context = DeliveryContext(now: today)
        wait {
            try await DeliveryReading.each(Data(bytes.dropFirst()), place: "fuzz", headers: [:]) {
                _ = try? sender.map($0, context)
            }
        }
    }

    /// A line of `ledger record -`: what is accepted is a draft whose header can be written.
    private static func record(_ bytes: [UInt8]) {
        guard let json = try? JSONValue(parsing: bytes), let kind = json["kind"]?.string else {
            return
        }
        var fields = json.object ?? [:]
        for name in ["kind", "time", "by", "source", "sourceID"] { fields[name] = nil }
        var fact = Fact(kind: kind, fields: .object(fields))
        fact.time = json["time"]?.string.flatMap { Timestamp($0) }
        try? recorder.check(fact)
    }

    private static let recorder = Recorder(
        store: MemoryStore(),
        surroundings: Surroundings(
            now: { today }, random: { (1, 2) }, sleep: { _ in }, isAlive: { _ in nil },
            author: Author(name: "fuzz"),
            holder: Holder(person: "fuzz", host: "here", process: 1, began: "1")),
        secretFilter: filtering)

    /// What the database finds is what the filter means, whatever stands in it.
    private static func filter(_ bytes: [UInt8]) {
        let words = text(bytes).split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        var filter = EntryFilter()
        for (place, word) in words.enumerated() where !word.isEmpty {
            switch place % 6 {
            case 0: filter.services.append(ServiceName(unchecked: word))
            case 1: filter.tags.append(ReleaseTag(unchecked: word))
            case 2: filter.authors.append(word)
            case 3: filter.kinds.append(word)
            case 4: filter.text = word
            default: filter.revisions.append(word)
            }
        }
        let wanted = filter
        wait {
            guard let store = try kept.get() else { return }
            let found = try await store.page(wanted, .oldestFirst, after: nil, limit: 100)
            var all: [Entry] = []
            try await store.each { all.append($0) }
            let meant = all.filter(wanted.matches).map(\.sequence)
            precondition(found.map(\.sequence) == meant, "the database finds something else")
        }
    }

    /// A ledger of a few entries, made once.
    private static let kept: Result<SQLiteStore?, any Error> = Result {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "ledger-fuzz-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: "ledger.db").path
        try SQLiteStore.create(path: path)
        let store = try SQLiteStore(path: path, .writing, views: StoredViews.all)
        let words = ["web", "a\"b", "v1.0.0", "*", "née", "AND", "a b", "%", "x:y"]
        wait {
            for (number, word) in words.enumerated() {
                let draft = Draft(
                    id: EntryID(high: 1, low: UInt64(number)), kind: "note.added",
                    subject: Subject(
                        service: ServiceName(unchecked: word), tag: ReleaseTag(unchecked: word)),
                    payload: Canonical.text(["text": .string(word)]), time: today, recorded: today,
                    by: Author(name: word))
                _ = try await store.append([draft], to: .general, expecting: .any)
            }
        }
        return store
    }

    /// Files of a static log that somebody else serves: the checkpoint says how many there are.
    private static func tiles(_ bytes: [UInt8]) {
        guard let size = bytes.first, size > 0 else { return }
        let checkpoint = Checkpoint(origin: "fuzz", size: Int(size) * 7, root: Tree().root)
        guard var check = try? TileCheck(checkpoint) else { return }
        for part in bytes.dropFirst().split(separator: 255, omittingEmptySubsequences: false) {
            guard check.next != nil, (try? check.take(Array(part))) != nil else { return }
        }
    }

    /// Records of git's are the same however the pipe cuts them.
    private static func git(_ bytes: [UInt8]) {
        guard let cut = bytes.first else { return }
        let output = Array(bytes.dropFirst())
        var (whole, parts) = (
            RecordParser(fields: 3, longest: 40), RecordParser(fields: 3, longest: 40)
        )
        let once = output.withUnsafeBytes { whole.add($0) }
        var cutUp: [[String]] = []
        for start in stride(from: 0, to: output.count, by: Int(cut % 16) + 1) {
            let end = min(output.count, start + Int(cut % 16) + 1)
            cutUp += output[start..<end].withUnsafeBytes { parts.add($0) }
        }
        precondition(once == cutUp, "the records depend on how the pipe is cut")
    }

    /// libFuzzer asks on its own thread and wants the answer there.
    private static func wait(for work: @escaping @Sendable () async throws -> Void) {
        let done = DispatchSemaphore(value: 0)
        Task {
            try? await work()
            done.signal()
        }
        done.wait()
    }
}

extension Array<UInt8> {
    fileprivate func contains(sequence: String) -> Bool {
        firstRange(of: Array(sequence.utf8)) != nil
    }
}
