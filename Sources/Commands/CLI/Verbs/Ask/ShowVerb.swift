internal import ArgumentParser
internal import CommandPorts
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger show`
struct ShowVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an entry, or trace a commit, image or tag",
        discussion: """
            A number or an id shows that entry. `production~1` shows the entry of a deploy. A tag, \
            revision or digest shows its history: commit, change, reviews, checks, build, image, \
            and how long it ran in each environment.

            Example: ledger show 118
            Example: ledger show v1.0.0
            Example: ledger show 118 --body
            """)
    @Argument(
        help: "A sequence, an entry's id, a tag, a revision or a digest (or its first digits).",
        completion: .live(.tags))
    var name: String
    @Flag(help: "Print only the stored body of a delivery.")
    var body = false
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.asking { desk in
            if let found = try await ShowEntry(name, at: at.at).answer(at: desk) {
                if body { return try await kept(found.entry.entry, desk.store) }
                return Answer(TraceText.blocks(found), value: found.entry)
            }
            if body {
                throw Refusal(
                    .unknownName, "entry \"\(name)\" does not exist",
                    cause: "--body prints the body of an entry",
                    hint: Hint("list deliveries", run: "ledger log --kind delivery.received"))
            }
            let lines = try await TraceRelease(name, at: at.at).answer(at: desk)
            var answer = Answer(
                [
                    .grid(
                        Answer.Grid(
                            TraceText.columns,
                            lines.map {
                                TraceText.row($0, wiring.console.isTerminal ? .short : .whole)
                            }))
                ], value: lines)
            // In a pipe, a list contains only rows.
            for line in lines where wiring.console.isTerminal {
                let number = String(line.fact.entry.sequence)
                guard line.ran != nil,
                    let found = try await ShowEntry(number, at: at.at).answer(at: desk)
                else { continue }
                answer.blocks += TraceText.commits(found, heading: .shown)
            }
            return answer
        }
    }

    private func kept(_ entry: Entry, _ store: any EventReader) async throws -> Answer {
        let event = try Event(kind: entry.kind, fields: entry.fields)
        guard case .received(let delivery) = event,
            let bytes = try await store.content(delivery.body)
        else {
            throw Refusal(
                .invalid, "entry \(entry.sequence) has no body",
                cause: "its kind is \(entry.kind); only delivery.received has a body",
                hint: Hint("list deliveries", run: "ledger log --kind delivery.received"))
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return Answer(
            [.text(text.ends(with: "\n") ? text : text + "\n")],
            json: .object(["body": .string(text)]))
    }
}

extension ShowVerb: ScannedVerb {
    static var needed: Int { 1 }

    static var blank: Self {
        var blank = Self()
        (blank.name, blank.body) = ("", false)
        (blank.at, blank.shared) = (.blank, .blank)
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "" where scan.arguments == 0: scan.readArgument(&name)
        case "--body": scan.read(&body)
        default: return at.take(&scan) || shared.take(&scan)
        }
        return true
    }

    mutating func validateAll() throws {
        try shared.validateAll()
        try validate()
    }
}
