internal import ArgumentParser
internal import CommandEngine
internal import Commands
internal import Ledger
internal import LedgerOperations
internal import Projections

/// `ledger targets`
struct TargetsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "targets",
        abstract: ListRollbackTargets.documentation.summary,
        discussion: """
            Shows recorded releases and the last observations. --check observes every host and the \
            registry, and records the results.

            Example: ledger targets -e production
            Example: ledger targets -e production --check
            """)
    @OptionGroup var environment: EnvironmentOption
    @Flag(help: "Check the hosts and the registry now, and record the results.")
    var check = false
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if check, at.at != nil {
            throw ValidationError("--check observes the present; it cannot be used with --at")
        }
    }

    private static let columns: [Column] = [
        "service", "release", "revertable", Column("why not", .wraps), Column("hosts", .wraps),
        Column("rehearsed", .wraps),
        Column("deploy", .leaves(1)), "time",
        Column("rehearsed at", .leaves(2)),
    ]

    func answer(_ wiring: Wiring) async throws -> Answer {
        if check {
            let check = CheckRollbackTargets(environment: environment.environment)
            _ = try await wiring.acting { try await check.answer(at: $0) }
        }
        let list = ListRollbackTargets(environment: environment.environment, at: at.at)
        let found = try await wiring.answer(list)
        return Answer.list(
            Answer.Grid(Self.columns, found.targets.map { row($0, found.environment) }),
            value: found.targets,
            ifEmpty: "No release has run in \(found.environment) yet.")
    }

    private func row(
        _ target: ListRollbackTargets.Target, _ name: EnvironmentName
    ) -> [Cell] {
        let hosts = target.hosts.map { "\($0.host?.rawValue ?? ""): \($0.detail ?? "")" }
        let drill = target.rehearsed.map { drill in
            let seconds = drill.milliseconds.map { " in \(Double($0) / 1000) s" } ?? ""
            return (drill.succeeded ? "succeeded\(seconds)" : "FAILED") + ", \(drill.environment)"
        }
        return [
            Cell(target.release.service.rawValue), Cell(target.release.title),
            target.possible ? .text("yes", .well) : .text("no", .attention), Cell(target.reason),
            Cell(hosts.joined(separator: "; ")), Cell(drill),
            Cell("\(name)#\(target.number)"),
            Cell(target.time.timestamp), Cell(target.rehearsed?.time.timestamp),
        ]
    }
}

extension TargetsVerb: ScannedVerb {
    static var blank: Self {
        var blank = Self()
        blank.check = false
        (blank.environment, blank.at, blank.shared) = (.blank, .blank, .blank)
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "--check": scan.read(&check)
        default: return environment.take(&scan) || at.take(&scan) || shared.take(&scan)
        }
        return true
    }

    mutating func validateAll() throws {
        try shared.validateAll()
        try validate()
    }
}
