internal import LedgerText

/// What is held against jobs that deploy: that nothing was linted or tested before them.
enum DeployRules {
    static func judge(_ flow: Workflow, _ path: String, _ tree: SourceTree) -> [GuardFinding] {
        let project = WorkflowProject(path: path, tree: tree)
        return flow.jobs.filter { isDeploy($0, project) }.flatMap { job -> [GuardFinding] in
            let before = before(job, in: flow, project)
            let isLinted = before.contains { $0.does(lints, within: project) }
            let isTested = before.contains { $0.does(tests, within: project) }
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

    // MARK: What deploys

    /// Whether a job puts something new where people use it. The way back waits for no test.
    private static func isDeploy(_ job: Workflow.Job, _ project: WorkflowProject) -> Bool {
        let title = Signs.words(of: job.name + " " + job.title)
        if !title.isDisjoint(with: ["revert", "rollback", "undeploy", "teardown", "destroy"]) {
            return false
        }
        if let uses = job.uses {
            // Another workflow: one of the project's own is looked into.
            if let inner = project.workflow(uses.text) {
                return inner.jobs.contains { isDeploy($0, project) }
            }
            return isOfADeploy(uses.text)
        }
        let steps = job.steps.flatMap(project.steps)
        if steps.contains(where: { $0.uses.map { isOfADeploy($0.text) } ?? false }) { return true }
        if starts(job, steps) { return true }
        // What is done on another machine, in the name of an environment.
        if job.environment != nil, steps.contains(where: { $0.remote != nil }) { return true }
        // A name alone says what a job is for: it must do something beside telling it.
        let isNamed = title.contains(where: Signs.isDeploy)
        let isSaid = steps.contains { Signs.words(of: $0.name).contains(where: Signs.isDeploy) }
        let acts = steps.contains { step in
            (step.run.map { CommandLines(in: $0.text).act } ?? false) || step.remote != nil
        }
        return acts && (isNamed || isSaid && job.environment != nil)
    }

    /// Whether a command of the job's deploys, here or on another machine.
    private static func starts(_ job: Workflow.Job, _ steps: [Workflow.Step]) -> Bool {
        let runs = steps.compactMap { $0.run?.text }.map(CommandLines.init)
        let remote = steps.compactMap { $0.remote?.text }.map(CommandLines.init)
        let said = steps.flatMap { [$0.run?.text, $0.uses?.text].compactMap(\.self) }
        let isWithin = said.contains { text in ownClusters.contains(where: text.holds) }
        let goesElsewhere =
            job.isSelfHosted || runs.contains(where: \.leaveTheMachine)
            || job.settings.contains { $0.name == "DOCKER_HOST" }
        return remote.contains { $0.deploy || $0.start }
            || !isWithin && runs.contains(where: \.deploy)
            || goesElsewhere && runs.contains(where: \.start)
    }

    /// Clusters that live within a job.
    private static let ownClusters = ["minikube", "kind create", "kind-action", "k3d", "microk8s"]

    /// Whether an action deploys, told by its name: `heroku-deploy`, `k8s-deploy`,
    /// `deploy-cloudrun`. Pages are no service, and what only sets a tool up brings nothing.
    private static func isOfADeploy(_ action: String) -> Bool {
        let name = action.lowercased().parts(separator: "@").first ?? ""
        let words = Signs.words(of: String(name))
        if !words.isDisjoint(with: ["pages", "setup", "labeler", "status", "preview"]) {
            return false
        }
        return words.contains(where: Signs.isDeploy) || words.contains("dokku")
            || words.contains("heroku")
    }

    // MARK: What comes before

    /// A job as far as it must have gone well before another begins.
    private struct Earlier {
        let names: [String]
        let steps: [Workflow.Step]
        let uses: String?

        func does(_ sign: (Set<String>) -> Bool, within project: WorkflowProject) -> Bool {
            if names.contains(where: { name in
                let words = Signs.words(of: name)
                return sign(words) && !words.contains(where: Signs.isDeploy)
            }) {
                return true
            }
            if steps.contains(where: { step in
                !step.isIgnored
                    && (step.run.map { CommandLines(in: $0.text).check(by: sign) } ?? false
                        || step.uses.map { sign(Signs.words(of: $0.text)) } ?? false
                        || sign(Signs.words(of: step.name)))
            }) {
                return true
            }
            guard let uses else { return false }
            guard let inner = project.workflow(uses) else { return sign(Signs.words(of: uses)) }
            return inner.jobs.contains { job in
                Earlier(job, project).does(sign, within: project)
            }
        }

        init(_ job: Workflow.Job, _ project: WorkflowProject, only steps: [Workflow.Step]? = nil) {
            names = steps == nil ? [job.name, job.title] : []
            self.steps = (steps ?? job.steps).flatMap(project.steps)
            uses = job.uses?.text
        }
    }

    private static func before(
        _ job: Workflow.Job, in flow: Workflow, _ project: WorkflowProject
    ) -> [Earlier] {
        // Of its own steps those count that come before the one that deploys.
        let own = job.steps.prefix { step in
            let isAction = step.uses.map { isOfADeploy($0.text) } ?? false
            let isCommand = step.run.map { CommandLines(in: $0.text).deploy } ?? false
            return !isAction && !isCommand && step.remote == nil
        }
        var found = [Earlier(job, project, only: Array(own))]
        // What runs whatever came before waits for nothing.
        let condition = job.condition.filter { $0 != " " }
        if condition.holds("always()"), !condition.holds("!failure()"), !condition.holds(".result")
        {
            return found
        }
        found += flow.before(job).dropFirst().filter { !$0.isIgnored }.map { Earlier($0, project) }
        for name in flow.follows {
            for other in project.workflows(named: name) {
                found += other.jobs.filter { !$0.isIgnored }.map { Earlier($0, project) }
            }
        }
        return found
    }

    private static func lints(_ words: Set<String>) -> Bool { words.contains(where: Signs.isLint) }
    private static func tests(_ words: Set<String>) -> Bool { words.contains(where: Signs.isTest) }

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

/// The workflows and actions of one project, as a workflow among them finds them.
private struct WorkflowProject {
    let path: String
    let tree: SourceTree

    /// The workflow that a job calls, if it is the project's own.
    func workflow(_ uses: String) -> Workflow? {
        guard uses.begins(with: "./.github/workflows/") else { return nil }
        let name = uses.parts(separator: "/").last ?? ""
        return tree.texts["\(SourceTree.folder(of: path))/\(name)"].flatMap { try? Workflow($0) }
    }

    func workflows(named name: String) -> [Workflow] {
        let folder = SourceTree.folder(of: path) + "/"
        return tree.texts.filter { $0.key.begins(with: folder) && $0.value.holds(name) }
            .sorted { $0.key < $1.key }.compactMap { try? Workflow($0.value) }
            .filter { $0.name == name }
    }

    /// The step, or the steps of the project's own action that it uses.
    func steps(_ step: Workflow.Step) -> [Workflow.Step] {
        guard let uses = step.uses?.text, uses.begins(with: "./") else { return [step] }
        let root = SourceTree.folder(of: SourceTree.folder(of: SourceTree.folder(of: path)))
        guard let folder = SourceTree.resolve(uses, from: root) else { return [step] }
        let text = tree.texts["\(folder)/action.yml"] ?? tree.texts["\(folder)/action.yaml"]
        let inner = text.flatMap { try? Workflow.steps(ofAction: $0) } ?? []
        return inner.isEmpty ? [step] : inner
    }
}
