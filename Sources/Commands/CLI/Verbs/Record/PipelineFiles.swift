internal import CommandFiles
internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerText

/// The files of a pipeline that passes `ledger check`, for one image: those of `Examples/Pipeline`
/// and `action` that the project lacks.
struct PipelineFiles {
    struct File {
        let path: String
        let bytes: [UInt8]
        var isExecutable = false
    }

    /// The image without a tag, for example `registry.example/acme/shop`.
    let image: String
    let project: PipelineProject

    private static let example = "registry.example/acme/shop"
    private static let flows = ".github/workflows/"
    private static let action = ".github/actions/ledger/"

    /// All files, with paths relative to the project's folder.
    var all: [File] {
        var files: [File] = []
        if project.build == nil { files.append(file("Dockerfile", PackageResources.Dockerfile)) }
        // Docker reads it from the folder that it copies.
        let context = project.build.map { $0.context == "." ? "" : $0.context + "/" } ?? ""
        files.append(file(context + ".dockerignore", PackageResources.dockerignore))
        if project.compose == nil {
            files.append(file("compose.yaml", PackageResources.compose_yaml))
        }
        if project.playbook == .absent { files.append(File("ledger.yaml", playbook)) }
        if project.ownTests == nil { files.append(flow("ci", text(PackageResources.ci_yml))) }
        return files + [
            flow("cd", deploying), flow("changes", text(PackageResources.changes_yml)),
            flow("revert", text(PackageResources.revert_yml)),
            File(path: Self.action + "action.yml", bytes: PackageResources.action_yml),
            File(
                path: Self.action + "run", bytes: PackageResources.action_run, isExecutable: true),
        ]
    }

    /// What the folder has and the pipeline uses as it is.
    var used: [String] {
        let compose = project.compose.map { "uses \($0.file), service \($0.service)" }
        let build = project.build.map { "uses \($0.file), context \($0.context)" }
        let tests = project.ownTests.map {
            "uses \($0.file): cd.yml calls it, and records its result as \(Self.check($0.name))"
        }
        let playbook =
            project.playbook == .kept ? "uses ledger.yaml, service \(project.service)" : nil
        return [compose, build, playbook, tests].compactMap(\.self)
    }

    // MARK: Texts

    private var playbook: String {
        var text = text(PackageResources.playbook_yaml)
        if let compose = project.compose {
            let name = project.service
            text = text.exchanging(
                "{file: compose.yaml, project: \(name), services: [\(name)], "
                    + "directory: /srv/\(name)}",
                for: "{file: \(compose.file), project: \(compose.project), "
                    + "services: [\(compose.service)], directory: /srv/\(compose.project)}")
            // Only the team knows the port; the container's own health check is used.
            text = text.parts(separator: "\n", omittingEmptySubsequences: false).filter {
                !$0.holds("health:")
            }.joined(separator: "\n")
        }
        guard let tests = project.ownTests else { return text }
        return text.exchanging(
            "checks: [ruff, pytest]", for: "checks: [\(Self.check(tests.name))]")
    }

    private var deploying: String {
        var text = text(PackageResources.cd_yml)
        if let build = project.build, build.file != "Dockerfile" || build.context != "." {
            text = text.exchanging(
                "docker build --tag \"$IMAGE:$NAME\" .",
                for: "docker build --file \(shell: build.file) --tag \"$IMAGE:$NAME\" "
                    + "\(shell: build.context)")
        }
        let tests = project.ownTests?.file ?? Self.flows + name(of: "ci") + ".yml"
        text = text.exchanging("./.github/workflows/ci.yml", for: "./\(tests)")
        guard let own = project.ownTests else { return text }
        // The team's own tests record nothing: the job after them does.
        let uses = "      - uses: ./.github/actions/ledger\n        with: {run: "
        let steps = [
            "\(uses)record}\n",
            "\(uses)\"record check.finished --name \(Self.check(own.name)) --outcome succeeded\"}\n",
            "\(uses)\"check --record --revision ${{ github.sha }}\"}\n",
        ].joined()
        return text.exchanging("      - id: image\n", for: steps + "      - id: image\n")
    }

    /// The name under which a workflow's result is recorded: one plain word.
    private static func check(_ name: String) -> String {
        let plain = name.utf8.map { ASCII.isAlphanumeric($0) ? $0 : UInt8(ascii: "-") }
        let text = String(decoding: plain, as: UTF8.self).parts(separator: "-").joined(
            separator: "-")
        return text.isEmpty ? "tests" : text
    }

    /// The name of one of our workflows, prefixed with `ledger-` if the name is taken.
    private func name(of flow: String) -> String {
        project.taken.contains(flow) ? "ledger-" + flow : flow
    }

    private func flow(_ flow: String, _ text: String) -> File {
        let name = name(of: flow)
        return File(
            "\(Self.flows)\(name).yml",
            text.exchanging("\nname: \(flow)\n", for: "\nname: \(name)\n"))
    }

    private func file(_ path: String, _ bytes: [UInt8]) -> File { File(path, text(bytes)) }

    /// The example's text for this image and service.
    private func text(_ bytes: [UInt8]) -> String {
        // The image's name may contain the example's words, so it is inserted last.
        String(decoding: bytes, as: UTF8.self).exchanging(Self.example, for: "\u{0}")
            .exchanging("shop", for: project.service).exchanging("\u{0}", for: image)
    }

    // MARK: Writing

    /// Writes the files that do not exist, and reports the result for each. Overwrites nothing but
    /// the unchanged draft of the playbook.
    ///
    /// Throws an error of Foundation if a file cannot be written.
    func write(to folder: URL) throws -> [String] {
        let files = FileManager.default
        return try all.map { file in
            let place = folder.appending(path: file.path)
            let there = files.contents(atPath: place.path)
            let isDraft = file.path == "ledger.yaml" && there == Data(InitVerb.draft.utf8)
            if files.fileExists(atPath: place.path), !isDraft {
                return "\(file.path) already exists: kept"
            }
            try files.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(file.bytes).write(to: place, options: isDraft ? [] : .withoutOverwriting)
            if file.isExecutable {
                try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path)
            }
            return isDraft ? "replaced the draft \(file.path)" : "created \(file.path)"
        }
    }

    /// Throws `Refusal` if a file would be written through a link: it may lead out of the folder.
    func refuseLinks(in folder: URL) throws {
        for file in all { try refuseLinks(on: file.path, in: folder) }
    }

    private func refuseLinks(on path: String, in folder: URL) throws {
        var place = folder
        for part in path.parts(separator: "/") {
            place = place.appending(path: String(part))
            let kind = try? FileManager.default.attributesOfItem(atPath: place.path)[.type]
            guard kind as? FileAttributeType == .typeSymbolicLink else { continue }
            throw Refusal(
                .invalid, "\(path) cannot be written: \(part) is a link",
                hint: "replace the link by a file or folder, then repeat the command")
        }
    }
}

extension PipelineFiles.File {
    fileprivate init(_ path: String, _ text: String) {
        self.init(path: path, bytes: Array(text.utf8))
    }
}
