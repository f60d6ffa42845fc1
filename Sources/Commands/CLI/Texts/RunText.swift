internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// The text form of one run.
enum RunText {
    static func blocks(_ found: ShowRun.Answer) -> [Answer.Block] {
        let run = found.run
        var facts: [[Cell]] = [
            ["state", .text(run.state, StateText.style(ending: run.state))],
            ["environment", Cell(run.environment?.rawValue)],
            ["planned", Cell(run.time.timestamp)], ["by", Cell(run.by)],
        ]
        if let reason = run.reason { facts.append(["reason", Cell(reason)]) }
        if let why = run.why { facts.append(["ended because", Cell(why)]) }
        for approval in found.approvals {
            facts.append([
                "approved by",
                Cell("\(approval.by) (\(approval.known), entry \(approval.entry))"),
            ])
        }
        if let bypass = found.bypass {
            let review = bypass.reviewed.map { "reviewed in entry \($0)" } ?? "not reviewed"
            facts.append([
                "approvals bypassed by",
                Cell("\(bypass.by): \(bypass.reason) (entry \(bypass.entry), \(review))"),
            ])
        }
        let targets = found.moves.map { move -> [Cell] in
            [
                Cell(move.service.rawValue), Cell(move.from?.title ?? "nothing"), "→",
                Cell(move.to.title), Cell(contentsOf: move.to),
                Cell(move.hosts.map(\.rawValue).joined(separator: ", ")),
            ]
        }
        return [
            .line("run \(run.run): \(run.kind)"), .sheet(Answer.Grid(sheet: facts, wrapping: [1])),
            .line("Targets:"), .sheet(Answer.Grid(sheet: targets, wrapping: [5])),
            .line("Steps: \(found.succeeded) of \(found.planned) succeeded"),
        ] + found.steps.flatMap(blocks) + end(found)
    }

    /// The step, and below it what it printed.
    private static func blocks(_ step: ShowRun.Step) -> [Answer.Block] {
        let time = step.milliseconds.map { " in \($0) ms" } ?? ""
        let code = step.exitCode.flatMap { $0 == 0 ? nil : ", exit code \($0)" } ?? ""
        let why = step.reason.map { ": \($0)" } ?? ""
        let lines = (step.output ?? "").parts(separator: "\n").map { line in
            Answer.Block.line("      " + String(line))
        }
        let cut = step.cut.map { [Answer.Block.line("      … \($0) bytes omitted")] } ?? []
        return [
            .line(
                "  \(step.step)  \(step.host)  \(step.service)  \(step.name): "
                    + "\(step.state)\(time)\(code)\(why)")
        ] + lines + cut
    }

    private static func end(_ found: ShowRun.Answer) -> [Answer.Block] {
        let run = found.run
        if let command = found.approveCommand { return [.hint("To approve it", command: command)] }
        switch RunView.State(rawValue: run.state) {
        case .approved: return [.hint("To run it", command: "ledger runs resume \(run.run)")]
        case .running:
            return [
                .hint("To continue", command: "ledger runs resume \(run.run)"),
                .hint("To stop here", command: "ledger runs abandon \(run.run) --reason …"),
            ]
        default: return []
        }
    }
}
