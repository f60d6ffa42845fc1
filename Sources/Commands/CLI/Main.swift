internal import ArgumentParser
internal import Commands
internal import Foundation
internal import Glibc
internal import Ledger
internal import LedgerSQLite
internal import Projections

@main
struct LedgerTool: AsyncParsableCommand {
    static let version = "0.1.0"
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "A release ledger: what was released, what runs, and a safe way back.",
        discussion: """
            Every push, build, image tag, deploy and revert is an entry that never changes. From the \
            entries follows what each environment runs, now or at any earlier moment.

            Every flag can also be given as a variable: --environment as LEDGER_ENVIRONMENT.
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(
                name: "Record:",
                subcommands: [
                    InitVerb.self, RecordVerb.self, ImportVerb.self, NoteVerb.self,
                    CorrectVerb.self, MergeVerb.self,
                ]),
            CommandGroup(
                name: "Ask:",
                subcommands: [
                    StatusVerb.self, LogVerb.self, HistoryVerb.self, ShowVerb.self, DiffVerb.self,
                    SearchVerb.self, ExplainVerb.self, TargetsVerb.self, GateVerb.self,
                    DueVerb.self,
                    CheckVerb.self,
                ]),
            CommandGroup(
                name: "Act:",
                subcommands: [
                    DeployVerb.self, RevertVerb.self, DrillVerb.self, PlanVerb.self,
                    ApproveVerb.self,
                    RejectVerb.self, RunsVerb.self, FenceVerb.self, PinVerb.self, ScriptVerb.self,
                ]),
            CommandGroup(
                name: "Keep:",
                subcommands: [
                    VerifyVerb.self, DoctorVerb.self, ProveVerb.self, KeyVerb.self,
                    RebuildVerb.self,
                    RedactVerb.self,
                    BackupVerb.self, RestoreVerb.self, RetainVerb.self, ExportVerb.self,
                    ReconcileVerb.self, NotifyVerb.self,
                ]),
        ])

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        // A file that may not grow (`ulimit -f`) is an error that is told, not a silent end.
        signal(SIGXFSZ, SIG_IGN)
        let arguments = FlagVariables.adding(
            to: Array(CommandLine.arguments.dropFirst()),
            from: ProcessInfo.processInfo.environment)
        do {
            // Only the parser's own commands, such as help, are not asynchronous.
            var command = try parseAsRoot(arguments)
            guard var verb = command as? any AsyncParsableCommand else { return try command.run() }
            do {
                try await verb.run()
            } catch {
                Failure.exit(with: error, arguments: arguments)
            }
        } catch {
            exit(withError: error)
        }
    }
}

/// A verb: it answers, and the answer is printed.
protocol Verb: AsyncParsableCommand {
    var shared: SharedOptions { get }
    /// Who acts, if a flag says so.
    var by: String? { get }
    func answer(_ wiring: Wiring) async throws -> Answer
}

extension Verb {
    var by: String? { nil }

    func run() async throws {
        let wiring = Wiring(shared, by: by)
        let answer = try await answer(wiring)
        // Also if nobody listens any more the answer has its number.
        wiring.console.codeIfUnheard = answer.exit.rawValue
        Renderer(console: wiring.console, form: shared.output).print(answer)
        wiring.console.finish()
        if answer.exit != .done { throw ArgumentParser.ExitCode(answer.exit.rawValue) }
    }
}

/// A verb that writes: somebody acts.
protocol WritingVerb: Verb {
    var author: ByOption { get }
}

extension WritingVerb {
    var by: String? { author.by }
}
