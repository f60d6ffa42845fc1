internal import CommandEngine
internal import CommandFiles
internal import CommandImporters
internal import CommandPorts
internal import Commands
internal import CommandSecrets
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerHome
internal import LedgerOperations
internal import Projections
internal import Synchronization

/// Connects the parts. Only this type chooses the store, the runner and the clock.
struct Wiring: Sendable {
    let options: SharedOptions
    let variables: [String: String]
    let console: Console
    /// The author, if a flag names one.
    private let by: String?
    private let playbookCache = PlaybookCache()

    init(_ options: SharedOptions, by: String? = nil) {
        variables = ProcessVariables.all
        var options = options
        // A flag wins over both variables.
        if options.database == nil, options.server == nil {
            options.database = variables["LEDGER_DB"].flatMap { $0.isEmpty ? nil : $0 }
            options.server = variables["LEDGER_SERVER"].flatMap { $0.isEmpty ? nil : $0 }
        }
        self.options = options
        self.by = by
        console = Console(variables: variables, fit: options.wide ? .wide : .narrow)
    }

    /// Clock, random numbers and processes for queries, which have no author.
    var surroundings: Surroundings { .live(author: Author(name: ""), variables: [:]) }
    var now: Timestamp { surroundings.now() }

    /// Prints answers as the options say.
    var renderer: Renderer {
        let surroundings = surroundings
        let time = LocalTime(
            now: surroundings.now, zone: options.utc ? .utc : .local,
            detail: options.wide ? .seconds : .relative)
        return Renderer(
            console: console, form: options.output, time: time)
    }

    // MARK: Parts

    /// Opens the ledger, passes it to `body`, and closes it. Checkpoints are signed with the
    /// ledger's own key, or with `first` for a new ledger.
    func withStore<T>(
        _ access: LedgerAccess, signing first: LedgerKey? = nil,
        _ body: (any KeptLedger) async throws -> T
    ) async throws -> T {
        try refuseRemote()
        let path = try database()
        let console = console
        let store =
            switch access {
            case .reading: try Stores.open(path)
            case .writing:
                try await Stores.openSigning(path, with: first) { console.error($0) }
            }
        do {
            let result = try await body(store)
            // The work is done and on disk: a disk error at closing does not undo it.
            do { try await store.close() } catch { console.error("Warning: \(error)") }
            return result
        } catch {
            try? await store.close()
            throw error
        }
    }

    /// Opens the ledger for queries.
    func asking<T>(_ body: (Desk) async throws -> T) async throws -> T {
        // A playbook that was named is read, also where the answer could do without.
        if options.playbook != nil { _ = try playbook() }
        return try await withStore(.reading) { store in
            try await warnOfGone(store)
            return try await body(desk(Projector(store)))
        }
    }

    /// The context of operations.
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
            if first == nil,
                let warning = try await CheckpointKey(besides: store.location).warning(of: store)
            {
                console.error(warning)
            }
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

    /// Opens the ledger for operations that record. A playbook that was named must exist.
    func changing<T>(_ body: (RecordingDesk) async throws -> T) async throws -> T {
        if options.playbook != nil { _ = try playbook() }
        return try await recording { try await body(try recordingDesk($0)) }
    }

    /// Opens the ledger for operations that plan and run.
    func acting<T>(
        waiting wait: WaitOption? = nil, _ body: (ActingDesk) async throws -> T
    ) async throws -> T {
        try await recording { recorder in try await body(try actingDesk(recorder, wait)) }
    }

    /// The context of operations that plan and run.
    func actingDesk(_ recorder: Recorder, _ wait: WaitOption? = nil) throws -> ActingDesk {
        var acting = ActingDesk(try recordingDesk(recorder), self)
        let console = console
        acting.listener.waits = { refusal in
            let why = refusal.cause.map { " (\($0))" } ?? ""
            console.error("Waiting up to \(wait?.wait ?? ""): \(refusal.message)\(why)")
        }
        return acting
    }

    /// Opens the ledger for redactions.
    func redacting<T>(_ body: (RedactionDesk) async throws -> T) async throws -> T {
        try await withStore(.writing) { store in
            let recording = try recordingDesk(try await recorder(store))
            return try await body(
                RedactionDesk(recording, store) { try self.text(ofPlaybookFile: $0) })
        }
    }

    private func recordingDesk(_ recorder: Recorder) throws -> RecordingDesk {
        RecordingDesk(
            desk(recorder.projector), recorder, checker: try signatures(recorder.secretFilter))
    }

    /// Throws `SourceProblem` if the playbook exists and cannot be read: the names of secret
    /// variables would be unknown. Without a playbook, the bundles of the current releases name
    /// them.
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

    /// The hook programs of the playbook; `nil` if it names none.
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
            let file = try playbookFile().path
            return PlaybookFile(file, isNamed: options.playbook != nil).read()
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

    /// The commits between two others, as far as the repository in the current folder knows them.
    var commitsAtHand: Projector.CommitsAtHand {
        { from, to in
            let secrets = (try? playbook())?.services.values.flatMap(\.secrets) ?? []
            let filter = SecretFilter(variables: variables, secrets: secrets)
            return await GitCommits(folder: ".", redacted: filter.redacted).between(from, to)
        }
    }

    /// The text of a file that the playbook names.
    func text(ofPlaybookFile path: String) throws -> String {
        let folder = try playbookFile().deletingLastPathComponent()
        guard let file = try Self.file(path, in: folder) else {
            throw Refusal(
                .notPossible, "\(path) cannot be read",
                cause: "the playbook names it, and it is not in \(folder.path)",
                hint: "create the file, or correct ledger.yaml")
        }
        return String(decoding: file.bytes, as: UTF8.self)
    }

    static func file(_ path: String, in folder: URL) throws -> ProjectFile? {
        let full = folder.appending(path: path).path
        var isFolder = false
        let files = FileManager.default
        guard files.fileExists(atPath: full, isDirectory: &isFolder), !isFolder,
            let data = files.contents(atPath: full)
        else { return nil }
        return ProjectFile(bytes: Array(data), executable: files.isExecutableFile(atPath: full))
    }

    /// Writes a script beside the ledger: `scripts/production/web@v0.9.9.sh`.
    func keep(_ script: Script) throws {
        try keepScript(at: script.path, Data(script.text.utf8))
    }

    /// Refuses a script that could not be written later, before any entry is recorded.
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
                .notPossible, "the rollback script cannot be written",
                cause: "\(file.path) cannot be written",
                hint: "check the owner of the folder, and the free space on the disk")
        }
    }
}

/// Caches the playbook of one command: every caller gets the text that was read first.
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
