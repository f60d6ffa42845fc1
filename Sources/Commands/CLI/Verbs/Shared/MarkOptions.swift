internal import ArgumentParser
internal import Ledger
internal import LedgerOperations
internal import Projections

/// The release of a mark, and the reason.
struct MarkOptions: ParsableArguments {
    @Argument(help: RaiseFence.help("tag"), completion: .live(.tags))
    var tag: String
    @OptionGroup var environment: EnvironmentOption
    @Option(help: RaiseFence.help("service"), completion: .live(.services))
    var service: String?
    @Option(help: RaiseFence.help("reason"))
    var reason: String
}

/// The text form of marks.
enum MarkText {
    /// What was recorded.
    static func answer(_ made: [EntryAnswer]) -> Answer {
        let entries = made.map(\.entry)
        return Answer(
            entries.map { entry in
                let release = Release(entry.subject)
                return .line(
                    "entry \(entry.sequence): \(entry.kind) \(release?.service.rawValue ?? "") "
                        + "\(release?.title ?? "")")
            }, value: made)
    }

    /// The active marks of one kind.
    static func list(
        _ kind: Mark.Kind, _ environment: EnvironmentOption, _ at: AtOption, _ wiring: Wiring
    ) async throws -> Answer {
        let list = ListMarks(kind, environment: environment.environment, at: at.at)
        let found = try await wiring.answer(list)
        let isFreeze = kind == .freeze
        let columns: [Column] =
            ["environment"] + (isFreeze ? [] : ["service", "release"])
            + [Column("why", .wraps), "by", "since", Column("entry", .leaves(1))]
            + (isFreeze ? ["until"] : kind == .fence ? ["fixed by"] : [])
        let rows = found.map { line -> [Cell] in
            let mark = line.mark
            let release = [Cell(mark.release?.service.rawValue), Cell(mark.release?.title)]
            let fixes = (mark.fixes ?? []).map(\.short).joined(separator: ", ")
            return [Cell(line.environment.rawValue)] + (isFreeze ? [] : release)
                + [
                    Cell(mark.reason), Cell(mark.by), Cell(mark.time.timestamp), Cell(mark.entry),
                ]
                + (isFreeze ? [Cell(mark.until?.timestamp)] : kind == .fence ? [Cell(fixes)] : [])
        }
        return .list(
            Answer.Grid(columns, rows), value: found,
            ifEmpty: "No \(kind.rawValue) is active.")
    }
}
