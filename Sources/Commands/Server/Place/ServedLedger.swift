internal import CommandEngine
internal import CommandFiles
internal import CommandPorts
internal import CommandSecrets
internal import Commands
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import LedgerHome
internal import LedgerOperations
internal import LedgerSignatures
internal import LedgerText
internal import Projections
internal import Synchronization

/// The ledger that a server serves, with the settings beside it.
final class ServedLedger: Sendable {
    let store: any KeptLedger
    let surroundings: Surroundings
    /// The file of the settings. Paths in it are relative to its folder.
    private let settingsFile: String
    private let kept: Mutex<Settings>
    private let playbookFile: PlaybookFile
    private let secretFilter: SecretFilter

    init(_ store: any KeptLedger, _ settings: Settings, settingsFile: String) {
        self.store = store
        self.settingsFile = settingsFile
        kept = Mutex(settings)
        let variables = ProcessVariables.all
        surroundings = .live(author: Author(name: "ledgerd"), variables: variables)
        let folder = URL(filePath: settingsFile).deletingLastPathComponent()
        playbookFile = PlaybookFile(
            folder.appending(path: settings.playbook ?? "ledger.yaml").path,
            isNamed: settings.playbook != nil)
        let secrets =
            playbookFile.read().ifRead?.services.values.flatMap(\.secrets) ?? []
        secretFilter = SecretFilter(variables: variables, secrets: secrets)
    }

    var settings: Settings { kept.withLock { $0 } }

    /// The system chose the port (`listen: 127.0.0.1:0`).
    func listens(at port: Int) { kept.withLock { $0.port = port } }

    /// The context of queries.
    func desk() -> Desk {
        let playbook = playbookFile
        return Desk(
            projector: Projector(store), playbook: playbook.read(), surroundings: surroundings,
            commitsAtHand: nil)
    }

    /// The context of changes by an author whom this server knows.
    func desk(for author: Author) -> RecordingDesk {
        RecordingDesk(
            desk(), recorder(for: author),
            checker: SSHChecker(
                namespace: ApprovalStatement.namespace, now: surroundings.now))
    }

    /// Writes as this author.
    func recorder(for author: Author) -> Recorder {
        var surroundings = surroundings
        surroundings.author = author
        return Recorder(store: store, surroundings: surroundings, secretFilter: secretFilter)
    }

    /// The services of the playbook, by the repository of their image.
    var services: [String: ServiceName] { playbookFile.read().ifRead?.servicesByImage ?? [:] }

    /// A file that the settings name.
    func path(_ name: String) -> String {
        if name.begins(with: "/") { return name }
        return URL(filePath: settingsFile).deletingLastPathComponent().appending(path: name).path
    }

    /// The settings and the keys of people, as the files say now.
    func people() -> (settings: Settings, signers: AllowedSigners) {
        let settings = settings
        let data = FileManager.default.contents(atPath: path(settings.signers)) ?? Data()
        return (settings, AllowedSigners(String(decoding: data, as: UTF8.self)))
    }

    /// Makes a person the first administrator: writes the settings and the allowed signers. Throws
    /// `StoreProblem` if they cannot be written.
    func setUp(_ name: String, key: SSHPublicKey) throws {
        try kept.withLock { settings in
            var person = Settings.Person()
            person.signers = [name]
            person.roles[.admin] = .everywhere
            let line = "\(name) \(key.line)\n"
            let text = """
                ledgerd: 1
                # Who may do what. Roles: reader, recorder, planner, approver, operator, admin;
                # each for all environments, or for some: approver: [production].
                people:
                  \(name):
                    ssh: [\(name)]
                    roles: {admin: all}

                """
            for (file, text) in [(path(settings.signers), line), (settingsFile, text)] {
                do {
                    try Data(text.utf8).write(to: URL(filePath: file), options: .withoutOverwriting)
                } catch {
                    throw StoreProblem(
                        .readOnly, "the first administrator cannot be written down",
                        cause: "\(file): \(error.systemWords)",
                        hint: "check who owns the folder; a file of that name must not exist yet")
                }
            }
            settings.people[name] = person
        }
    }
}

extension SSHPublicKey {
    /// The key as a line of authorized_keys, without a comment.
    fileprivate var line: String { "\(name) \(Data(blob).base64EncodedString())" }
}
