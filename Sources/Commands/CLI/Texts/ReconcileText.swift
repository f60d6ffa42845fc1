internal import Ledger
internal import LedgerOperations

/// The facts that deliveries missed, as text.
enum ReconcileText {
    private static let columns: [Column] = [
        "kind", "service", "tag or branch", "digest or revision", "time",
    ]

    static func answer(_ found: Reconciliation) -> Answer {
        let isDone = found.missing.isEmpty || found.recorded
        let count = "\(found.missing.count) \(found.missing.count == 1 ? "fact" : "facts")"
        let heading =
            found.missing.isEmpty
            ? "\(found.place): no facts are missing"
            : "\(found.place): \(count) \(found.recorded ? "recorded" : "missing")"
        var blocks: [Answer.Block] = [.line(heading)]
        if !found.missing.isEmpty {
            blocks.append(.grid(Answer.Grid(columns, found.missing.map(row))))
        }
        if !isDone { blocks.append(.hint("To record them, add --record.")) }
        return Answer(
            blocks, value: found, exit: isDone ? .done : .changes,
            outcome: isDone ? "done" : "changes", reason: isDone ? nil : "missing")
    }

    private static func row(_ fact: Reconciliation.Missing) -> [Cell] {
        func text(_ name: String) -> String { fact.fields[name]?.string ?? "" }
        return [
            Cell(fact.kind), Cell(text("service")), Cell(text("tag") + text("branch")),
            .hash(text("digest").isEmpty ? text("revision") : text("digest")),
            Cell(fact.time?.timestamp),
        ]
    }
}
