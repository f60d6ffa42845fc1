import CommandImporters
import Commands
import Foundation
import Ledger
import LedgerProof

/// What libFuzzer calls with each input that it makes up; FUZZ names the parser that reads it.
@c(LLVMFuzzerTestOneInput)
public func readOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    parser(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
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
    ]

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
