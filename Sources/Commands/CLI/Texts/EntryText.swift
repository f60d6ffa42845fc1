internal import Ledger
internal import LedgerText
internal import Projections

/// The text form of an entry.
enum EntryText {
    static let columns: [Column] = [
        "sequence", "time", "kind", "environment", "service", "tag", "by", "about",
    ]

    /// One line as fields: exact, so that programs can parse it.
    static func row(_ entry: Entry) -> [String] {
        [
            String(entry.sequence), entry.time.description, entry.kind,
            entry.subject.environment?.rawValue ?? "", entry.subject.service?.rawValue ?? "",
            entry.subject.tag?.rawValue ?? "", entry.by.name,
            about(entry, .whole),
        ]
    }

    /// The columns of a list for people.
    static let short: [Column] = [
        "sequence", "time", "kind", Column("where", .wraps), Column("about", .wraps),
        Column("by", .leaves(1)),
    ]

    /// The least widths of these columns: later pages have the widths of the first.
    static let least = [8, 10, 15, 10, 0, 0]

    /// One row for a person.
    static func shortRow(_ entry: Entry) -> [Cell] {
        let place = [entry.subject.environment?.rawValue, entry.subject.service?.rawValue]
            .compactMap(\.self).joined(separator: "/")
        let what = [entry.subject.tag?.rawValue, about(entry)].compactMap(\.self)
        return [
            Cell(entry.sequence), Cell(entry.time), Cell(entry.kind), Cell(place),
            Cell(what.filter { !$0.isEmpty }.joined(separator: " ")), Cell(entry.by.name),
        ]
    }

    /// One row for all entries of a run; `entry` is the one that the list meets first.
    static func row(of run: RunView, through entry: Entry) -> [Cell] {
        let place = [run.subject.environment?.rawValue, run.subject.service?.rawValue]
            .compactMap(\.self).joined(separator: "/")
        let approvers = run.approvals.map(\.by).filter { $0 != run.by }
        let about = [
            run.subject.tag?.rawValue, run.state.rawValue,
            run.state == .finished || run.isWaiting
                ? nil : "after \(run.succeeded) of \(run.planned) steps",
            approvers.isEmpty ? nil : "approved by \(approvers.joined(separator: ", "))",
            run.bypass.map { "approvals bypassed by \($0.by)" },
            (run.reason ?? run.why).map { "(\($0))" },
        ]
        return [
            Cell(entry.sequence), Cell(entry.time), Cell("\(run.kind.rawValue), run \(run.number)"),
            Cell(place), Cell(about.compactMap(\.self).joined(separator: " ")), Cell(run.by),
        ]
    }

    /// Kind, place and release in a few words: what a person wants to read back after recording.
    static func summary(_ entry: Entry) -> String {
        let subject = entry.subject
        let words = [
            entry.kind, subject.environment?.rawValue, subject.service?.rawValue,
            subject.tag?.rawValue ?? subject.revision?.short,
        ]
        return words.compactMap(\.self).joined(separator: " ")
    }

    /// How much of long texts is shown.
    enum Length { case short, whole }

    /// A summary of the payload; `whole` is for programs.
    static func about(_ entry: Entry, _ length: Length = .short) -> String {
        let payload = entry.payload
        let isWhole = length == .whole
        func short(_ text: String, _ length: Int, end: String = "…") -> String {
            let start = TextWidth.fitting(text, length)
            return isWhole || start.utf8.count == text.utf8.count ? text : start + end
        }
        func text(_ name: String) -> String? {
            payload[name]?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
        let words = text("message") ?? text("title") ?? text("text")
        let first = isWhole ? words : words?.parts(separator: "\n").first.map { short("\($0)", 72) }
        let isStep = entry.kind.begins(with: "step.")
        let step = isStep ? payload["step"]?.integer.map { "step \($0)" } : nil
        let all: [String?] = [
            step, text("name"), text("host"), text("origin"), text("outcome"),
            text("verdict"), text("reviewer").map { "by \($0)" },
            payload["number"]?.integer.map { "#\($0)" },
            text("reason").map { short($0, 100) }, first,
            entry.subject.digest.map { short($0.rawValue, 19, end: "") }
                ?? entry.subject.revision.map { short($0.rawValue, 10, end: "") },
            payload["verified"]?.bool == false ? "unverified" : nil,
            payload["forced"]?.bool == true ? "history rewritten" : nil,
            payload["putBack"]?.bool == true ? "put back" : nil,
        ]
        return all.compactMap(\.self).joined(separator: " ")
    }

    /// All fields, one per line.
    static func long(_ entry: Entry) -> [Answer.Block] {
        var rows: [[String]] = [
            ["id", entry.id.description], ["stream", "\(entry.stream) #\(entry.position)"],
            ["happened", entry.time.description], ["recorded", entry.recorded.description],
            ["by", "\(entry.by.name) (\(entry.by.known.rawValue))"],
        ]
        if let cause = entry.draft.cause { rows.append(["because of", cause.description]) }
        if let run = entry.draft.correlation { rows.append(["run", run.description]) }
        if let source = entry.draft.source {
            rows.append(["source", "\(source.name) \(source.id)"])
        }
        for (name, value) in entry.subject.fields { rows.append([name, value]) }
        for (name, value) in (entry.payload.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            rows.append([name, value.string ?? Canonical.text(value)])
        }
        return [
            .line("entry \(entry.sequence)  \(entry.kind)"),
            .sheet(Answer.Grid(sheet: rows.map { $0.map { Cell($0) } }, wrapping: [1])),
        ]
    }
}
