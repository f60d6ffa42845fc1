internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// The text form of a plan: targets and versions first.
enum PlanText {
    static func blocks(_ proposal: Proposal) -> [Answer.Block] {
        let prepared = proposal.prepared
        return blocks(prepared.plan, hash: prepared.hash, prepared.reports, prepared.registries)
            + selected(proposal)
    }

    /// The hosts that change now, if a person selected some.
    private static func selected(_ proposal: Proposal) -> [Answer.Block] {
        guard let only = proposal.only else { return [] }
        func names(_ hosts: [HostName]) -> String {
            hosts.map(\.rawValue).joined(separator: ", ")
        }
        let hosts = proposal.plan.hosts
        let rest = hosts.filter { !only.contains($0) }
        return [
            .line(
                "Only \(names(hosts.filter(only.contains))) now"
                    + (rest.isEmpty ? "." : "; unchanged until the run is resumed: \(names(rest))"))
        ]
    }

    private static func before(_ move: Plan.Move, _ host: HostName) -> String {
        let seen = move.others?.first { $0.host == host }?.release
        return (seen ?? move.from)?.title ?? "nothing"
    }

    static func blocks(
        _ plan: Plan, hash: ContentHash, _ reports: [HostReport] = [],
        _ registries: [RegistryReport] = []
    ) -> [Answer.Block] {
        var blocks: [Answer.Block] = [.line(heading(plan))]
        blocks += plan.moves.map { move in
            let hosts = move.hosts.map(\.rawValue).joined(separator: ", ")
            return .line(
                "  \(move.service): \(move.from?.title ?? "nothing") → \(move.to.title) on \(hosts)"
            )
        }
        if let stays = plan.stays, !stays.isEmpty {
            let names = stays.map { stay in
                "\(stay.service) "
                    + (stay.release.map { "(keeps \($0.title))" } ?? "(runs nothing yet)")
            }
            let tags = Set(plan.moves.compactMap { $0.to.tag?.rawValue }).sorted()
            let what = tags.isEmpty ? "this release" : tags.joined(separator: ", ")
            blocks += [
                .line("Without \(what), and unchanged: \(names.joined(separator: ", "))"),
                .next(
                    "To include a service, first record its image",
                    command: "ledger record image.tagged --service \(shell: stays[0].service) "
                        + "--tag \(shell: what) --digest …"),
            ]
        }
        if !reports.isEmpty {
            blocks += [.line(""), .line("Hosts:"), table(reports.flatMap(rows), wrapping: [2])]
        }
        if !registries.isEmpty {
            blocks += [
                .line(""), .line("Registry:"),
                .sheet(Answer.Grid(sheet: registries.map(row), wrapping: [3])),
            ]
        }
        if let batch = plan.batch { blocks.append(.line("\(batch) hosts change at a time.")) }
        blocks += [.line(""), .line("Steps:"), table(plan.steps.map(row), wrapping: [3, 4])]
        if !plan.back.isEmpty {
            blocks += [.line(""), .line("If a step fails, these steps roll back:")]
            blocks.append(table(plan.back.map(row), wrapping: [3, 4]))
        }
        blocks += returns(plan) + commits(plan)
        if !plan.warnings.isEmpty { blocks.append(.line("")) }
        blocks += plan.warnings.map { .line("Warning: \($0)") }
        return blocks + end(plan, hash)
    }

    private static func heading(_ plan: Plan) -> String {
        "\(plan.kind == .deploy ? "Deploy to" : "Revert of") \(plan.environment)"
            + (plan.protected ? " (protected)" : "")
            + (plan.drill == true ? ", a drill: it ends with the current release" : "") + ":"
    }

    /// The targets with their versions come last, so that they are on the screen when the person
    /// answers, however long the plan is.
    private static func end(_ plan: Plan, _ hash: ContentHash) -> [Answer.Block] {
        let targets = plan.moves.flatMap { move in
            move.hosts.map { host -> [Cell] in
                [
                    Cell(host.rawValue), Cell(move.service.rawValue), Cell(before(move, host)), "→",
                    Cell(move.to.title), Cell(contentsOf: move.to),
                ]
            }
        }
        return [
            .line(""),
            .line(
                "Plan \(hash.rawValue.prefix(16)), requested by \(plan.by)"
                    + (plan.reason.map { ": \($0)" } ?? "")),
            .line("Targets in \(plan.environment):"), .sheet(Answer.Grid(sheet: targets)),
        ]
    }

    /// What changes beside the release, and on one line what does not.
    private static func returns(_ plan: Plan) -> [Answer.Block] {
        if plan.returns.isEmpty { return [] }
        let changed = plan.returns.filter { $0.fate != .unchanged }
        var blocks: [Answer.Block] = [
            .line(""), .line(plan.kind == .revert ? "What comes back:" : "What changes:"),
            table(
                changed.map { [$0.service.rawValue, $0.what, fate($0.fate), $0.why] },
                wrapping: [3]),
        ]
        for service in plan.moves.map(\.service) {
            let same = plan.returns.filter { $0.service == service && $0.fate == .unchanged }
            if same.isEmpty { continue }
            let names = same.map(\.what).joined(separator: ", ")
            blocks.append(.line("  \(service): no change of \(names)"))
        }
        return blocks
    }

    private static func commits(_ plan: Plan) -> [Answer.Block] {
        var blocks: [Answer.Block] = []
        for shipped in plan.shipped ?? [] {
            blocks.append(.line(""))
            blocks += CommitText.blocks(
                shipped.commits, of: shipped.services, from: shipped.from, to: shipped.to,
                more: (shipped.moreCome ?? 0, shipped.moreGo ?? 0))
        }
        if let undone = plan.undone, !undone.isEmpty {
            blocks += [.line(""), .line("Undone (\(undone.count)):")]
            blocks += undone.map { .line("  \($0)") }
        }
        return blocks
    }

    private static func table(_ rows: [[String]], wrapping: Set<Int>) -> Answer.Block {
        .sheet(Answer.Grid(sheet: rows.map { $0.map { Cell($0) } }, wrapping: wrapping))
    }

    /// What was observed on a host, and where its volumes are.
    private static func rows(_ report: HostReport) -> [[String]] {
        let free = report.free.map { "\($0 >> 20) MiB free" } ?? ""
        let image = report.imageIsPresent ? "image present" : "image to be pulled"
        let runs = report.runs.first?.first.map { "runs \($0.rawValue.prefix(19))" }
        let first = [
            report.host.rawValue, report.engine ?? "", free, image, runs ?? "runs nothing",
        ]
        return [first]
            + report.volumes.map {
                [report.host.rawValue, "volume \($0.name)", $0.place ?? "not there yet"]
            }
    }

    /// What a registry has of an image.
    private static func row(_ report: RegistryReport) -> [Cell] {
        let whole = "manifest, configuration and \(report.layers) layers are present"
        let state =
            report.problem.map { "check failed: \($0)" }
            ?? report.missing.first.map { "\($0) is missing" }
            ?? (report.isIndex ? "index, " : "") + whole
        let parts = report.image.parts(separator: "@")
        let digest = parts.count > 1 ? Cell.hash(String(parts[1])) : ""
        return [
            Cell(report.service.rawValue), Cell(parts.first.map(String.init)), digest, Cell(state),
        ]
    }

    private static func row(_ step: Step) -> [String] {
        let marks = [step.once ? "once" : nil, step.check == nil ? nil : "checked"]
            .compactMap(\.self).joined(separator: ", ")
        return [
            String(step.number), step.host.rawValue, step.service.rawValue,
            step.name + (marks.isEmpty ? "" : " (\(marks))"), Quote.shellLine(step.run),
        ]
    }

    private static func fate(_ fate: Plan.Return.Fate) -> String {
        switch fate {
        case .comesBack: "comes back"
        case .changes: "changes"
        case .unchanged: "unchanged"
        case .unknown: "unknown"
        }
    }
}

/// The answers of verbs that plan.
extension PlanText {
    private static func answer(_ proposal: Proposal, run: Int? = nil) -> PlanAnswer {
        PlanAnswer(proposal.value, run: run)
    }

    /// A dry run exits as the real command would, also if approvals are missing.
    static func dryRun(_ proposal: Proposal, _ waiting: Refusal?) -> Answer {
        let end = Answer.Block.line("Dry run: nothing was done or recorded.")
        guard let waiting else {
            return Answer(
                blocks(proposal) + [end], value: answer(proposal), exit: .changes,
                outcome: "changes", reason: "dryRun")
        }
        return Answer(
            blocks(proposal) + [.line(waiting.message), end]
                + [waiting.hint.map { .hint($0.text, command: $0.command) }].compactMap(\.self),
            value: answer(proposal), exit: ExitStatus(Problem(waiting).kind), outcome: "refused",
            reason: waiting.reason.rawValue)
    }

    /// `view` is the environment as it is.
    static func nothingToDo(_ proposal: Proposal, _ view: EnvironmentView) -> Answer {
        let lines = view.services.compactMap { state -> Answer.Block? in
            guard let release = state.release, let entry = state.entry else { return nil }
            return .line(
                "\(state.service) runs \(release.title) (\(state.state.rawValue), entry \(entry), "
                    + "\(state.time) by \(state.by))")
        }
        return Answer(
            [.line("\(view.name): nothing to do")] + lines
                + proposal.plan.warnings.map { .line("Warning: \($0)") }
                + [.hint("To run the steps again, add --again.")],
            value: answer(proposal), outcome: "done", reason: "nothingToDo")
    }

    /// A plan that was recorded, and waits for approval.
    static func requested(_ proposal: Proposal, _ run: Int) -> Answer {
        let needed = proposal.plan.approvalsNeeded
        let hosts =
            proposal.only.map { only in
                " --hosts \(shell: only.map(\.rawValue).sorted().joined(separator: ","))"
            } ?? ""
        return Answer(
            blocks(proposal) + [
                .next(
                    "Run \(run) requires "
                        + (needed == 1 ? "1 approval" : "\(needed) approvals"),
                    command: proposal.plan.approveCommand(run)),
                .next("Then", command: "ledger runs resume \(run)" + hosts),
            ], value: answer(proposal, run: run))
    }

    /// A line for each progress event of a run; `nil` for events that only a live view shows.
    static func line(_ progress: RunProgress, steps: Int, all: Int) -> String? {
        func of(_ step: Step) -> String { "\(step.number)/\(step.number > steps ? all : steps)" }
        switch progress {
        case .stepStarted(let step, let attempt):
            let again = attempt > 1 ? " (attempt \(attempt))" : ""
            return "  \(of(step)) \(step.host) \(step.service): \(step.name)\(again) …"
        case .stepFinished(let step, let succeeded, let why, let milliseconds):
            return "  \(of(step)) \(succeeded ? "done" : "FAILED") "
                + "in \(milliseconds) ms" + (succeeded && why == "succeeded" ? "" : ": \(why)")
        case .printed: return nil
        case .foundDone(let step, let how):
            return "  \(of(step)) \(step.name) was already done: \(how)"
        case .waitingForHealth(let service, let host):
            return "  waiting for \(service) on \(host) to be healthy …"
        case .healthy(let service, let host): return "  \(service) on \(host) is healthy"
        case .observed(let service, let host, let seen, let asPlanned):
            let verdict = asPlanned.map { $0 ? " (as planned)" : " (NOT as planned)" } ?? ""
            return "  observed on \(host): \(service) runs \(seen)\(verdict)"
        case .notObserved(let service, let host, let why):
            return "  cannot observe \(service) on \(host): \(why)"
        case .puttingBack: return "  restoring the previous release …"
        case .waitingForBatch(let seconds):
            return "  waiting \(Int(seconds.rounded())) s before the next hosts …"
        case .waitingForLeftover(let step):
            return
                "  step \(step.number) (\(step.name)) was started earlier; checking its result …"
        }
    }
}
