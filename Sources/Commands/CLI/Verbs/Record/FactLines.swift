internal import Glibc
internal import CommandPorts
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
                let parsed: FactInput?
                do { parsed = try fact(bytes, number) } catch let refusal as Refusal {
                    // An earlier line of the batch may be bad too: the first one is named.
                    try refuseFirst(of: batch, after: count, desk)
                    throw refusal.placed(" (\(Self.recorded(count)))")
                }
                guard let parsed else { continue }
                batch.facts.append(parsed)
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

    /// The fact of a line; `nil` for a blank one.
    private func fact(_ bytes: [UInt8], _ number: Int) throws -> FactInput? {
        guard let line = String(validating: bytes, as: UTF8.self) else {
            throw Refusal(
                .invalid, "line \(number) is not UTF-8", hint: "write one object per line, in UTF-8"
            )
        }
        return line.isBlank ? nil : try FactInput(parsing: line, number: number, kind: kind)
    }

    private func record(
        _ batch: Batch, after count: Int, _ desk: RecordingDesk
    ) async throws -> RecordFacts.Answer {
        do {
            return try await RecordFacts(batch.facts).answer(at: desk)
        } catch let problem as RecordFacts.Problem {
            throw Self.placed(problem, batch, after: count)
        } catch let problem as StoreProblem {
            let cause = [problem.cause, Self.recorded(count)].compactMap(\.self)
            throw StoreProblem(
                problem.kind, problem.message, cause: cause.joined(separator: "\n"),
                hint: problem.hint)
        }
    }

    private func refuseFirst(of batch: Batch, after count: Int, _ desk: RecordingDesk) throws {
        do { try RecordFacts(batch.facts).check(at: desk) } catch {
            throw Self.placed(error, batch, after: count)
        }
    }

    /// Names the bad line, and the number of lines that are already recorded.
    private static func placed(
        _ problem: RecordFacts.Problem, _ batch: Batch, after count: Int
    ) -> any Error {
        let place = " (line \(batch.lines[problem.index]); \(recorded(count)))"
        switch problem.error {
        case let error as FieldProblem:
            return FieldProblem(field: error.field, reason: error.reason + place)
        case let refusal as Refusal: return refusal.placed(place)
        case let name as InvalidName: return Refusal(.invalid, name.description + place)
        default: return problem.error
        }
    }

    private static func recorded(_ count: Int) -> String {
        switch count {
        case 0: "nothing was recorded"
        default: "\(count) lines before were recorded; with sources the whole can be repeated"
        }
    }

    /// The bytes of the next line, without its line end. Throws `Refusal` if the line is larger
    /// than an entry can be, so that memory stays bounded.
    private static func line(of file: UnsafeMutablePointer<FILE>?) throws(Refusal) -> [UInt8]? {
        guard let file else { return nil }
        var bytes: [UInt8] = []
        while true {
            let next = getc(file)
            if next == EOF {
                if ferror(file) != 0 {
                    throw Refusal(
                        .invalid, "standard input cannot be read to its end",
                        cause: String(cString: strerror(errno)),
                        hint: "with sources the whole can be repeated: nothing is recorded twice")
                }
                return bytes.isEmpty ? nil : bytes
            }
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

extension Refusal {
    /// The same refusal, with where it happened.
    fileprivate func placed(_ place: String) -> Refusal {
        Refusal(reason, message + place, cause: cause, hint: hint)
    }
}
