internal import Ledger
internal import LedgerText

/// The text form of an entry.
enum EntryText {
    static let columns = [
        "sequence", "time", "kind", "environment", "service", "tag", "by", "about",
    ]

    /// One line as fields: exact, so that programs can parse it.
    static func row(_ entry: Entry) -> [String] {
        [
            String(entry.sequence), entry.time.description, entry.kind,
            entry.subject.environment?.rawValue ?? "", entry.subject.service?.rawValue ?? "",
            entry.subject.tag?.rawValue ?? "", entry.by.name,
            about(entry, whole: true),
        ]
    }

    /// One line for a person.
    static func oneline(_ entry: Entry) -> String {
        let place = [entry.subject.environment?.rawValue, entry.subject.service?.rawValue]
            .compactMap(\.self).joined(separator: "/")
        let number = String(entry.sequence)
        let padded = String(repeating: " ", count: max(0, 6 - number.count)) + number
        let words = [
            place.isEmpty ? nil : place, entry.subject.tag?.rawValue,
            about(entry).isEmpty ? nil : about(entry), "(\(entry.by.name))",
        ]
        let kind = entry.kind + String(repeating: " ", count: max(0, 17 - entry.kind.count))
        return "\(padded)  \(entry.time.short)  \(kind)  "
            + words.compactMap(\.self).joined(separator: " ")
    }

    /// A short summary of the payload. `whole` is for programs: no text is cut.
    static func about(_ entry: Entry, whole: Bool = false) -> String {
        let payload = entry.payload
        func short(_ text: String, _ length: Int) -> String {
            whole ? text : String(text.prefix(length))
        }
        func text(_ name: String) -> String? {
            payload[name]?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
        let words = text("message") ?? text("title") ?? text("text")
        let first = whole ? words : words?.parts(separator: "\n").first.map { short("\($0)", 72) }
        let isStep = entry.kind.begins(with: "step.")
        let step = isStep ? payload["step"]?.integer.map { "step \($0)" } : nil
        let all: [String?] = [
            step, text("name"), text("host"), text("origin"), text("outcome"),
            text("verdict"), text("reviewer").map { "by \($0)" },
            payload["number"]?.integer.map { "#\($0)" },
            text("reason").map { short($0, 100) }, first,
            entry.subject.digest.map { short($0.rawValue, 19) }
                ?? entry.subject.revision.map { short($0.rawValue, 10) },
            payload["verified"]?.bool == false ? "unverified" : nil,
            payload["forced"]?.bool == true ? "history rewritten" : nil,
            payload["putBack"]?.bool == true ? "put back" : nil,
        ]
        return all.compactMap(\.self).joined(separator: " ")
    }

    /// All fields, one per line.
    static func long(_ entry: Entry) -> [String] {
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
        let width = rows.map { $0[0].count }.max() ?? 0
        let lines = rows.flatMap { row in
            let label = row[0] + String(repeating: " ", count: width - row[0].count)
            let value = row[1].parts(separator: "\n", omittingEmptySubsequences: false)
            let rest = String(repeating: " ", count: width + 4)
            return ["  \(label)  \(value.first ?? "")"] + value.dropFirst().map { rest + $0 }
        }
        return ["entry \(entry.sequence)  \(entry.kind)"] + lines
    }
}
