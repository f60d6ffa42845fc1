internal import ArgumentParser
internal import CommandFiles
internal import CommandPorts
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerHome
internal import LedgerText
internal import SystemPackage

/// `ledger init`
struct InitVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Create a ledger in this folder",
        discussion: """
            Creates .ledger/ledger.db and the key that signs its checkpoints (readable only by \
            you). Creates a draft of ledger.yaml if none exists, and adds .ledger/ to .gitignore.

            --pipeline also creates a Dockerfile, .dockerignore, compose.yaml, the workflows and \
            the action that they use. Existing files are kept: the pipeline uses the compose file, \
            the Dockerfile, the playbook and the tests that are there. Where several could be \
            meant, name one. docs/pipeline.md describes the pipeline.

            Examples:
              ledger init
              ledger init --pipeline --image registry.example/acme/shop
            """)
    @Flag(help: "Also create the files of a pipeline that passes `ledger check`.")
    var pipeline = false
    @Option(help: "The image that the pipeline builds, without a tag.")
    var image: String?
    @Option(help: "The service of the compose file or playbook that runs the image.")
    var service: String?
    @Option(help: "The compose file, if there are several.")
    var compose: String?
    @Option(help: "The Dockerfile, if there are several.")
    var dockerfile: String?
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        let only = [
            ("image", image), ("service", service), ("compose", compose),
            ("dockerfile", dockerfile),
        ]
        for (name, value) in only where value != nil && !pipeline {
            throw ValidationError("--\(name) requires --pipeline")
        }
        guard pipeline else { return }
        // The last part names the service and the compose project, which must not contain dots.
        let form = #/[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*/[a-z0-9][a-z0-9_-]*/#
        guard let image, image.wholeMatch(of: form) != nil else {
            throw ValidationError(
                "--pipeline requires an image without a tag: --image registry.example/acme/shop"
            )
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        let files = FileManager.default
        let database =
            wiring.options.database ?? ".ledger/ledger.db"
        let home = URL(filePath: database).deletingLastPathComponent()
        let playbook =
            shared.playbook.map { URL(filePath: $0) }
            ?? (home.lastPathComponent == ".ledger" ? home.deletingLastPathComponent() : home)
            .appending(path: "ledger.yaml")
        // What a person must choose is asked before anything is written.
        let pipeline = try pipelineFiles(beside: playbook)
        try makeFolder(home)
        var made: [String] = []
        var remarks: [Answer.Block] = []
        if pipeline != nil, files.fileExists(atPath: database) {
            made.append("\(database) already exists: kept")
        } else {
            try Stores.create(at: database)
            made.append("created \(database)")
            let key = try SigningKey(name: CheckpointKey.name(for: home))
            let file = CheckpointKey(besides: database)
            // An existing key is never overwritten.
            if try file.read() == nil {
                try file.keep(.secret(key))
                made.append("created \(file.path), which signs its checkpoints")
            } else {
                made.append("\(file.path) already exists: kept")
            }
        }
        if let pipeline {
            let folder = playbook.deletingLastPathComponent()
            made += pipeline.used
            remarks = pipeline.project.remarks.map { .line("Note: \($0)") }
            try writing(folder) { made += try pipeline.write(to: folder) }
        }
        if !files.fileExists(atPath: playbook.path) {
            try writing(playbook) { try Data(Self.draft.utf8).write(to: playbook) }
            made.append("created \(playbook.lastPathComponent), a draft to complete")
        }
        if home.lastPathComponent == ".ledger", try keepOutOfGit(home.deletingLastPathComponent()) {
            made.append("added .ledger/ to .gitignore")
        }
        return Answer(
            made.map { .line($0) } + remarks + [
                .hint(
                    pipeline == nil
                        ? "Next, describe in ledger.yaml how to deploy and observe your services."
                        : "Next, read the new files, adapt hosts and settings, and commit them."),
                .hint("To import the history of your repository", command: "ledger import git"),
                .hint("To list the events that can be recorded", command: "ledger record --kinds"),
            ],
            json: .object(["made": .string(database)]))
    }

    /// Creates the ledger's folder, accessible to its owner only.
    private func makeFolder(_ home: URL) throws {
        let files = FileManager.default
        if files.fileExists(atPath: home.path) { return }
        do {
            try files.createDirectory(
                at: home, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreProblem(
                .readOnly, "the ledger cannot be created",
                cause: "\(home.path) cannot be created: \(error.systemWords)",
                hint: "check the owner of the parent folder")
        }
    }

    /// The files of the pipeline that fit the folder; `nil` if none were asked for.
    private func pipelineFiles(beside playbook: URL) throws -> PipelineFiles? {
        guard pipeline, let image else { return nil }
        let text = FileManager.default.contents(atPath: playbook.path).map {
            String(decoding: $0, as: UTF8.self)
        }
        let project = try PipelineProject(
            image: image, SourceReader(root: playbook.deletingLastPathComponent()).tree(),
            playbook: text == Self.draft ? nil : text,
            .init(service: service, compose: compose, dockerfile: dockerfile))
        let pipeline = PipelineFiles(image: image, project: project)
        try pipeline.refuseLinks(in: playbook.deletingLastPathComponent())
        return pipeline
    }

    /// Adds `.ledger/` to .gitignore in a work tree of git. True if the line was added.
    private func keepOutOfGit(_ folder: URL) throws -> Bool {
        var place = folder.standardizedFileURL
        while !FileManager.default.fileExists(atPath: place.appending(path: ".git").path) {
            let parent = place.deletingLastPathComponent()
            if parent.path == place.path { return false }
            place = parent
        }
        let file = folder.appending(path: ".gitignore")
        var status = stat()
        if lstat(file.path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw Refusal(
                .invalid, "the ledger exists, but .gitignore is not a regular file",
                cause: "\(file.path) is a link, a pipe or a device; nothing was written to it",
                hint: "add the line .ledger/ yourself: the ledger's key must not be committed")
        }
        // The existing bytes are kept, whatever their encoding: the line is appended.
        let text = FileManager.default.contents(atPath: file.path) ?? Data()
        let lines = text.split(separator: UInt8(ascii: "\n")).map {
            String(decoding: $0, as: UTF8.self)
        }
        if lines.contains(where: { [".ledger/", ".ledger", "/.ledger/"].contains($0) }) {
            return false
        }
        let gap = text.isEmpty || text.last == UInt8(ascii: "\n") ? "" : "\n"
        try writing(file) {
            let end = try FileDescriptor.open(
                file.path, .writeOnly, options: [.append, .create],
                permissions: FilePermissions(rawValue: 0o644))
            try end.closeAfter { _ = try end.writeAll((gap + ".ledger/\n").utf8) }
        }
        return true
    }

    /// Runs `body`, which writes a file beside the ledger. Throws `StoreProblem` if that fails.
    private func writing(_ file: URL, _ body: () throws -> Void) throws {
        do { try body() } catch let refusal as Refusal { throw refusal } catch {
            throw StoreProblem(
                .readOnly, "the ledger exists, but \(file.lastPathComponent) cannot be written",
                cause: "\(file.path): \(error.systemWords)",
                hint: "check the file's owner; the ledger can be used")
        }
    }

    static let draft = """
        # How to deploy, revert and observe this team's services. See docs/playbook.md.
        ledger: 1

        environments:
          staging: {}
          production:
            protected: true        # requires its name to be typed as confirmation

        services:
          web:
            deploy:                # a command line is a list; values are passed as LEDGER_… variables
              - name: switch
                run: [scripts/switch]
                time-limit: 2m
            observe:               # prints the digest, revision or tag of the current release
              run: [scripts/observe]
            # health: {http: "http://127.0.0.1:8000/health", deadline: 30s}
            # variables: [PORT]    # names of variables that are passed to the steps
            # secrets: [DB_PASSWORD]

        """
}
