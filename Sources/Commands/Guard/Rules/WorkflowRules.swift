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

    /// What puts something new on a machine, in whatever step.
    private static let deployWords = [
        "docker stack deploy", "kubectl apply", "kubectl set image", "kubectl rollout",
        "helm upgrade", "ledger deploy", "ansible-playbook", "flyctl deploy", "gcloud run deploy",
        "gcloud app deploy", "aws ecs update-service", "az webapp", "heroku container:release",
        "dokku git:", "git push heroku", "git push dokku",
    ]
    /// What starts containers: a deploy unless the machine is the job's own, gone after it.
    private static let startWords = [
        "docker compose up", "docker-compose up", "docker run -d", "docker run --detach",
        "docker service update",
    ]
    /// Clusters that live within a job.
    private static let ownClusters = ["minikube", "kind create", "kind-action", "k3d", "microk8s"]

    /// Whether a job puts something new where people use it. The way back waits for no test.
    static func isDeploy(_ job: Workflow.Job) -> Bool {
        let words = job.name.lowercased().split { "-_ ".contains($0) }
        if words.contains(where: { ["revert", "rollback"].contains($0) }) { return false }
        if job.environment != nil { return true }
        if words.contains(where: { ["deploy", "deployment", "rollout"].contains($0) }) {
            return true
        }
        if job.steps.contains(where: { $0.uses.map { isOfADeploy($0.text) } ?? false }) {
            return true
        }
        let runs = job.steps.compactMap { $0.run?.text }
        let actions = job.steps.compactMap { $0.uses?.text }
        let isWithin = (runs + actions).contains { text in ownClusters.contains(where: text.holds) }
        func says(_ texts: [String], _ signs: [String]) -> Bool {
            texts.contains { text in signs.contains(where: text.holds) }
        }
        let remote = job.steps.compactMap { $0.remote?.text }
        let goesElsewhere =
            job.isSelfHosted || says(runs, ["ssh ", "DOCKER_HOST", "--context", "docker -H"])
            || job.settings.contains { $0.name == "DOCKER_HOST" }
        return says(remote, deployWords + startWords) || !isWithin && says(runs, deployWords)
            || goesElsewhere && says(runs, startWords)
    }

    /// Whether an action deploys, told by its name: `heroku-deploy`, `k8s-deploy`,
    /// `deploy-cloudrun`. Pages are no service.
    private static func isOfADeploy(_ action: String) -> Bool {
        let name = action.lowercased().parts(separator: "@").first ?? ""
        let words = name.split { "/-_.".contains($0) }.map(String.init)
        if words.contains("pages") || words.contains("setup") { return false }
        return words.contains("deploy") || words.contains("dokku") || words.contains("heroku")
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
        job.steps.flatMap { [$0.run, $0.remote].compactMap(\.self) }.flatMap { run in
            run.text.allLines
                .enumerated().compactMap { number, line -> GuardFinding? in
                    let text = String(line)
                    let starts = [
                        "docker run", "kubectl set image", "--set image.tag",
                        "docker service update", "gcloud run deploy", "docker pull",
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
