internal import CommandFiles
internal import LedgerText

/// Finds jobs that deploy without requiring lint and tests to pass first.
enum DeployRules {
    static func judge(_ flow: Workflow, _ path: String, _ tree: SourceTree) -> [GuardFinding] {
        let project = WorkflowProject(path: path, tree: tree)
        return flow.jobs.filter { isDeploy($0, project) }.flatMap { job -> [GuardFinding] in
            let isLinted = isChecked(job, in: flow, project, by: .lints)
            let isTested = isChecked(job, in: flow, project, by: .tests)
            var found: [GuardFinding] = []
            // For a called workflow, the caller defines what runs before.
            if !flow.isCalled, !isLinted || !isTested {
                let missing = [isLinted ? nil : "lints", isTested ? nil : "tests"].compactMap(
                    \.self)
                found.append(
                    GuardFinding(
                        .untestedDeploy, path, job.line,
                        "\(job.name) deploys without waiting for a job that "
                            + missing.joined(separator: " or ")))
            }
            return found + byTag(job, path)
        }
    }

    // MARK: What deploys

    /// Whether a job deploys. A rollback does not count: it must not wait for tests.
    private static func isDeploy(_ job: Workflow.Job, _ project: WorkflowProject) -> Bool {
        let title = Signs.words(of: job.name + " " + job.title)
        if !title.isDisjoint(with: ["revert", "rollback", "undeploy", "teardown", "destroy"]) {
            return false
        }
        if let uses = job.uses {
            // A job that calls another workflow: a workflow of the project is checked too.
            guard let inner = project.workflow(uses.text) else { return isOfADeploy(uses.text) }
            return project.once("deploys \(uses.text)") {
                inner.jobs.contains { isDeploy($0, project) }
            }
        }
        let steps = job.steps.flatMap(project.steps)
        if steps.contains(where: { $0.uses.map { isOfADeploy($0.text) } ?? false }) { return true }
        if starts(job, steps) { return true }
        // A job named after a deploy that acts on another machine.
        if steps.contains(where: { step in
            step.remote != nil && Signs.words(of: step.name).contains(where: Signs.isDeploy)
        }) {
            return true
        }
        let usesPages = steps.contains { step in
            step.uses.map { Signs.words(of: $0.text).contains("pages") } ?? false
        }
        if usesPages || !title.isDisjoint(with: Signs.around) { return false }
        // A job with an environment that acts on another machine.
        if job.environment != nil, steps.contains(where: { $0.remote != nil }) { return true }
        // A name alone is not enough: the job must do more than print something.
        let isNamed = title.contains(where: Signs.isDeploy)
        let isSaid = steps.contains { Signs.words(of: $0.name).contains(where: Signs.isDeploy) }
        let acts = steps.contains { step in
            (step.run.map { CommandLines(in: $0.text).act } ?? false) || step.remote != nil
        }
        return acts && (isNamed || isSaid && job.environment != nil)
    }

    /// Whether a command of the job deploys, on this or another machine.
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

    /// Clusters that exist only during a job.
    private static let ownClusters = ["minikube", "kind create", "kind-action", "k3d", "microk8s"]

    /// Whether an action deploys, judged by its name: `heroku-deploy`, `k8s-deploy`,
    /// `deploy-cloudrun`. Pages are not a service, and an action that only installs a tool does not
    /// deploy.
    private static func isOfADeploy(_ action: String) -> Bool {
        let name = action.lowercased().parts(separator: "@").first ?? ""
        let words = Signs.words(of: String(name))
        if !words.isDisjoint(with: ["pages", "setup", "labeler", "status", "preview"]) {
            return false
        }
        return words.contains(where: Signs.isDeploy)
            || !words.isDisjoint(with: ["dokku", "heroku", "wrangler", "vercel"])
    }

    // MARK: What comes before

    /// Whether a check of this kind must succeed before a job deploys. If the job calls a workflow
    /// of the project, the check may be inside that workflow, before each deploying job.
    private static func isChecked(
        _ job: Workflow.Job, in flow: Workflow, _ project: WorkflowProject,
        by kind: CheckKind
    ) -> Bool {
        if before(job, in: flow, project).contains(where: { $0.does(kind, within: project) }) {
            return true
        }
        guard let uses = job.uses?.text, let inner = project.workflow(uses) else { return false }
        return project.once("\(kind) before \(uses)") {
            let deploying = inner.jobs.filter { isDeploy($0, project) }
            return !deploying.isEmpty
                && deploying.allSatisfy { isChecked($0, in: inner, project, by: kind) }
        }
    }

    /// The jobs that a job waits for.
    private enum CheckKind {
        case lints, tests

        /// Whether words match this kind of check.
        func fits(_ words: Set<String>) -> Bool {
            switch self {
            case .lints: words.contains(where: Signs.isLint)
            case .tests: words.contains(where: Signs.isTest)
            }
        }
    }

    /// A job, limited to the part that must succeed before another job begins.
    private struct Earlier {
        let names: [String]
        let steps: [Workflow.Step]
        let uses: String?

        func does(_ kind: CheckKind, within project: WorkflowProject) -> Bool {
            if names.contains(where: { name in
                let words = Signs.words(of: name)
                return kind.fits(words) && !words.contains(where: Signs.isDeploy)
            }) {
                return true
            }
            if steps.contains(where: { step in
                !step.isIgnored
                    && (step.run.map { CommandLines(in: $0.text).check(by: kind.fits) } ?? false
                        || step.uses.map { kind.fits(Signs.words(of: $0.text)) } ?? false
                        || kind.fits(Signs.words(of: step.name)))
            }) {
                return true
            }
            guard let uses else { return false }
            guard let inner = project.workflow(uses) else {
                return kind.fits(Signs.words(of: uses))
            }
            return project.once("\(kind) in \(uses)") {
                inner.jobs.contains { Earlier($0, project).does(kind, within: project) }
            }
        }

        init(_ job: Workflow.Job, _ project: WorkflowProject, only steps: [Workflow.Step]? = nil) {
            names = steps == nil ? [job.name, job.title] : []
            self.steps = (steps ?? job.steps).flatMap(project.steps)
            // In the deploying job's own workflow the order counts: see `isChecked`.
            uses = steps == nil ? job.uses?.text : nil
        }
    }

    private static func before(
        _ job: Workflow.Job, in flow: Workflow, _ project: WorkflowProject
    ) -> [Earlier] {
        // Of the job's own steps, only those before the deploying step count.
        let own = job.steps.prefix { step in
            let isAction = step.uses.map { isOfADeploy($0.text) } ?? false
            let isCommand = step.run.map { CommandLines(in: $0.text).deploy } ?? false
            return !isAction && !isCommand && step.remote == nil
        }
        var found = [Earlier(job, project, only: Array(own))]
        // A job that always runs does not wait for success.
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

    /// Images that a deploying job references by tag.
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
                        "\(job.name) deploys an image by tag")
                }
        }
    }
}

/// The workflows and actions of one project, as one of its workflows finds them.
private final class WorkflowProject {
    private let path: String
    private let tree: SourceTree
    private var read: [String: Workflow?] = [:]
    private var answers: [String: Bool] = [:]
    private var open = 0
    /// GitHub's maximum depth of nested workflow calls.
    private static let deepest = 10

    init(path: String, tree: SourceTree) {
        self.path = path
        self.tree = tree
    }

    /// The workflow that a job calls, if it belongs to the project.
    func workflow(_ uses: String) -> Workflow? {
        guard uses.begins(with: "./.github/workflows/") else { return nil }
        let name = uses.parts(separator: "/").last.map(String.init) ?? ""
        if let known = read[name] { return known }
        let file = "\(SourceTree.folder(of: path))/\(name)"
        let workflow = tree.texts[file].flatMap { try? Workflow($0, file: file) }
        read[name] = .some(workflow)
        return workflow
    }

    /// The answer to a question about a workflow, computed once: workflows may call each other,
    /// even in a cycle.
    func once(_ question: String, _ answer: () -> Bool) -> Bool {
        if let known = answers[question] { return known }
        guard open < Self.deepest else { return false }
        answers[question] = false
        open += 1
        defer { open -= 1 }
        let found = answer()
        answers[question] = found
        return found
    }

    func workflows(named name: String) -> [Workflow] {
        let folder = SourceTree.folder(of: path) + "/"
        return tree.texts.filter { $0.key.begins(with: folder) && $0.value.holds(name) }
            .sorted { $0.key < $1.key }.compactMap { try? Workflow($0.value, file: $0.key) }
            .filter { $0.name == name }
    }

    /// The step itself, or the steps of the project's own action that it uses.
    func steps(_ step: Workflow.Step) -> [Workflow.Step] {
        guard let uses = step.uses?.text, uses.begins(with: "./") else { return [step] }
        let root = SourceTree.folder(of: SourceTree.folder(of: SourceTree.folder(of: path)))
        guard let folder = SourceTree.resolve(uses, from: root) else { return [step] }
        let text = tree.texts["\(folder)/action.yml"] ?? tree.texts["\(folder)/action.yaml"]
        let inner = text.flatMap { try? Workflow.steps(ofAction: $0, file: folder) } ?? []
        return inner.isEmpty ? [step] : inner
    }
}
