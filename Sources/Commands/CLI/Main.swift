internal import ArgumentParser
internal import Glibc
internal import Ledger

struct LedgerTool: AsyncParsableCommand {
    /// The verbs that only read.
    static let reading: [any ParsableCommand.Type] = [
        StatusVerb.self, LogVerb.self, HistoryVerb.self, ShowVerb.self, DiffVerb.self,
        SearchVerb.self, ExplainVerb.self, TargetsVerb.self, GateVerb.self, DueVerb.self,
        CheckVerb.self, CompleteVerb.self,
    ]

    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "A release ledger: what was released, what runs, and how to roll back safely.",
        discussion: """
            Every push, build, image tag, deploy and revert is an entry that never changes. The \
            entries determine what each environment runs, now and at any earlier moment.

            Every flag can also be given as a variable: --environment as LEDGER_ENVIRONMENT.
            """,
        version: Version.current,
        groupedSubcommands: [
            CommandGroup(
                name: "Record:",
                subcommands: [
                    InitVerb.self, RecordVerb.self, ImportVerb.self, NoteVerb.self,
                    IncidentVerb.self, CorrectVerb.self, MergeVerb.self,
                ]),
            CommandGroup(name: "Ask:", subcommands: reading),
            CommandGroup(
                name: "Act:",
                subcommands: [
                    DeployVerb.self, RevertVerb.self, RollbackVerb.self, DrillVerb.self,
                    PlanVerb.self,
                    ApproveVerb.self,
                    RejectVerb.self, RunsVerb.self, FenceVerb.self, PinVerb.self, FreezeVerb.self,
                    ScriptVerb.self,
                ]),
            CommandGroup(name: "Serve:", subcommands: [LoginVerb.self, LogoutVerb.self]),
            CommandGroup(
                name: "Keep:",
                subcommands: [
                    VerifyVerb.self, DoctorVerb.self, ProveVerb.self, KeyVerb.self,
                    RebuildVerb.self,
                    RedactVerb.self,
                    BackupVerb.self, RestoreVerb.self, RetainVerb.self, ExportVerb.self,
                    ReconcileVerb.self, NotifyVerb.self, VersionVerb.self, CompletionVerb.self,
                ]),
        ])
}

extension Failure {
    static func exit(with error: any Error, arguments: [String]) -> Never {
        guard let failure = Failure(error) else { LedgerTool.exit(withError: error) }
        failure.say()
        if wantsJSON(arguments) {
            print(Canonical.text(failure.json))
            fflush(nil)
        }
        Glibc.exit(failure.exit.rawValue)
    }

    static func wantsJSON(_ arguments: [String]) -> Bool {
        arguments.contains { ["--output=json", "-ojson"].contains($0) }
            || zip(arguments, arguments.dropFirst()).contains {
                ["-o", "--output"].contains($0) && $1 == "json"
            }
    }
}
