internal import CommandPorts
internal import Ledger
internal import LedgerOperations

/// The results of many deliveries, as text.
enum TallyText {
    /// Throws `Refusal` if there was no delivery, or if every one was refused.
    static func answer(_ tally: DeliveryTally) throws -> Answer {
        if tally.deliveries == 0, let first = tally.refused.first {
            let others = tally.refused.count - 1
            throw Refusal(
                .invalid, "\(first.place) was refused: \(first.reason)",
                cause: others > 0
                    ? "\(count(others, "more delivery was", "more deliveries were")) refused" : nil,
                hint: first.hint.map { Hint($0) })
        }
        var blocks: [Answer.Block] = [
            .line(
                "\(count(tally.deliveries, "delivery", "deliveries")), \(tally.known) already "
                    + "recorded; \(count(tally.facts, "new fact", "new facts"))")
        ]
        let rows = tally.events.map { line in
            [line.event, "\(line.deliveries)", "\(line.facts)", reason(line.reasons)]
        }
        if !rows.isEmpty {
            blocks.append(
                .grid(
                    Answer.Grid(
                        ["event", "deliveries", "new facts", Column("no fact because", .wraps)],
                        rows)))
        }
        blocks += tally.refused.map { .line("refused: \($0.place): \($0.reason)") }
        if let hint = tally.refused.first?.hint { blocks.append(.hint(hint)) }
        let isWhole = tally.refused.isEmpty
        return Answer(
            blocks, value: tally, exit: isWhole ? .done : .failed,
            outcome: isWhole ? "done" : "failed", reason: isWhole ? nil : "notTaken")
    }

    private static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }

    /// The most frequent reason.
    private static func reason(_ reasons: [String: Int]) -> String {
        let sorted = reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard let first = sorted.first else { return "" }
        return first.key + (sorted.count > 1 ? " (and \(sorted.count - 1) more)" : "")
    }
}
