internal import CommandPorts
internal import Foundation
internal import Ledger
internal import LedgerOperations
internal import LedgerText

/// Records facts from JSON lines on standard input, many in one append.
struct FactLines {
    let wiring: Wiring
    /// The kind of every line; `nil` if each line names its own.
    let kind: String?

    /// The facts of one append, with their line numbers.
    private struct Batch {
        var facts: [FactInput] = []
        var lines: [Int] = []
    }

    func answer() async throws -> Answer {
        try await wiring.changing { desk in
            let input = fdopen(STDIN_FILENO, "r")
            var batch = Batch()
            var (number, count, written) = (0, 0, 0)
            func flush() async throws {
                let made = try await record(batch, after: count, desk)
                written += made.recorded
                count += batch.facts.count
                batch = Batch()
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
                batch.facts.append(try FactInput(parsing: line, number: number, kind: kind))
                batch.lines.append(number)
                if batch.facts.count == Limits.page { try await flush() }
            }
            try await flush()
            wiring.console.progress("")
            return Answer(
                [.line("\(written) recorded, \(count - written) already recorded")],
                value: RecordFacts.Answer(recorded: written, known: count - written))
        }
    }

    /// Names the bad line, and the number of lines that are already recorded.
    private func record(
        _ batch: Batch, after count: Int, _ desk: RecordingDesk
    ) async throws -> RecordFacts.Answer {
        do {
            return try await RecordFacts(batch.facts).answer(at: desk)
        } catch let problem as RecordFacts.Problem {
            let before = count == 0 ? "nothing was" : "\(count) lines before it were"
            let place = " (line \(batch.lines[problem.index]); \(before) recorded)"
            switch problem.error {
            case let error as FieldProblem:
                throw FieldProblem(field: error.field, reason: error.reason + place)
            case let refusal as Refusal:
                throw Refusal(
                    refusal.reason, refusal.message + place, cause: refusal.cause,
                    hint: refusal.hint)
            default: throw problem.error
            }
        } catch let problem as StoreProblem {
            throw StoreProblem(
                problem.kind, problem.message,
                cause: "\(problem.cause ?? "") (\(count) lines before it were recorded)",
                hint: problem.hint)
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
}
