public import CommandFiles
public import Ledger
internal import LedgerText

/// The result of linting a tree of files.
public struct GuardReport: Sendable {
    /// Active findings, by path and line.
    public var findings: [GuardFinding] = []
    /// Findings that waivers suppress, with the waivers.
    public var waived: [(finding: GuardFinding, waiver: Waiver)] = []
    /// The number of files read.
    public var files = 0

    public init() {}
}

/// Lints a tree of files with all rules. It runs nothing and uses no network.
public struct Guard: Sendable {
    let tree: SourceTree
    /// The current day, as `YYYY-MM-DD`.
    let today: String
    /// The packages in requirements files, by path.
    private let requirements: [Requirements]
    private let index: SourceIndex

    public init(_ tree: SourceTree, today: Timestamp) {
        self.tree = tree
        index = SourceIndex(tree)
        requirements = tree.texts(.requirements).map { Requirements($0.path, $0.text) }
        self.today = String(today.description.prefix(10))
    }

    /// Lints the tree; `only` limits the findings to some paths.
    public func judge(only: Set<String>? = nil) -> GuardReport {
        var all = tree.problems.map { GuardFinding(.unreadable, $0.key, 1, $0.value) }
        let composes = composeFiles(&all)
        for (path, text) in tree.texts(.dockerfile) {
            all += images(path, text, composes)
        }
        for file in composes {
            for build in file.services.compactMap(\.build) {
                guard let inline = build.inline else { continue }
                all += inlineImage(inline.text, build, file.path).map {
                    GuardFinding($0.rule, file.path, $0.line + inline.line - 1, $0.message)
                }
            }
        }
        for (path, text) in tree.texts(.ignoreFile) { all += ContextRules.judge(path, text) }
        for file in composes { all += ComposeRules.judge(file, index) }
        for (path, text) in tree.texts(.workflow) {
            do throws(SourceProblem) {
                if let flow = try Workflow(text, file: path) {
                    all += WorkflowRules.judge(flow, path, tree)
                }
            } catch { all.append(GuardFinding(.unreadable, path, error.line, error.problem)) }
        }
        for (path, text) in tree.texts(.action) {
            guard let steps = try? Workflow.steps(ofAction: text, file: path) else { continue }
            all += WorkflowRules.actions(steps.compactMap(\.uses), path)
        }
        for (path, text) in tree.texts(.settings) {
            all += SecretRules.judge(settings: path, text)
        }
        // If two files report the same place (a file and its override), that is one finding.
        var seen: Set<GuardFinding> = []
        return report(
            all.filter { (only?.contains($0.path) ?? true) && seen.insert($0).inserted }, only)
    }

    // MARK: Compose

    /// All compose files, each with its override (`compose.override.yaml`).
    private func composeFiles(_ all: inout [GuardFinding]) -> [ComposeFile] {
        var files: [ComposeFile] = []
        for (path, _) in tree.texts(.compose) {
            do throws(SourceProblem) {
                if let file = try ComposeFile(path, tree) { files.append(file) }
            } catch { all.append(GuardFinding(.unreadable, path, error.line, error.problem)) }
        }
        for place in files.indices {
            let overs = Self.overrides(of: files[place].path)
            let found = overs.lazy.compactMap { over in files.firstIndex { $0.path == over } }
            guard let other = found.first else { continue }
            let base = files[place]
            files[place].override(with: files[other])
            files[other].inheritMounts(of: base)
        }
        return files
    }

    /// The first existing override of a compose file. If compose finds the file by itself, the
    /// override has one of four names; else it has the file's own name.
    private static func overrides(of path: String) -> [String] {
        let folder = SourceTree.folder(of: path)
        let name = path.parts(separator: "/").last ?? ""
        let names = ["compose", "docker-compose"]
        let endings = [".yml", ".yaml"]
        let all = names.flatMap { name in endings.map { name + ".override" + $0 } }
        let isFound = names.contains { stem in endings.contains { name == stem + $0 } }
        let stem = name.parts(separator: ".").dropLast().joined(separator: ".")
        return (isFound ? all : endings.map { stem + ".override" + $0 })
            .map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
    }

    // MARK: Images

    /// How a Dockerfile is built: by the compose files that name it, or alone.
    private struct Use: Hashable {
        let context: String
        let target: String?
        /// Names of images from additional contexts.
        var contexts: Set<String> = []
    }

    private func uses(of path: String, _ composes: [ComposeFile]) -> Set<Use> {
        var uses: Set<Use> = []
        for file in composes {
            for build in file.services.compactMap(\.build) {
                let folder = SourceTree.folder(of: file.path)
                guard let context = SourceTree.resolve(build.context, from: folder),
                    SourceTree.resolve(build.dockerfile ?? "Dockerfile", from: context) == path
                else { continue }
                uses.insert(
                    Use(context: context, target: build.target, contexts: build.contexts))
            }
        }
        return uses.isEmpty ? [Use(context: SourceTree.folder(of: path), target: nil)] : uses
    }

    private func programs(of path: String) -> [String: String] {
        Dictionary(
            tree.programs(of: path, byName: index.byName).map { ($0, tree.programs[$0] ?? "") },
            uniquingKeysWith: { one, _ in one })
    }

    /// A Dockerfile that is written in a compose file.
    private func inlineImage(
        _ text: String, _ build: ComposeFile.Build, _ path: String
    ) -> [GuardFinding] {
        let file: Dockerfile
        do throws(Dockerfile.Problem) { file = try Dockerfile(text) } catch {
            return [GuardFinding(.unreadable, path, error.line, error.what)]
        }
        guard let stage = file.stage(build.target) else { return [] }
        let image = ImageRules.Image(
            path: path, file: file, stage: stage, contexts: build.contexts)
        return SecretRules.judge(path, file) + ImageRules.judge(image)
    }

    /// Whether a file is really a Dockerfile: `Dockerfile.gpu` is one, but `dockerfile.go` only if
    /// it begins as one.
    private static func isDockerfile(_ path: String, _ text: String) -> Bool {
        let name = path.parts(separator: "/").last?.lowercased() ?? ""
        if name == "dockerfile" || name == "containerfile" { return true }
        // A template is only valid after its tool has filled it in.
        let templates = [".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template", ".erb", ".in"]
        if templates.contains(where: name.ends) { return false }
        let first = text.allLines.first { !$0.isBlank && $0.trimmedStart.first != "#" }
        guard let first else { return true }
        return DockerfileReader.keywords.contains(first.trimmedStart.firstWord.uppercased())
    }

    private func images(
        _ path: String, _ text: String, _ composes: [ComposeFile]
    ) -> [GuardFinding] {
        if !Self.isDockerfile(path, text) { return [] }
        let file: Dockerfile
        do throws(Dockerfile.Problem) { file = try Dockerfile(text) } catch {
            return [GuardFinding(.unreadable, path, error.line, error.what)]
        }
        var found = SecretRules.judge(path, file)
        for use in uses(of: path, composes) {
            // A target that contains an unknown variable could be any stage.
            if use.target?.holds("$") == true { continue }
            guard let stage = file.stage(use.target) else {
                found.append(
                    GuardFinding(
                        .unreadable, path, 1, "the Dockerfile has no stage \(use.target ?? "")"))
                continue
            }
            found += ImageRules.judge(
                ImageRules.Image(
                    path: path, file: file, stage: stage, contexts: use.contexts,
                    programs: programs(of: path),
                    requirements: requirements.filter {
                        $0.isTaken(by: file, context: use.context)
                    }))
            found += ContextRules.judge(
                context: use.context, dockerfile: path, file, index)
        }
        // Two services may have the same build.
        var seen: Set<GuardFinding> = []
        return found.filter { seen.insert($0).inserted }
    }

    // MARK: Waivers

    private func report(_ findings: [GuardFinding], _ only: Set<String>?) -> GuardReport {
        var report = GuardReport()
        var waivers: [String: [Waiver]] = [:]
        for (path, text) in tree.texts where only?.contains(path) ?? true {
            report.files += 1
            let found = Waiver.find(in: text, path, today: today)
            waivers[path] = found.waivers
            report.findings += found.problems
        }
        for finding in findings {
            let waiver = waivers[finding.path]?.first {
                $0.rule == finding.rule && $0.lines.contains(finding.line)
            }
            if let waiver {
                report.waived.append((finding, waiver))
            } else {
                report.findings.append(finding)
            }
        }
        report.findings.sort {
            ($0.path, $0.line, $0.rule.rawValue) < ($1.path, $1.line, $1.rule.rawValue)
        }
        return report
    }
}
