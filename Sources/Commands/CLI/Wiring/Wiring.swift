internal import CommandEngine
internal import CommandFiles
internal import CommandImporters
internal import CommandPorts
internal import Commands
internal import CommandSecrets
internal import Foundation
internal import Ledger
internal import LedgerOperations
internal import LedgerSQLite
internal import Projections
internal import Synchronization

/// Puts the parts together: the only place that knows which store, which runner, which clock.
struct Wiring {
    let options: SharedOptions
    let variables: [String: String]
    let console: Console
    /// Who acts, if a flag says so.
    private let by: String?
    private let playbookCache = PlaybookCache()

    init(_ options: SharedOptions, by: String? = nil) {
        self.options = options
        self.by = by
        variables = ProcessInfo.processInfo.environment
        console = Console(variables: variables)
    }

    /// Clock, chance and processes, for questions: nobody acts.
    var surroundings: Surroundings { .live(author: Author(name: ""), variables: [:]) }
    var now: Timestamp { surroundings.now() }

    // MARK: Places

    /// The ledger's file: `--db`, `LEDGER_DB`, or `.ledger/ledger.db` in the nearest folder upward.
    func database() throws -> String {
        if let path = options.database ?? variables["LEDGER_DB"], !path.isEmpty {
            return SQLiteStore.file(at: path)
        }
        var folder = URL(filePath: FileManager.default.currentDirectoryPath)
        while true {
            let path = folder.appending(path: ".ledger/ledger.db").path
            // One that may not be looked into counts: opening it says so.
            if access(path, F_OK) == 0 || errno == EACCES { return path }
            let parent = folder.deletingLastPathComponent()
            if parent.path == folder.path { break }
            folder = parent
        }
        throw StoreProblem(
            .missing, "there is no ledger in this folder or above it",
            cause:
                "no .ledger/ledger.db was found upward of \(FileManager.default.currentDirectoryPath)",
            hint: "make one with `ledger init`, or name one with --db or LEDGER_DB")
    }

    /// The folder of the ledger's own files.
    func home() throws -> URL { URL(filePath: try database()).deletingLastPathComponent() }

    /// The playbook's file: `--playbook`, or `ledger.yaml` beside the ledger's folder.
    func playbookFile() throws -> URL {
        if let path = options.playbook { return URL(filePath: path) }
        let home = try home()
        let beside = home.lastPathComponent == ".ledger" ? home.deletingLastPathComponent() : home
        return beside.appending(path: "ledger.yaml")
    }

    // MARK: Parts

    /// Opens the ledger, hands it over, and closes it again. Its own key signs, or the one that is
    /// to be its first.
    func withStore<T>(
        _ access: SQLiteStore.Access, signing first: LedgerKey? = nil,
        _ body: (SQLiteStore) async throws -> T
    ) async throws -> T {
        let path = try database()
        func open(_ signer: LedgerKey?) throws -> SQLiteStore {
            try SQLiteStore(path: path, access, views: StoredViews.all, signer: signer)
        }
        let signer = access == .writing ? try first ?? CheckpointKey(besides: path).read() : nil
        var store = try open(signer)
        do {
            if access == .writing, first == nil {
                let own = try await ownKey(store)
                if own?.verifier != signer?.verifier {
                    if own != nil { try? CheckpointKey(besides: path).takeNext() }
                    try store.close()
                    store = try open(own)
                }
            }
            let result = try await body(store)
            // What was done is done, and on disk: that the disk fails now does not unsay it.
            do { try store.close() } catch { console.error("Warning: \(error)") }
            return result
        } catch {
            try? store.close()
            throw error
        }
    }

    /// Opens the ledger for queries.
    func asking<T>(_ body: (Desk) async throws -> T) async throws -> T {
        try await withStore(.reading) { store in
            try warnOfGone(store)
            return try await body(desk(Projector(store)))
        }
    }

    /// What operations work with.
    func desk(_ projector: Projector) -> Desk {
        Desk(
            projector: projector, playbook: teamPlaybook, surroundings: surroundings,
            commitsAtHand: commitsAtHand)
    }

    /// Opens the ledger for facts and commands.
    func recording<T>(
        signing first: LedgerKey? = nil, _ body: (Recorder) async throws -> T
    ) async throws -> T {
        try await withStore(.writing, signing: first) { store in
            let hooks = try hooks()
            let recorder = try await recorder(store, heard: { hooks?.hear($0) })
            if let warning = try await recorder.clockWarning() { console.error(warning) }
            if first == nil, let warning = try await keyWarning(store) { console.error(warning) }
            do {
                let result = try await body(recorder)
                for line in await hooks?.complaints() ?? [] { console.error(line) }
                return result
            } catch {
                for line in await hooks?.complaints() ?? [] { console.error(line) }
                throw error
            }
        }
    }

    /// Throws `SourceProblem` if there is a playbook that cannot be read: nobody would know which
    /// variables hold secrets. Where there is none, the bundles of what runs tell.
    func recorder(
        _ store: any EventStore, heard: @escaping @Sendable ([Entry]) -> Void = { _ in }
    ) async throws -> Recorder {
        let author = try Author.present(by: by, variables: variables)
        let isThere = FileManager.default.fileExists(atPath: try playbookFile().path)
        let secrets =
            isThere
            ? try playbook().services.values.flatMap(\.secrets) : try await secretsOfBundles(store)
        return Recorder(
            store: store, surroundings: .live(author: author, variables: variables),
            secretFilter: SecretFilter(variables: variables, secrets: secrets), heard: heard)
    }

    /// The programs that are told of entries; `nil` if the playbook names none.
    private func hooks() throws -> Hooks? {
        guard let table = try? playbook().hooks, !table.isEmpty else { return nil }
        return Hooks(
            table, try shell(SecretFilter(variables: variables, secrets: [])), try context())
    }

    private func secretsOfBundles(_ store: any EventReader) async throws -> [String] {
        let states = try await Projector(store).views().flatMap(\.services)
        var names: Set<String> = []
        for hash in Set(states.compactMap(\.bundle)) {
            guard let bundle = try? await store.bundle(hash) else { continue }
            names.formUnion(bundle.secrets.keys)
        }
        return names.sorted()
    }

    /// The playbook, read once.
    var teamPlaybook: TeamPlaybook { playbookCache.get(readPlaybook) }

    /// The playbook; throws `SourceProblem`, or `Refusal` if there is none.
    func playbook() throws -> Playbook { try teamPlaybook.get() }

    private func readPlaybook() -> TeamPlaybook {
        do {
            let file = try playbookFile()
            guard let data = FileManager.default.contents(atPath: file.path) else {
                let missing = Refusal(
                    .notPossible, "there is no playbook",
                    cause: "\(file.path) cannot be read",
                    hint: "write one (`ledger init` makes a draft), or name it with --playbook")
                // One that was named, or that is there, is not left out silently.
                let isThere = FileManager.default.fileExists(atPath: file.path)
                return options.playbook != nil || isThere ? .unreadable(missing) : .missing(missing)
            }
            guard let text = String(validating: data, as: UTF8.self) else {
                throw SourceProblem(
                    file: file.lastPathComponent, line: 1, column: 1, problem: "not UTF-8",
                    hint: nil)
            }
            return .read(try Playbook(yaml: text, file: file.lastPathComponent))
        } catch {
            return .unreadable(error)
        }
    }

    func planner(_ recorder: Recorder) throws -> Planner {
        let playbook = try playbook()
        let folder = try playbookFile().deletingLastPathComponent()
        let bundleMaker = BundleMaker(
            playbook: playbook, variables: variables, key: try valueKey(),
            file: { try Self.file($0, in: folder) })
        return Planner(
            recorder: recorder, playbook: playbook, bundleMaker: bundleMaker,
            commitsAtHand: commitsAtHand)
    }

    /// What the repository knows in which this process was started, of commits that lie between
    /// two others.
    var commitsAtHand: Projector.CommitsAtHand {
        let secrets = (try? playbook())?.services.values.flatMap(\.secrets) ?? []
        let filter = SecretFilter(variables: variables, secrets: secrets)
        return { await GitCommits(folder: ".", redacted: filter.redacted).between($0, $1) }
    }

    /// The text of a file that the playbook names.
    func text(ofPlaybookFile path: String) throws -> String {
        let folder = try playbookFile().deletingLastPathComponent()
        guard let file = try Self.file(path, in: folder) else {
            throw Refusal(
                .notPossible, "\(path) cannot be read",
                cause: "the playbook names it, and it is not in \(folder.path)",
                hint: "put it there, or correct ledger.yaml")
        }
        return String(decoding: file.bytes, as: UTF8.self)
    }

    static func file(_ path: String, in folder: URL) throws -> ProjectFile? {
        let full = folder.appending(path: path).path
        var isFolder: ObjCBool = false
        let files = FileManager.default
        guard files.fileExists(atPath: full, isDirectory: &isFolder), !isFolder.boolValue,
            let data = files.contents(atPath: full)
        else { return nil }
        return ProjectFile(bytes: Array(data), executable: files.isExecutableFile(atPath: full))
    }

    /// Keeps a script beside the ledger: `scripts/production/web@v0.9.9.sh`.
    func keep(_ script: Script) throws {
        try keepScript(at: script.path, Data(script.text.utf8))
    }

    /// Refuses what could not be kept later, before anything is written down.
    func refuseUnkeptScript(of plan: Plan) throws {
        let path = Script.path(of: plan)
        let draft = path + ".new"
        try keepScript(at: draft, Data())
        try? FileManager.default.removeItem(at: try scripts().appending(path: draft))
    }

    private func scripts() throws -> URL { try home().appending(path: "scripts") }

    private func keepScript(at path: String, _ text: Data) throws {
        let file = try scripts().appending(path: path)
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try text.write(to: file, options: .atomic)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o700], ofItemAtPath: file.path)
        } catch {
            throw Refusal(
                .notPossible, "the rollback script cannot be kept",
                cause: "\(file.path) cannot be written",
                hint: "check who owns the folder, and whether the disk is full")
        }
    }
}

/// Keeps the playbook of one command: whoever asks again gets what was read first.
private final class PlaybookCache: Sendable {
    private let known = Mutex<TeamPlaybook?>(nil)

    func get(_ read: () -> TeamPlaybook) -> TeamPlaybook {
        if let playbook = known.withLock({ $0 }) { return playbook }
        let playbook = read()
        return known.withLock { known in
            known = known ?? playbook
            return known ?? playbook
        }
    }
}
