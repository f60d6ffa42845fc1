internal import LedgerText

/// A GitHub Actions workflow, as the rules require it (docs.github.com/actions, "Workflow syntax").
package struct Workflow {
    package struct Step {
        package let name: String
        package let uses: (text: String, line: Int)?
        package let run: (text: String, line: Int)?
        /// A script that an action runs on another machine (`with: {script: …}`).
        package let remote: (text: String, line: Int)?
        package let settings: [(name: String, value: String, line: Int)]
        /// `continue-on-error`: its failure does not stop the job.
        package let isIgnored: Bool
    }
    package struct Job {
        package let name: String
        /// The display name.
        package let title: String
        package let line: Int
        /// The condition under which the job runs (`if`).
        package let condition: String
        /// `continue-on-error`: its failure does not stop the workflow.
        package let isIgnored: Bool
        let needs: [String]
        package let steps: [Step]
        /// The reusable workflow that it calls.
        package let uses: (text: String, line: Int)?
        package let environment: String?
        /// Whether it runs on a self-hosted machine.
        package let isSelfHosted: Bool
        package let hasPermissions: Bool
        package let settings: [(name: String, value: String, line: Int)]
    }
    /// The explicit permissions of the token: a level, or a map.
    package let permissions: (text: String?, line: Int)?
    package let jobs: [Job]
    package let name: String
    /// `workflow_call` alone: another workflow calls it and determines when it runs.
    package let isCalled: Bool
    /// Whether another workflow can call it.
    package let canBeCalled: Bool
    /// The workflows after which it runs (`workflow_run`), by their names.
    package let follows: [String]
    package let settings: [(name: String, value: String, line: Int)]

    /// Reads a workflow; `nil` if the file is not one. Throws `SourceProblem`.
    package init?(_ text: String, file: String) throws(SourceProblem) {
        guard let root = try LooseYAML.document(text, file: file), let jobs = root["jobs"] else {
            return nil
        }
        permissions = root["permissions"].map { ($0.text, $0.line) }
        // YAML 1.1 reads `on` as true; as a key it stays text.
        let events = root["on"]
        let names = (events?.texts.map(\.text) ?? []) + (events?.pairs.map(\.name) ?? [])
        name = root["name"]?.text ?? ""
        isCalled = !names.isEmpty && names.allSatisfy { $0 == "workflow_call" }
        canBeCalled = names.contains("workflow_call")
        follows = (events?["workflow_run"]?["workflows"]?.texts ?? []).map(\.text)
        settings = Self.pairs(root["env"])
        self.jobs = jobs.pairs.map { Self.job($0.name, $0.value, $0.line) }
    }

    private static func pairs(_ yaml: LooseYAML?) -> [(name: String, value: String, line: Int)] {
        (yaml?.pairs ?? []).map { ($0.name, $0.value.text ?? "", $0.line) }
    }

    private static func job(_ name: String, _ yaml: LooseYAML, _ line: Int) -> Job {
        let container = yaml["container"]
        let services = (yaml["services"]?.pairs ?? []).map(\.value)
        let inner = ([container].compactMap(\.self) + services).flatMap {
            pairs($0["env"]) + pairs($0["credentials"])
        }
        return Job(
            name: name, title: yaml["name"]?.text ?? "", line: line,
            condition: yaml["if"]?.text ?? "",
            isIgnored: yaml["continue-on-error"]?.isTrue == true,
            needs: (yaml["needs"]?.texts ?? []).map(\.text),
            steps: (yaml["steps"]?.items ?? []).map(step),
            uses: yaml["uses"].flatMap { place in place.text.map { ($0, place.line) } },
            environment: yaml["environment"]?.text ?? yaml["environment"]?["name"]?.text,
            isSelfHosted: (yaml["runs-on"]?.texts ?? []).contains { $0.text == "self-hosted" },
            hasPermissions: yaml["permissions"] != nil, settings: pairs(yaml["env"]) + inner)
    }

    private static func step(_ yaml: LooseYAML) -> Step {
        func place(
            _ name: String, in yaml: LooseYAML = yaml
        ) -> (text: String, line: Int)? {
            yaml[name].flatMap { value in value.text.map { ($0, value.textLine) } }
        }
        // GitHub's own script action runs its script on the runner.
        let isHere = yaml["uses"]?.text?.holds("github-script") == true
        let remote = (isHere ? [] : ["script", "inlineScript"]).lazy.compactMap { name in
            yaml["with"].flatMap { place(name, in: $0) }
        }
        return Step(
            name: yaml["name"]?.text ?? "", uses: place("uses"), run: place("run"),
            remote: remote.first,
            settings: pairs(yaml["env"]) + pairs(yaml["with"]),
            isIgnored: yaml["continue-on-error"]?.isTrue == true)
    }

    /// The steps of the project's own composite action (`runs: {using: composite}`); empty for
    /// other actions.
    package static func steps(
        ofAction text: String, file: String
    ) throws(SourceProblem) -> [Step] {
        (try LooseYAML.document(text, file: file)?["runs"]?["steps"]?.items ?? []).map(step)
    }

    /// A job and all jobs that it waits for.
    package func before(_ job: Job) -> [Job] {
        var found = [job]
        var names = job.needs
        while let name = names.popLast() {
            guard !found.contains(where: { $0.name == name }),
                let next = jobs.first(where: { $0.name == name })
            else { continue }
            found.append(next)
            names += next.needs
        }
        return found
    }
}
