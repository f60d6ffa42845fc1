internal import CommandFiles
internal import Ledger
internal import LedgerText

/// How the programs stand in the playbook that are told of entries.
extension Playbook {
    /// The families of kinds that `ledger` writes itself when it acts.
    private static let families = [
        "deploy", "revert", "approval", "step", "lease", "fence", "pin", "host", "health",
    ]

    static func kind(
        _ key: (text: String, reader: YAMLReader)
    ) throws(SourceProblem) -> EventKind {
        let kinds = EventKind.allCases.filter { kind in
            Self.families.contains { kind.rawValue.begins(with: $0 + ".") }
        }
        if let kind = kinds.first(where: { $0.rawValue == key.text }) { return kind }
        throw key.reader.problem(
            "\"\(key.text)\" is no kind of entry that ledger writes when it acts",
            hint: nearest(to: key.text, among: kinds.map(\.rawValue)).map { "did you mean \($0)?" }
                ?? "as deploy.finished, deploy.failed, revert.finished")
    }

    static func hook(_ reader: YAMLReader) throws(SourceProblem) -> Hook {
        guard reader.isMap else {
            return Hook(run: try reader.command(), seconds: 10, variables: [])
        }
        let members = try reader.members(["run", "time-limit", "variables"])
        guard let run = members["run"] else {
            throw reader.problem("a program is wanted", hint: "run: [scripts/notify]")
        }
        var hook = Hook(run: try run.command(), seconds: 10, variables: [])
        if let limit = members["time-limit"] {
            hook.seconds = Int(max(1, try limit.seconds().rounded(.up)))
        }
        hook.variables = try variableNames(members["variables"])
        return hook
    }
}
