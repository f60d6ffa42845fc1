internal import CommandFiles
internal import CommandPorts
internal import Commands
internal import Ledger
internal import LedgerText

/// What a folder already has, and how the files of a pipeline fit it.
struct PipelineProject {
    /// What a person names where the folder does not decide.
    struct Choice {
        var service: String?
        var compose: String?
        var dockerfile: String?
    }
    /// The service of the playbook.
    private(set) var service: String
    /// The compose file in use, with the service that runs the image; `nil` without one.
    private(set) var compose: (file: String, service: String, project: String)?
    /// The Dockerfile and its context; `nil` if one is to be written.
    private(set) var build: (file: String, context: String)?
    /// The workflow of the team that tests; `nil` if one is to be written.
    private(set) var ownTests: (file: String, name: String)?
    /// The names of the team's own workflows, which do not know the ledger.
    private(set) var taken: Set<String> = []
    /// Whether there is a playbook that is kept.
    private(set) var playbook = Kept.absent

    enum Kept { case absent, kept }

    /// What a person must know about the result.
    private(set) var remarks: [String] = []

    private let image: String
    private let tree: SourceTree

    /// Reads the folder. `text` is that of the playbook, if it is not the unchanged draft.
    ///
    /// Throws `Refusal` where a person must choose, and `SourceProblem` for a file that cannot be
    /// read.
    init(image: String, _ tree: SourceTree, playbook text: String?, _ choice: Choice) throws {
        self.image = image
        self.tree = tree
        service = choice.service ?? image.parts(separator: "/").last.map(String.init) ?? image
        try findCompose(choice)
        try findBuild(choice)
        try findWorkflows()
        if let text { try findService(text, choice) }
        try refuseOtherThanPlain(
            [
                service, compose?.file, compose?.service, compose?.project, build?.file,
                build?.context,
            ]
            .compactMap(\.self))
    }

    /// Names from the folder appear in YAML and in shell commands: only plain ones are taken over.
    private func refuseOtherThanPlain(_ names: [String]) throws {
        let isPlain = { (byte: UInt8) in ASCII.isAlphanumeric(byte) || "._/-".utf8.contains(byte) }
        guard
            let name = names.first(where: { !$0.utf8.allSatisfy(isPlain) || $0.begins(with: "-") })
        else { return }
        throw Refusal(
            .invalid, "\"\(name)\" cannot be used in the files of the pipeline",
            cause: "it contains other characters than letters, digits, dots, dashes and slashes",
            hint: "rename it, or copy the files from docs/pipeline.md")
    }

    // MARK: Compose

    /// The file that Compose reads if none is named, in its order of preference
    /// (docs.docker.com/compose, "The Compose file").
    private static let usual = [
        "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml",
    ]

    private mutating func findCompose(_ choice: Choice) throws {
        let here = tree.texts.keys.filter {
            SourceTree.role(of: $0) == .compose && !$0.holds("/")
        }.sorted()
        let usual = Self.usual.first { here.contains($0) }
        guard let path = choice.compose ?? usual ?? here.first else { return }
        guard tree.texts[path] != nil else {
            throw Refusal(
                .invalid, "\(path) is not a compose file of this folder",
                hint: here.isEmpty ? nil : "compose files: \(here.joined(separator: ", "))")
        }
        if choice.compose == nil, usual == nil, here.count > 1 {
            throw Refusal(
                .ambiguous, "several compose files could run the image",
                cause: here.joined(separator: ", "), hint: "name one: --compose \(here[0])")
        }
        guard let file = try ComposeFile(path, tree) else {
            throw Refusal(.invalid, "\(path) has no services", hint: "name another: --compose FILE")
        }
        let names = file.services.map(\.name)
        let name = try choice.service.map { name in
            guard names.contains(name) else {
                throw Refusal(
                    .unknownName, "\(path) has no service \"\(name)\"",
                    cause: "its services: \(names.joined(separator: ", "))")
            }
            return name
        }
        guard let found = name ?? running(image, file) else {
            throw Refusal(
                .ambiguous, "the service of \(path) that runs \(image) is unknown",
                cause: "its services: \(names.joined(separator: ", "))",
                hint: "name it: --service \(shell: names.first ?? "web")")
        }
        // Compose allows only these names (docs.docker.com/compose, "Specify a project name").
        let project = file.name.flatMap {
            $0.wholeMatch(of: #/[a-z0-9][a-z0-9_-]*/#) == nil ? nil : $0
        }
        compose = (path, found, project ?? found)
        service = found
    }

    /// The service with the image; otherwise the only one that is built, or the only one.
    private func running(_ image: String, _ file: ComposeFile) -> String? {
        let same = file.services.filter { service in
            service.image.map { Self.repository(of: $0.text) == image } ?? false
        }
        if same.count == 1 { return same[0].name }
        let built = file.services.filter { $0.build != nil }
        if built.count == 1 { return built[0].name }
        return file.services.count == 1 ? file.services[0].name : nil
    }

    /// An image's name without tag and digest; variables have their defaults.
    private static func repository(of image: String) -> String {
        let name = image.parts(separator: "@").first ?? ""
        let parts = name.parts(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.last, let colon = last.place(of: ":") else { return String(name) }
        return (parts.dropLast() + [last[..<colon.lowerBound]]).joined(separator: "/")
    }

    // MARK: Build

    private mutating func findBuild(_ choice: Choice) throws {
        if let path = choice.dockerfile {
            guard tree.sizes[path] != nil, SourceTree.role(of: path) == .dockerfile else {
                throw Refusal(.invalid, "\(path) is not a Dockerfile of this folder")
            }
            build = (path, ".")
            return
        }
        if let compose, let file = try ComposeFile(compose.file, tree),
            let asked = file.services.first(where: { $0.name == compose.service })?.build,
            asked.inline == nil
        {
            let context = SourceTree.resolve(asked.context, from: "") ?? "."
            let folder = context.isEmpty ? "" : context + "/"
            let path = folder + (asked.dockerfile ?? "Dockerfile")
            // Variables of .env may hold secrets: the path is not shown.
            guard tree.sizes[path] != nil else {
                throw Refusal(
                    .notPossible,
                    "the Dockerfile of \(compose.service) in \(compose.file) is not in this folder",
                    hint: "name the Dockerfile: --dockerfile FILE")
            }
            build = (path, context.isEmpty ? "." : context)
            return
        }
        let all = tree.texts.keys.filter { SourceTree.role(of: $0) == .dockerfile }.sorted()
        if all.isEmpty { return }
        guard let path = all.contains("Dockerfile") ? "Dockerfile" : all.count == 1 ? all[0] : nil
        else {
            throw Refusal(
                .ambiguous, "several Dockerfiles could build the image",
                cause: all.joined(separator: ", "), hint: "name one: --dockerfile \(shell: all[0])")
        }
        build = (path, ".")
    }

    // MARK: Workflows

    private static let flows = ".github/workflows/"

    private mutating func findWorkflows() throws {
        for name in ["ci", "cd", "changes", "revert"] {
            let paths = ["yml", "yaml"].map { "\(Self.flows)\(name).\($0)" }
            guard let path = paths.first(where: { tree.texts[$0] != nil }),
                // One that already uses the action fits as it is.
                let text = tree.texts[path], !text.holds("./.github/actions/ledger")
            else { continue }
            taken.insert(name)
            guard name == "ci", let flow = try Workflow(text, file: path) else { continue }
            guard flow.canBeCalled else {
                remarks.append(
                    "\(path) cannot be called (on: workflow_call), so ledger-ci.yml runs tests of "
                        + "its own: move yours there, or add workflow_call")
                continue
            }
            ownTests = (path, flow.name.isEmpty ? name : flow.name)
        }
    }

    // MARK: Playbook

    /// The service of the playbook with the image.
    private mutating func findService(_ text: String, _ choice: Choice) throws {
        let known = try Playbook(yaml: text)
        playbook = .kept
        for name in ["staging", "production"]
        where !known.environments.keys.contains(where: { $0.rawValue == name }) {
            throw Refusal(
                .notPossible, "ledger.yaml has no environment \"\(name)\"",
                cause: "the workflows of the pipeline deploy to staging and production",
                hint: "add it to ledger.yaml, or copy the workflows from docs/pipeline.md")
        }
        let same = known.services.filter { $0.value.repository == image }.keys.sorted()
        if let name = choice.service, same.contains(where: { $0.rawValue == name }) { return }
        if let name = choice.service, known.services.keys.contains(where: { $0.rawValue == name }) {
            throw Refusal(
                .invalid, "the service \(name) of ledger.yaml has another image",
                hint: "give it this image: \(image)")
        }
        guard same.count == 1, choice.service == nil || compose != nil else {
            throw Refusal(
                .ambiguous,
                same.isEmpty
                    ? "no service of ledger.yaml has the image \(image)"
                    : "several services of ledger.yaml have the image \(image)",
                cause: "its services: "
                    + known.services.keys.sorted().map(\.rawValue).joined(separator: ", "),
                hint: same.isEmpty
                    ? "add to one of them: image: \(image)"
                    : "name one: --service \(shell: same[0])")
        }
        service = same[0].rawValue
        let production = known.environments.first { $0.key.rawValue == "production" }?.value
        if let production, production.protected || production.approvalsNeeded > 0 {
            remarks.append(
                "production requires a confirmation or approvals, so the deploy of cd.yml is refused "
                    + "until a person has approved its plan: docs/approvals.md")
        }
    }
}
