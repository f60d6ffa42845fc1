internal import ArgumentParser
internal import CommandEngine
internal import CommandPorts
internal import Commands
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
        let found = try await wiring.answer(list)
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
        let found = try await wiring.answer(show)
        var answer = Answer(RunText.blocks(found), value: found)
        let open: [RunView.State] = [.planned, .approved, .running]
        if !open.map(\.rawValue).contains(found.run.state) { answer.mayChange = .impossible }
        return answer
    }
}

struct RunsResume: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: ResumeRun.documentation.summary,
        discussion: """
            \(ResumeRun.documentation.discussion)

            Example: ledger runs resume 118
            """)
    @Argument(help: "The run's number. Default: the only open run.", completion: .live(.openRuns))
    var run: Int?
    @OptionGroup var environment: EnvironmentOption
    @Flag(help: "Take the lock from a holder that does not respond (requires --reason).")
    var takeOver = false
    @Option(help: "The reason.")
    var reason: String?
    @Option(name: .customLong("assume-done"), help: ResumeRun.help("assumeDone"))
    var done: [Int] = []
    @Option(name: .customLong("assume-not-done"), help: ResumeRun.help("assumeNotDone"))
    var notDone: [Int] = []
    @OptionGroup var hosts: HostsOption
    @OptionGroup var wait: WaitOption
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if takeOver, reason == nil { throw ValidationError("--take-over requires --reason") }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        var resume = ResumeRun(run, environment: environment.environment)
        resume.takingOver = takeOver ? reason : nil
        resume.assumeDone = done
        resume.assumeNotDone = notDone
        resume.hosts = hosts.names
        resume.wait = wait.wait
        let request = resume
        return try await wiring.acting(waiting: wait) { desk in
            let chosen = try await request.choose(at: desk)
            if let hash = chosen.view.plan {
                wiring.show(PlanText.blocks(chosen.plan, hash: hash))
            }
            let dialog = PlanDialog(wiring: wiring, desk: desk, isDryRun: false)
            return try await dialog.carryOut(request, chosen).answer
        }
    }
}

struct RunsAbandon: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "abandon", abstract: AbandonRun.documentation.summary,
        discussion: "Example: ledger runs abandon 118 --reason \"fixed by hand\"")
    @Argument(help: "The run's number.", completion: .live(.openRuns))
    var run: Int
    @Option(help: "The reason.")
    var reason: String
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        let abandon = AbandonRun(run, reason: reason)
        let made = try await wiring.acting { try await abandon.answer(at: $0) }
        return Runs.answer([made.entry], "run \(run) was abandoned; its hosts are unchanged")
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
