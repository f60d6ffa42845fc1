internal import ArgumentParser
internal import Ledger
internal import LedgerOperations
internal import Projections

/// `ledger history`
struct HistoryVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: DeployHistory.documentation.summary,
        discussion: "Example: ledger history -e production --service web")
    @OptionGroup var environment: EnvironmentOption
    @Option(help: DeployHistory.help("service"), completion: .live(.services))
    var service: String?
    @Option(
        name: [.customShort("n"), .customLong("number")], help: DeployHistory.help("limit"))
    var count: Int?
    @Flag(name: [.customShort("p"), .customLong("patch")], help: DeployHistory.help("commits"))
    var patch = false
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    static let columns: [Column] = [
        "deploy", "time", "kind", "service", "release", Column("by", .leaves(4)),
        Column("entry", .leaves(2)), Column("digest or revision", .leaves(1)), "ending",
        Column("commits", .leaves(3)), Column("approved by", .wraps), Column("why", .wraps),
    ]

    func answer(_ wiring: Wiring) async throws -> Answer {
        let isRead = shared.output == .json || shared.output == .jsonl
        let history = DeployHistory(
            environment: environment.environment, service: service, limit: count, at: at.at,
            commits: patch || isRead)
        let found = try await wiring.answer(history)
        var answer = Answer.list(
            Answer.Grid(Self.columns, found.attempts.map(Self.row)), value: found.attempts,
            ifEmpty: "Nothing was deployed to \(found.environment) yet.")
        guard patch else { return answer }
        for attempt in found.attempts {
            guard let from = attempt.from, let to = attempt.release else { continue }
            answer.blocks.append(.line("\(Self.title(attempt)):"))
            answer.blocks += CommitText.blocks(
                attempt.commits, of: [to.service], from: from, to: to)
        }
        return answer
    }

    private static func title(_ attempt: AttemptAnswer) -> String {
        attempt.number.map { "\(attempt.environment)#\($0)" } ?? attempt.run.map { "run \($0)" }
            ?? ""
    }

    private static func row(_ attempt: AttemptAnswer) -> [Cell] {
        let release = attempt.release
        let approvers =
            attempt.approvers
            + [attempt.bypassedBy.map { "\($0) (break-glass)" }].compactMap(\.self)
        return [
            Cell(title(attempt)), Cell(attempt.time.timestamp), Cell(attempt.kind),
            Cell(attempt.service?.rawValue), Cell(release?.title), Cell(attempt.by),
            Cell(attempt.entry), Cell(contentsOf: release), ending(attempt),
            Cell(attempt.from == nil ? "" : CommitText.count(attempt.commits)),
            Cell(approvers.joined(separator: ", ")),
            Cell([attempt.reason, attempt.why].compactMap(\.self).joined(separator: "; ")),
        ]
    }

    private static func ending(_ attempt: AttemptAnswer) -> Cell {
        .text(
            attempt.ending + (attempt.late ? ", late" : ""),
            StateText.style(ending: attempt.ending))
    }
}

extension HistoryVerb: ScannedVerb {
    static var blank: Self {
        var blank = Self()
        (blank.environment, blank.at, blank.shared) = (.blank, .blank, .blank)
        (blank.service, blank.count, blank.patch) = (nil, nil, false)
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "--service": scan.read(&service)
        case "--number", "-n": scan.read(&count)
        case "--patch", "-p": scan.read(&patch)
        default: return environment.take(&scan) || at.take(&scan) || shared.take(&scan)
        }
        return true
    }

    mutating func validateAll() throws {
        try shared.validateAll()
        try validate()
    }
}
