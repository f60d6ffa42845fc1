internal import CommandFiles
internal import LedgerText

/// What is held against a workflow.
enum WorkflowRules {
    static func judge(_ flow: Workflow, _ path: String, _ tree: SourceTree) -> [GuardFinding] {
        permissions(flow, path) + actions(flow, path) + secrets(flow, path)
            + DeployRules.judge(flow, path, tree)
    }

    private static func permissions(_ flow: Workflow, _ path: String) -> [GuardFinding] {
        if let permissions = flow.permissions {
            guard permissions.text == "write-all" else { return [] }
            return [
                GuardFinding(.permissions, path, permissions.line, "the token may write everything")
            ]
        }
        guard let job = flow.jobs.first(where: { !$0.hasPermissions }) else { return [] }
        return [
            GuardFinding(
                .permissions, path, job.line,
                "nothing says what the token may do in \(job.name)")
        ]
    }

    private static func actions(_ flow: Workflow, _ path: String) -> [GuardFinding] {
        actions(
            flow.jobs.flatMap { job in [job.uses] + job.steps.map(\.uses) }.compactMap(\.self),
            path)
    }

    /// Actions and workflows that are named by what can move.
    static func actions(_ all: [(text: String, line: Int)], _ path: String) -> [GuardFinding] {
        all.compactMap { uses in
            guard !uses.text.begins(with: "./"), !uses.text.holds("${{") else { return nil }
            if uses.text.begins(with: "docker://") {
                guard !uses.text.holds("@sha256:") else { return nil }
            } else {
                let parts = uses.text.parts(separator: "@", maxSplits: 1)
                let commit = parts.count > 1 ? parts[1] : ""
                if commit.count == 40, commit.allSatisfy(\.isHexDigit) { return nil }
            }
            return GuardFinding(
                .unpinnedAction, path, uses.line, "\(uses.text) is named by what can move")
        }
    }

    private static func secrets(_ flow: Workflow, _ path: String) -> [GuardFinding] {
        let settings =
            flow.settings + flow.jobs.flatMap { $0.settings + $0.steps.flatMap(\.settings) }
        let named = settings.filter { LiteralSecret.isOne($0.name, $0.value) }.map {
            GuardFinding(.literalSecret, path, $0.line, "\($0.name) is a literal")
        }
        let runs = flow.jobs.flatMap(\.steps).compactMap(\.run)
        return named
            + runs.flatMap { run in
                SecretLines.lines(of: run.text, from: run.line).map {
                    GuardFinding(.literalSecret, path, $0, "a command line holds a secret")
                }
            }
    }
}

/// Finds lines of a script that hold a secret in clear.
enum SecretLines {
    static func lines(of text: String, from line: Int) -> [Int] {
        text.allLines.enumerated()
            .filter { _, part in
                // Only what has a sign of one is taken apart.
                part.utf8.count < 10_000
                    && LiteralSecret.isIn(command: DockerVariables.words(String(part)))
            }
            .map { line + $0.offset }
    }
}
