internal import ArgumentParser
internal import CommandFiles
internal import Foundation
internal import Ledger
internal import LedgerSQLite

/// `ledger init`
struct InitVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a ledger in this folder",
        discussion: """
            Makes .ledger/ledger.db and the key that signs its checkpoints (readable by you alone), a draft of ledger.yaml where there is none, \
            and keeps .ledger/ out of git.

            With --pipeline also a Dockerfile, .dockerignore, compose.yaml, the workflows ci, cd and revert, and \
            the action that they use; what is there already is kept. docs/pipeline.md says what they do.

            Examples:
              ledger init
              ledger init --pipeline --image registry.example/acme/shop
            """)
    @Flag(help: "Also write the files of a pipeline that passes `ledger check`.")
    var pipeline = false
    @Option(help: "The image that the pipeline builds, without a tag.")
    var image: String?
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard pipeline || image == nil else {
            throw ValidationError("--image goes with --pipeline")
        }
        guard pipeline else { return }
        // The last part is the service's name, and the project's in compose, which has no dots.
        let form = #/[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*/[a-z0-9][a-z0-9_-]*/#
        guard let image, image.wholeMatch(of: form) != nil else {
            throw ValidationError(
                "--pipeline wants the image's name without a tag: --image registry.example/acme/shop"
            )
        }
    }

    func answer(_ wiring: Wiring) async throws -> Answer {
        let files = FileManager.default
        let database =
            shared.database ?? wiring.variables["LEDGER_DB"] ?? ".ledger/ledger.db"
        let home = URL(filePath: database).deletingLastPathComponent()
        if !files.fileExists(atPath: home.path) {
            do {
                try files.createDirectory(
                    at: home, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
            } catch {
                throw StoreProblem(
                    .readOnly, "no ledger can be made here",
                    cause: "\(home.path) cannot be made: \(error.localizedDescription)",
                    hint: "check who owns the folder above")
            }
        }
        var made: [String] = []
        if pipeline, files.fileExists(atPath: database) {
            made.append("\(database) is there already: kept")
        } else {
            try SQLiteStore.create(path: database)
            made.append("made \(database)")
            let key = try SigningKey(name: CheckpointKey.name(for: home))
            let file = CheckpointKey(besides: database)
            // A secret is never written over by the way.
            if try file.read() == nil {
                try file.keep(.secret(key))
                made.append("made \(file.path), which signs its checkpoints")
            } else {
                made.append("\(file.path) is there already: kept")
            }
        }
        let playbook =
            shared.playbook.map { URL(filePath: $0) }
            ?? (home.lastPathComponent == ".ledger" ? home.deletingLastPathComponent() : home)
            .appending(path: "ledger.yaml")
        if pipeline, let image {
            let folder = playbook.deletingLastPathComponent()
            try writing(folder) { made += try PipelineFiles(image: image).write(to: folder) }
        }
        if !files.fileExists(atPath: playbook.path) {
            try writing(playbook) { try Data(Self.draft.utf8).write(to: playbook) }
            made.append("made \(playbook.lastPathComponent), a draft to be filled in")
        }
        if home.lastPathComponent == ".ledger", try keepOutOfGit(home.deletingLastPathComponent()) {
            made.append("keeps .ledger/ out of git (.gitignore)")
        }
        return Answer(
            made.map { .line($0) } + [
                .hint(
                    """
                    Next:
                      edit ledger.yaml           say how your services are deployed and looked at
                      ledger import git          take over the history of your repository
                      ledger record --kinds      see what can be recorded
                    """)
            ],
            json: .object(["made": .string(database)]))
    }

    /// Adds `.ledger/` to .gitignore in a work tree of git; true if it was not there.
    private func keepOutOfGit(_ folder: URL) throws -> Bool {
        var place = folder.standardizedFileURL
        while !FileManager.default.fileExists(atPath: place.appending(path: ".git").path) {
            let parent = place.deletingLastPathComponent()
            if parent.path == place.path { return false }
            place = parent
        }
        let file = folder.appending(path: ".gitignore")
        // Its bytes stay as they are, whatever their encoding: the line is added at the end.
        let text = FileManager.default.contents(atPath: file.path) ?? Data()
        let lines = text.split(separator: UInt8(ascii: "\n")).map {
            String(decoding: $0, as: UTF8.self)
        }
        if lines.contains(where: { [".ledger/", ".ledger", "/.ledger/"].contains($0) }) {
            return false
        }
        let gap = text.isEmpty || text.last == UInt8(ascii: "\n") ? "" : "\n"
        try writing(file) {
            if text.isEmpty { try Data().write(to: file) }
            let handle = try FileHandle(forWritingTo: file)
            try handle.seekToEnd()
            try handle.write(contentsOf: Data((gap + ".ledger/\n").utf8))
            try handle.close()
        }
        return true
    }

    /// Runs `body`, which writes a file beside the ledger; that it cannot is said plainly.
    private func writing(_ file: URL, _ body: () throws -> Void) throws {
        do { try body() } catch {
            throw StoreProblem(
                .readOnly, "the ledger is made, but \(file.lastPathComponent) cannot be written",
                cause: "\(file.path): \(error.localizedDescription)",
                hint: "check who owns it; the ledger can be used")
        }
    }

    static let draft = """
        # How this team's services go out, come back, and are looked at. See docs/playbook.md.
        ledger: 1

        environments:
          staging: {}
          production:
            protected: true        # its name must be typed before anything happens

        services:
          web:
            deploy:                # a command line is a list; values arrive as LEDGER_… variables
              - name: switch
                run: [scripts/switch]
                time-limit: 2m
            observe:               # prints the digest, revision or tag that runs
              run: [scripts/observe]
            # health: {http: "http://127.0.0.1:8000/health", deadline: 30s}
            # variables: [PORT]    # names of variables that the steps see
            # secrets: [DB_PASSWORD]

        """
}
