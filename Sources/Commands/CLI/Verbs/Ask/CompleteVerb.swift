internal import ArgumentParser
internal import Commands
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger complete`, which completion scripts run.
struct CompleteVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "complete", abstract: "Print the names that a shell completes",
        shouldDisplay: false)
    @Argument(help: "environments, services, tags, runs, open-runs, kinds or incidents.")
    var values: LiveValues
    @OptionGroup var shared: SharedOptions

    /// More names do not help a person who presses Tab.
    private static let most = 500

    func answer(_ wiring: Wiring) async throws -> Answer {
        return try await wiring.asking { desk in lines(try await names(desk)) }
    }

    /// Shells expand the words of a completion list: only names that need no quotes are offered.
    private func lines(_ names: [String]) -> Answer {
        let plain = names.filter { Quote.shellWord($0) == $0 && !$0.begins(with: "-") }
        return Answer(plain.prefix(Self.most).map { .line($0) }, value: plain)
    }

    private func names(_ desk: Desk) async throws -> [String] {
        let projector = desk.projector
        switch values {
        case .kinds: return EventKind.allCases.map(\.rawValue)
        case .environments: return try await desk.environments().map(\.rawValue)
        case .services:
            let running = try await projector.views().flatMap(\.services).map(\.service)
            let planned = desk.playbook.ifRead?.services.keys.map(\.self) ?? []
            return Set(running + planned).map(\.rawValue).sorted()
        case .tags:
            let newest = try await projector.tags().sorted { $0.since > $1.since }
            var seen: Set<String> = []
            return newest.compactMap { $0.subject.tag?.rawValue }.filter {
                seen.insert($0).inserted
            }
        case .runs: return try await projector.runs().map { String($0.number) }
        case .openRuns:
            return try await projector.runs().filter(\.isOpen).map { String($0.number) }
        case .incidents: return try await projector.openIncidents().map(\.name)
        }
    }
}

extension CompleteVerb: ScannedVerb {
    static var needed: Int { 1 }

    static var blank: Self {
        var blank = Self()
        (blank.values, blank.shared) = (.kinds, .blank)
        return blank
    }

    mutating func take(_ scan: inout LineScan) -> Bool {
        switch scan.name {
        case "" where scan.arguments == 0: scan.readArgument(&values)
        default: return shared.take(&scan)
        }
        return true
    }

    mutating func validateAll() throws {
        try shared.validateAll()
        try validate()
    }
}
