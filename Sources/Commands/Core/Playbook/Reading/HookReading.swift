internal import CommandFiles
internal import Ledger
internal import LedgerText

/// Reads the `on:` hooks of a playbook.
extension Playbook {
    /// The families of kinds that `ledger` itself records during its operations.
    private static let families = [
        "deploy", "revert", "approval", "step", "lease", "fence", "pin", "host", "health",
    ]

    static func kind(
        _ key: (text: String, reader: StrictYAML)
    ) throws(SourceProblem) -> EventKind {
        let kinds = EventKind.allCases.filter { kind in
            Self.families.contains { kind.rawValue.begins(with: $0 + ".") }
        }
        if let kind = kinds.first(where: { $0.rawValue == key.text }) { return kind }
        throw key.reader.problem(
            "\"\(key.text)\" is not a kind of entry that ledger records itself",
            hint: nearest(to: key.text, among: kinds.map(\.rawValue)).map { "did you mean \($0)?" }
                ?? "examples: deploy.finished, deploy.failed, revert.finished")
    }

    static func hook(_ reader: StrictYAML) throws(SourceProblem) -> Hook {
        guard reader.isMap else {
            return Hook(run: try reader.command(), seconds: 10, variables: [])
        }
        let members = try reader.members(["run", "time-limit", "variables"])
        guard let run = members["run"] else {
            throw reader.problem("a program is required", hint: "run: [scripts/notify]")
        }
        var hook = Hook(run: try run.command(), seconds: 10, variables: [])
        if let limit = members["time-limit"] {
            hook.seconds = Int(max(1, try limit.seconds().rounded(.up)))
        }
        hook.variables = try variableNames(members["variables"])
        return hook
    }
}
