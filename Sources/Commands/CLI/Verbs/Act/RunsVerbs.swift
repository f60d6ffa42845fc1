internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Commands
internal import Foundation
internal import Ledger
internal import LedgerOperations
internal import LedgerText
internal import Projections

/// `ledger runs`
struct RunsVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List or show runs, resume an interrupted run, or abandon it",
        subcommands: [RunsList.self, RunsShow.self, RunsResume.self, RunsAbandon.self],
        defaultSubcommand: RunsList.self)
}

struct RunsList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: ListRuns.documentation.summary)
    @OptionGroup var environment: EnvironmentOption
    @Flag(help: ListRuns.help("open"))
    var open = false
    @OptionGroup var at: AtOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let list = ListRuns(environment: environment.environment, open: open, at: at.at)
        let found = try await wiring.asking { try await list.answer(at: $0) }
        let rows = found.map { run in
            [
                Cell(run.run), Cell(run.kind), .text(run.state, StateText.style(ending: run.state)),
                Cell(run.environment?.rawValue), Cell(run.service?.rawValue),
                Cell(run.tag?.rawValue), Cell(run.by), Cell(run.time.timestamp),
                Cell(run.why ?? run.reason),
            ]
        }
        let columns: [Column] = [
            "run", Column("kind", .leaves(3)), "state", "environment", "service", "tag",
            Column("by", .leaves(1)), Column("planned", .leaves(2)), Column("why", .wraps),
        ]
        return Answer.list(Answer.Grid(columns, rows), value: found, ifEmpty: "No runs.")
    }
}

struct RunsShow: WatchingVerb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: ShowRun.documentation.summary,
        discussion: "Example: ledger runs show 118")
    @Argument(help: ShowRun.help("run"), completion: .live(.runs))
    var run: Int
    @OptionGroup var watching: WatchOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let show = ShowRun(run)
        let found = try await wiring.asking { try await show.answer(at: $0) }
        var answer = Answer(RunText.blocks(found), value: found)
        let open: [RunView.State] = [.planned, .approved, .running]
        if !open.map(\.rawValue).contains(found.run.state) { answer.mayChange = .impossible }
        return answer
    }
}

struct RunsResume: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Resume a run that was approved, stopped or interrupted",
        discussion: """
            A step that started but did not finish is examined first, with its check or by an \
            observation of the current release.

            Example: ledger runs resume 118
            """)
    @Argument(help: "The run's number. Default: the only open run.", completion: .live(.runs))
    var run: Int?
    @OptionGroup var environment: EnvironmentOption
    @Flag(help: "Take the lock from a holder that does not respond (requires --reason).")
    var takeOver = false
    @Option(help: "The reason.")
    var reason: String?
    @Option(name: .customLong("assume-done"), help: "You checked: this step is done.")
    var done: [Int] = []
    @Option(name: .customLong("assume-not-done"), help: "You checked: this step is not done.")
    var notDone: [Int] = []
    @OptionGroup var hosts: HostsOption
    @OptionGroup var wait: WaitOption
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if takeOver, reason == nil { throw ValidationError("--take-over requires --reason") }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.recording { recorder in
            let view = try await find(wiring, recorder)
            if let name = view.subject.environment, view.state != .running {
                try await wait.wait(wiring, recorder, in: name)
            }
            guard let plan = try await recorder.plan(of: view) else {
                throw Refusal(.unknownName, "run \(view.number) has no plan")
            }
            if let hash = view.plan { wiring.show(PlanText.blocks(plan, hash: hash)) }
            var assuming: [Int: Bool] = [:]
            for step in done { assuming[step] = true }
            for step in notDone { assuming[step] = false }
            for step in done + notDone
            where done.contains(step) == notDone.contains(step)
                || !(plan.steps + plan.back).contains(where: { $0.number == step })
            {
                throw Refusal(
                    .invalid,
                    done.contains(step) && notDone.contains(step)
                        ? "step \(step) cannot be both done and not done"
                        : "run \(view.number) has no step \(step)",
                    hint: "list its steps: ledger log --run \(view.number)")
            }
            return try await Acting(wiring: wiring, recorder: recorder, hosts: hosts).conduct(
                view.id, plan, assuming: assuming, takingOver: takeOver ? reason : nil)
        }
    }

    private func find(_ wiring: Wiring, _ recorder: Recorder) async throws -> RunView {
        let desk = wiring.desk(recorder.projector)
        if let run { return try await desk.run(run) }
        let name = try await desk.environment(ifNamed: environment.environment)
        let open = try await recorder.projector.runs(in: name).filter(\.canGoOn)
        guard open.count == 1, let only = open.first else {
            let list = open.map { String($0.number) }.joined(separator: ", ")
            throw Refusal(
                open.isEmpty ? .unknownName : .ambiguous,
                open.isEmpty ? "no run is open" : "several runs are open: \(list)",
                hint: open.isEmpty
                    ? "list all runs: ledger runs list" : "name one: ledger runs resume RUN")
        }
        return try await desk.run(only.number)
    }
}

struct RunsAbandon: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "abandon", abstract: "Abandon a run; the hosts are left unchanged",
        discussion: "Example: ledger runs abandon 118 --reason \"fixed by hand\"")
    @Argument(help: "The run's number.", completion: .live(.runs))
    var run: Int
    @Option(help: "The reason.")
    var reason: String
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await wiring.recording { recorder in
            let view = try await wiring.desk(recorder.projector).run(run)
            guard let environment = view.subject.environment else {
                throw Refusal(.unknownName, "run \(run) has no environment")
            }
            let plan = try await recorder.plan(of: view)
            let made = try await wiring.conductor(recorder, for: plan).giveUp(
                view, in: environment, reason: reason)
            return Runs.answer(made, "run \(run) was abandoned; its hosts are unchanged")
        }
    }
}

/// What was recorded about a run.
enum Runs {
    static func answer(_ made: [Entry], _ what: String) -> Answer {
        let environment = made[0].subject.environment?.rawValue ?? ""
        return Answer(
            [
                .line("entry \(made[0].sequence): \(what)"),
                .hint("See what runs now", command: "ledger status -e \(shell: environment)"),
            ], value: EntryAnswer(made[0]))
    }
}
