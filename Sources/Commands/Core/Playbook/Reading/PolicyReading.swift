internal import CommandFiles
internal import Ledger
internal import LedgerText

/// Reads an environment's policy from the playbook.
extension Policy {
    init(_ reader: StrictYAML) throws(SourceProblem) {
        let members = try reader.members([
            "tags", "branches", "checks", "reviews", "guard", "after", "who", "freeze", "auto",
            "break-glass",
        ])
        self.init(
            tags: try members["tags"]?.texts() ?? [],
            branches: try members["branches"]?.texts() ?? [],
            checks: try members["checks"]?.texts() ?? [],
            reviews: try members["reviews"]?.whole(in: 0...20) ?? 0,
            guarded: try members["guard"]?.bool() ?? false,
            who: try members["who"]?.texts() ?? [])
        breakGlass = try members["break-glass"]?.texts()
        for (key, value) in try members["after"]?.pairs() ?? [] {
            after.append(
                Earlier(environment: try key.reader.name(), seconds: try value.seconds()))
        }
        for window in try members["freeze"]?.elements() ?? [] {
            freezes.append(try FreezeWindow(window))
        }
        if let reader = members["auto"] {
            let words = try reader.text().parts(separator: " ").map(String.init)
            guard words.count == 2, words[0] == "on-push" else {
                throw reader.problem(
                    "\"\(try reader.text())\" is not a valid trigger", hint: "auto: on-push main")
            }
            auto = words[1]
        }
    }
}

extension FreezeWindow {
    fileprivate init(_ reader: StrictYAML) throws(SourceProblem) {
        let members = try reader.members([
            "days", "from", "to", "zone", "since", "until", "reason",
        ])
        let reason = try members["reason"]?.text() ?? "freeze window of the playbook"
        self.init(reason: reason)
        for day in try members["days"]?.elements() ?? [] {
            let name = try day.text().lowercased()
            guard let number = Self.dayNames.firstIndex(of: String(name.prefix(3))) else {
                throw day.problem(
                    "\"\(name)\" is not a day of the week",
                    hint: "use one of \(Self.dayNames.joined(separator: ", "))")
            }
            days.append(number)
        }
        if let from = members["from"] { self.from = try Self.minutes(from) }
        if let to = members["to"] { self.to = try Self.minutes(to) }
        if let zone = members["zone"] { self.zone = try Self.zone(zone) }
        since = try members["since"].map { reader throws(SourceProblem) in try Self.moment(reader)
        }
        until = try members["until"].map { reader throws(SourceProblem) in try Self.moment(reader)
        }
        guard days.isEmpty != (since == nil && until == nil) else {
            throw reader.problem(
                "a freeze requires days, or since and until",
                hint: "{days: [fri], from: \"16:00\", to: \"24:00\", zone: \"+01:00\"}")
        }
        if days.isEmpty, members["from"] != nil || members["to"] != nil {
            throw reader.problem("from and to require days of the week")
        }
    }

    private static func minutes(_ reader: StrictYAML) throws(SourceProblem) -> Int {
        let text = try reader.text()
        let parts = text.parts(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let hours = Int(parts[0]), let minutes = Int(parts[1]),
            (0..<60).contains(minutes), (0...1440).contains(hours * 60 + minutes), hours >= 0
        else { throw reader.problem("\"\(text)\" is not a time", hint: "example: \"16:30\"") }
        return hours * 60 + minutes
    }

    private static func zone(_ reader: StrictYAML) throws(SourceProblem) -> Int {
        let text = try reader.text()
        if text == "UTC" || text == "Z" { return 0 }
        let digits = text.dropFirst().parts(separator: ":", omittingEmptySubsequences: false)
        guard ["+", "-"].contains(text.prefix(1)), digits.count == 2, let hours = Int(digits[0]),
            let minutes = Int(digits[1]), (0...14).contains(hours), (0..<60).contains(minutes)
        else {
            throw reader.problem(
                "\"\(text)\" is not a UTC offset",
                hint: "example: \"+01:00\"; summer time has a different offset")
        }
        return (text.begins(with: "-") ? -1 : 1) * (hours * 60 + minutes)
    }

    private static func moment(_ reader: StrictYAML) throws(SourceProblem) -> Timestamp {
        let text = try reader.text()
        guard let time = Timestamp(text) else {
            throw reader.problem(
                "\"\(text)\" is not a time", hint: "example: 2026-12-20T00:00:00Z (RFC 3339)")
        }
        return time
    }
}
