internal import ArgumentParser
internal import Ledger
internal import LedgerOperations
internal import Projections

/// `ledger diff`
struct DiffVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: Compare.documentation.summary,
        discussion: """
            Example: ledger diff staging production
            Example: ledger diff production~1 production
            """)
    @Argument(help: Compare.help("from"))
    var from: String
    @Argument(help: Compare.help("to"))
    var to: String?
    @Flag(help: "Exit with 2 if anything differs.")
    var exitCode = false
    @OptionGroup var environment: EnvironmentOption
    @OptionGroup var shared: SharedOptions

    private static let columns: [Column] = [
        "service", "from", Column("", .sign), "to", Column("from digest", .leaves(1)),
        Column("", .sign), Column("to digest", .leaves(2)),
    ]

    func answer(_ wiring: Wiring) async throws -> Answer {
        let compare = Compare(from: from, to: to, environment: environment.environment)
        let moves = try await wiring.answer(compare)
        let rows = moves.map { move in
            [
                Cell(move.service.rawValue), Cell(move.from?.title ?? "nothing"), "→",
                Cell(move.to?.title ?? "nothing"), Cell(contentsOf: move.from), "→",
                Cell(contentsOf: move.to),
            ]
        }
        var answer = Answer.list(
            Answer.Grid(Self.columns, rows), value: moves,
            ifEmpty: "No difference.")
        // In a pipe, a list contains only rows.
        for move in moves where wiring.console.isTerminal {
            guard let from = move.from, let to = move.to else { continue }
            answer.blocks += CommitText.blocks(
                move.commits, of: [move.service], from: from, to: to)
        }
        if exitCode, !moves.isEmpty { (answer.exit, answer.outcome) = (.changes, "changes") }
        return answer
    }
}

extension DiffVerb: ScannedVerb {
    static var needed: Int { 1 }

    static var blank: Self {
        var blank = Self()
        (blank.from, blank.to, blank.exitCode) = ("", nil, false)
        (blank.environment, blank.shared) = (.blank, .blank)
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "" where scan.arguments == 0: scan.readArgument(&from)
        case "" where scan.arguments == 1: scan.readArgument(&to)
        case "--exit-code": scan.read(&exitCode)
        default: return environment.take(&scan) || shared.take(&scan)
        }
        return true
    }

    mutating func validateAll() throws {
        try shared.validateAll()
        try validate()
    }
}
