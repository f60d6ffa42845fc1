internal import LedgerText

/// A workflow of GitHub Actions, as the rules need it
/// (docs.github.com/actions, "Workflow syntax").
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
        /// What people see instead of the name.
        package let title: String
        package let line: Int
        /// When it runs (`if`).
        package let condition: String
        /// `continue-on-error`: its failure does not stop the workflow.
        package let isIgnored: Bool
        let needs: [String]
        package let steps: [Step]
        /// Another workflow that it is.
        package let uses: (text: String, line: Int)?
        package let environment: String?
        /// Whether it runs on a machine of the team's own.
        package let isSelfHosted: Bool
        package let hasPermissions: Bool
        package let settings: [(name: String, value: String, line: Int)]
    }
    /// What the token may do, where it says so: a level, or a map.
    package let permissions: (text: String?, line: Int)?
    package let jobs: [Job]
    package let name: String
    /// `workflow_call` alone: it is part of another, which says when it runs.
    package let isCalled: Bool
    /// The workflows after which it runs (`workflow_run`), by their names.
    package let follows: [String]
    package let settings: [(name: String, value: String, line: Int)]

    /// Reads one; `nil` if it is none. Throws `SourceProblem`.
    package init?(_ text: String, file: String) throws(SourceProblem) {
        guard let root = try LooseYAML.document(text, file: file), let jobs = root["jobs"] else {
            return nil
        }
        permissions = root["permissions"].map { ($0.text, $0.line) }
        // YAML 1.1 reads `on` as a yes; as a key it stays what it is.
        let events = root["on"]
        let names = (events?.texts.map(\.text) ?? []) + (events?.pairs.map(\.name) ?? [])
        name = root["name"]?.text ?? ""
        isCalled = !names.isEmpty && names.allSatisfy { $0 == "workflow_call" }
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
        // GitHub's own script action runs its script here.
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

    /// The steps of an action of the project's own (`runs: {using: composite}`); none of another.
    package static func steps(
        ofAction text: String, file: String
    ) throws(SourceProblem) -> [Step] {
        (try LooseYAML.document(text, file: file)?["runs"]?["steps"]?.items ?? []).map(step)
    }

    /// A job and all that it waits for.
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
