internal import CommandFiles
internal import LedgerText

/// Rules for workflows.
enum WorkflowRules {
    static func judge(_ flow: Workflow, _ path: String, _ tree: SourceTree) -> [GuardFinding] {
        permissions(flow, path) + actions(flow, path) + secrets(flow, path)
            + DeployRules.judge(flow, path, tree)
    }

    private static func permissions(_ flow: Workflow, _ path: String) -> [GuardFinding] {
        if let permissions = flow.permissions {
            guard permissions.text == "write-all" else { return [] }
            return [
                GuardFinding(
                    .permissions, path, permissions.line,
                    "the token has write access to everything")
            ]
        }
        guard let job = flow.jobs.first(where: { !$0.hasPermissions }) else { return [] }
        return [
            GuardFinding(
                .permissions, path, job.line,
                "no permissions are set for the token in \(job.name)")
        ]
    }

    private static func actions(_ flow: Workflow, _ path: String) -> [GuardFinding] {
        actions(
            flow.jobs.flatMap { job in [job.uses] + job.steps.map(\.uses) }.compactMap(\.self),
            path)
    }

    /// Actions and workflows that are referenced by a name that can move.
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
                .unpinnedAction, path, uses.line,
                "\(uses.text) is not pinned to a commit or digest")
        }
    }

    private static func secrets(_ flow: Workflow, _ path: String) -> [GuardFinding] {
        let settings =
            flow.settings + flow.jobs.flatMap { $0.settings + $0.steps.flatMap(\.settings) }
        let named = settings.filter { LiteralSecret.isOne($0.name, $0.value) }.map {
            GuardFinding(.literalSecret, path, $0.line, "\($0.name) contains a literal secret")
        }
        let runs = flow.jobs.flatMap(\.steps).compactMap(\.run)
        return named
            + runs.flatMap { run in
                SecretLines.lines(of: run.text, from: run.line).map {
                    GuardFinding(.literalSecret, path, $0, "a command line contains a secret")
                }
            }
    }
}

/// Finds script lines that contain a plain-text secret.
enum SecretLines {
    static func lines(of text: String, from line: Int) -> [Int] {
        text.allLines.enumerated()
            .filter { _, part in
                // Only text that resembles a secret is parsed.
                part.utf8.count < 10_000
                    && LiteralSecret.isIn(command: DockerVariables.words(String(part)))
            }
            .map { line + $0.offset }
    }
}
