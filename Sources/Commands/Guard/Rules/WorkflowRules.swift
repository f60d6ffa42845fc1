internal import LedgerText

/// What is held against a workflow.
enum WorkflowRules {
    static func judge(_ flow: Workflow, _ path: String, _ tree: SourceTree) -> [GuardFinding] {
        permissions(flow, path) + actions(flow, path) + secrets(flow, path)
            + deploys(flow, path, tree)
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
        let all = flow.jobs.flatMap { job in [job.uses] + job.steps.map(\.uses) }.compactMap(\.self)
        return all.compactMap { uses in
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

    // MARK: Deploys

    private static let deployWords = [
        "docker compose up", "docker-compose up", "docker stack deploy", "kubectl apply",
        "kubectl set image", "kubectl rollout", "helm upgrade", "ledger deploy", "docker run -d",
        "docker run --detach", "ansible-playbook", "flyctl deploy", "gcloud run deploy",
    ]

    /// Whether a job puts something new where people use it. The way back waits for no test.
    static func isDeploy(_ job: Workflow.Job) -> Bool {
        let words = job.name.lowercased().split { "-_ ".contains($0) }
        if words.contains(where: { ["revert", "rollback"].contains($0) }) { return false }
        if job.environment != nil { return true }
        let isCalledSo = words.contains { ["deploy", "deployment", "rollout"].contains($0) }
        let texts = job.steps.compactMap { $0.run?.text }
        return isCalledSo || texts.contains { text in deployWords.contains(where: text.contains) }
    }

    private static let linters = [
        "ruff", "flake8", "pylint", "lint", "mypy", "pre-commit", "black",
    ]
    private static let tests = [
        "pytest", "tox", "nox", "unittest", "make test", "npm test", "test",
    ]

    /// What a job runs, as words to be looked for; of a workflow of the same project that it calls,
    /// what that runs.
    private static func words(_ jobs: [Workflow.Job], _ path: String, _ tree: SourceTree) -> String
    {
        var words: [String] = []
        for job in jobs {
            words += [job.name, job.uses?.text ?? ""]
            for step in job.steps { words += [step.run?.text ?? "", step.uses?.text ?? ""] }
            for inner in called(job, path, tree)?.jobs ?? [] {
                words.append(inner.name)
                words += inner.steps.compactMap { $0.run?.text }
            }
        }
        return words.joined(separator: "\n").lowercased()
    }

    /// The workflow that a job is, if it lies beside this one.
    private static func called(
        _ job: Workflow.Job, _ path: String, _ tree: SourceTree
    ) -> Workflow? {
        guard let uses = job.uses?.text, uses.begins(with: "./.github/workflows/") else {
            return nil
        }
        let name = uses.parts(separator: "/").last ?? ""
        let text = tree.texts["\(SourceTree.folder(of: path))/\(name)"]
        return text.flatMap { try? Workflow($0) }
    }

    private static func deploys(
        _ flow: Workflow, _ path: String, _ tree: SourceTree
    ) -> [GuardFinding] {
        flow.jobs.filter(isDeploy).flatMap { job -> [GuardFinding] in
            let before = words(flow.before(job), path, tree)
            let isLinted = linters.contains(where: before.contains)
            let isTested = tests.contains(where: before.contains)
            var found: [GuardFinding] = []
            // Of one that is called, the caller says what comes before.
            if !flow.isCalled, !isLinted || !isTested {
                let missing = [isLinted ? nil : "lints", isTested ? nil : "tests"].compactMap(
                    \.self)
                found.append(
                    GuardFinding(
                        .untestedDeploy, path, job.line,
                        "\(job.name) deploys, and waits for no job that "
                            + missing.joined(separator: " or ")))
            }
            return found + byTag(job, path)
        }
    }

    /// Images that a deploying job names by a tag.
    private static func byTag(_ job: Workflow.Job, _ path: String) -> [GuardFinding] {
        job.steps.compactMap(\.run).flatMap { run in
            run.text.allLines
                .enumerated().compactMap { number, line -> GuardFinding? in
                    let text = String(line)
                    let starts = [
                        "docker run", "kubectl set image", "--set image.tag",
                        "docker service update",
                    ]
                    guard starts.contains(where: text.contains), !text.holds("@sha256"),
                        !text.holds("digest"), !text.holds("@${")
                    else { return nil }
                    return GuardFinding(
                        .deployByTag, path, run.line + number,
                        "\(job.name) names an image by its tag")
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
