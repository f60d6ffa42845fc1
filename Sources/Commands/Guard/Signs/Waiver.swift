internal import CommandFiles
internal import Ledger
internal import LedgerText

/// An exception that is written in a file, with its owner and its end date: `# ledger:waive
/// root-user reason="the base drops its rights" owner=alice until=2026-12-31`.
///
/// It applies to its own line and the next line that is not empty.
public struct Waiver: Hashable, Sendable {
    public let rule: GuardRule
    public let reason: String
    public let owner: String
    /// The last day on which it is valid, as `YYYY-MM-DD`.
    public let until: String
    public let line: Int
    /// The lines that it applies to.
    let lines: ClosedRange<Int>

    private static let mark = "ledger:waive"

    /// The waivers in a text, and the problems of those that are not valid on this day.
    static func find(
        in text: String, _ path: String, today: String
    ) -> (waivers: [Waiver], problems: [GuardFinding]) {
        guard text.contains(mark) else { return ([], []) }
        let lines = text.allLines
        var waivers: [Waiver] = []
        var problems: [GuardFinding] = []
        for (number, line) in lines.enumerated() {
            guard let place = line.firstRange(of: mark), line[..<place.lowerBound].holds("#")
            else { continue }
            func isSilent(_ line: Substring) -> Bool {
                let first = line.first { !$0.isWhitespace }
                return first == nil || first == "#"
            }
            let next = lines[(number + 1)...].firstIndex { !isSilent($0) } ?? number
            do {
                waivers.append(
                    try read(
                        String(line[place.upperBound...]), number + 1,
                        (number + 1)...(isSilent(line) ? next + 1 : number + 1), today))
            } catch {
                problems.append(GuardFinding(.waiver, path, number + 1, error.why))
            }
        }
        return (waivers, problems)
    }

    private struct Invalid: Error { let why: String }

    private static func read(
        _ text: String, _ line: Int, _ lines: ClosedRange<Int>, _ today: String
    ) throws(Invalid) -> Waiver {
        let words = DockerVariables.words(text)
        guard let name = words.first, let rule = GuardRule(rawValue: name) else {
            throw Invalid(why: "there is no rule \(words.first ?? "(no name)")")
        }
        var values: [String: String] = [:]
        for word in words.dropFirst() {
            let parts = word.parts(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
        }
        for key in ["reason", "owner", "until"] where values[key]?.isEmpty ?? true {
            throw Invalid(why: "the waiver of \(name) has no \(key)")
        }
        let until = values["until"] ?? ""
        guard Timestamp("\(until)T00:00:00Z") != nil else {
            throw Invalid(why: "\(until) is not a date (YYYY-MM-DD)")
        }
        // Dates in this form sort as text.
        guard until >= today else { throw Invalid(why: "the waiver of \(name) ended on \(until)") }
        return Waiver(
            rule: rule, reason: values["reason"] ?? "", owner: values["owner"] ?? "", until: until,
            line: line, lines: lines)
    }
}
